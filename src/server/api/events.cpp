// /events: searching what the logs say.
#include <charconv>

#include "model/refusal.h"
#include "server/api/api.h"
#include "server/api/evidence_part.h"
#include "server/api/log_rule_json.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

Schema event_schema() {
  return object({required("id", text(20)), required("time", time()), required("received", time()),
                 required("source", text(500)), required("dataset", text(200)), required("host", text(200)),
                 required("raw", text(2 << 20)), required("fields", any()),
                 required("rules", list(text(200))),
                 required("matched", list(object({required("id", text(200)), required("title", text(1000)),
                                                  required("severity", text(20))})))});
}

// The rules that matched it, as they are called now; one that is in force no more has only its id.
json::array matched_json(const store::StoredEvent& event, const logs::RuleSnapshot& rules,
                         Language language) {
  json::array out;
  for (const auto& id : event.rules) {
    const auto* rule = rules.find(id);
    out.push_back(json::object{{"id", id},
                               {"title", rule ? title_of(*rule, language) : id},
                               {"severity", to_string(rule ? rule->severity : Severity::kInformational)}});
  }
  return out;
}

json::object event_json(const store::StoredEvent& event, const logs::RuleSnapshot& rules, Language language) {
  json::error_code error;
  json::parse_options limits;
  limits.max_depth = 32;
  auto fields = json::parse(event.fields.empty() ? event.raw : event.fields, error, {}, limits);
  if (error || !fields.is_object()) fields = json::object();
  return {{"id", std::to_string(event.id)},
          {"time", to_rfc3339(event.time)},
          {"received", to_rfc3339(event.received)},
          {"source", event.source},
          {"dataset", event.dataset},
          {"host", event.host},
          {"raw", event.raw},
          {"fields", std::move(fields)},
          {"rules", text_list(event.rules)},
          {"matched", matched_json(event, rules, language)}};
}

// "source.ip=192.0.2.7", "!=", "~" (contains), or a bare name with "?" behind it (present); other words are
// looked for in the raw text. What holds blanks or signs stands in double quotes, in which two are one quote.
Result<store::EventQuery> query_of(const Call& call) {
  store::EventQuery out;
  for (auto [name, into] : {std::pair("from", &out.from), std::pair("to", &out.to)}) {
    auto given = call.query(name);
    if (given.empty()) continue;
    TRY_ASSIGN(*into, parse_rfc3339(given));
  }
  out.rule = call.query("rule");
  out.after = call.cursor();
  const auto text = call.query("q");
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ') {
      ++at;
      continue;
    }
    std::string word;
    std::size_t sign = std::string::npos;  // of the first = or ~ outside of quotes
    bool quoted = false, last_quoted = false;
    for (; at < text.size() && (quoted || text[at] != ' '); ++at) {
      last_quoted = quoted;
      if (text[at] == '"') {
        const bool doubled = quoted && at + 1 < text.size() && text[at + 1] == '"';
        if (!doubled) {
          last_quoted = true;
          quoted = !quoted;
          continue;
        }
        ++at;
      }
      if (!quoted && sign == std::string::npos && (text[at] == '=' || text[at] == '~') && !word.empty())
        sign = word.size();
      word += text[at];
    }
    if (quoted) return refuse(ErrorCode::kInvalid, "logs.query_quote");
    using Is = store::FieldTerm::Is;
    if (sign != std::string::npos) {
      store::FieldTerm term{word[sign] == '~' ? Is::kContains : Is::kEqual, word.substr(0, sign),
                            word.substr(sign + 1)};
      if (term.field.ends_with('!')) {
        term.field.pop_back();
        term.is = Is::kNotEqual;
      }
      out.terms.push_back(std::move(term));
    } else if (!last_quoted && word.size() > 1 && word.ends_with('?')) {
      out.terms.push_back({Is::kPresent, word.substr(0, word.size() - 1), ""});
    } else if (!word.empty()) {
      out.words.push_back(std::move(word));
    }
  }
  return out;
}

constexpr std::size_t kExtractEvents = 10'000, kExtractBytes = 64u << 20;

// Every event that the search finds, one JSON object a line, newest first: as evidence of an incident.
Result<net::Response> keep_events(Api& api, const Call& call) {
  if (!api.logs) return std::unexpected(takes_no_logs());
  TRY_ASSIGN(auto query, query_of(call));
  query.limit = 500;
  const auto rules = api.logs->watch().rules();
  std::string lines;
  std::size_t events = 0;
  for (bool more = true; more;) {
    TRY_ASSIGN(auto page, api.logs->events().search(query));
    for (const auto& event : page.events)
      lines += json::serialize(event_json(event, *rules, call.language)) + "\n";
    events += page.events.size();
    if (events > kExtractEvents || lines.size() > kExtractBytes)
      return refuse(ErrorCode::kLimit, "evidence.many_events", {{"most", std::to_string(kExtractEvents)}});
    query.after = page.next;
    more = !page.next.empty();
  }
  if (events == 0) return refuse(ErrorCode::kNotFound, "evidence.no_events");
  desk::EvidenceItem draft{.kind = "events",
                           .name = fmt::format("events-{}.ndjson", to_rfc3339(api.clock.wall())),
                           .origin = fmt::format("q={} from={} to={} rule={}", call.query("q"),
                                                 call.query("from"), call.query("to"), call.query("rule")),
                           .note = fmt::format("{} events", events)};
  TRY_ASSIGN(auto item, api.evidence.take(call.parameter("id"), draft, lines, call.who.name));
  return evidence_response(item);
}

std::vector<QueryParameter> search_parameters() {
  return {
      {"q", text(2000), "Words, and fields: name=value, name!=value, name~part, name?; quotes around blanks"},
      {"from", time(), "Events from this time"},
      {"to", time(), "Events before this time"},
      {"rule", text(200), "Events that this rule matched"}};
}

}  // namespace

std::vector<Operation> event_operations(Api& api) {
  using enum net::Method;
  auto paged = search_parameters();
  std::ranges::move(paging(), std::back_inserter(paged));
  auto parted = search_parameters();
  parted.push_back({"buckets", integer(1, 1000), "Number of parts"});
  return {
      {.method = kGet,
       .path = "/events",
       .id = "searchEvents",
       .tag = "logs",
       .summary = "Events, newest first",
       .role = Role::kAnalyst,
       .query = std::move(paged),
       .response =
           object({required("items", list(event_schema())), required("next_cursor", nullable(text(60))),
                   required("missing", list(text(200)))}),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         if (!api.logs) return std::unexpected(takes_no_logs());
         TRY_ASSIGN(auto query, query_of(call));
         query.limit = call.limit();
         TRY_ASSIGN(auto page, api.logs->events().search(query));
         json::array items;
         const auto rules = api.logs->watch().rules();
         for (const auto& event : page.events) items.push_back(event_json(event, *rules, call.language));
         return json_response(200, json::object{{"items", std::move(items)},
                                                {"next_cursor", text_or_null(page.next)},
                                                {"missing", text_list(page.missing)}});
       }},
      {.method = kPost,
       .path = "/incidents/{id}/evidence-events",
       .id = "keepEvents",
       .tag = "evidence",
       .summary = "Keep every event that a search finds (at most 10,000) as evidence, one JSON object a line",
       .role = Role::kAnalyst,
       .query = search_parameters(),
       .request = object({}),
       .success = 201,
       .response = reference("Evidence"),
       .handler = [&api](const Call& call) { return keep_events(api, call); }},
      {.method = kGet,
       .path = "/events/histogram",
       .id = "countEvents",
       .tag = "logs",
       .summary = "How many events fall into equal parts of a time; of the last day where none is given",
       .role = Role::kAnalyst,
       .query = std::move(parted),
       .response =
           object({required("items", list(object({required("from", time()), required("events", count())})))}),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         if (!api.logs) return std::unexpected(takes_no_logs());
         TRY_ASSIGN(auto query, query_of(call));
         if (!query.to) query.to = api.clock.wall();
         if (!query.from) query.from = *query.to - std::chrono::hours(24);
         std::size_t buckets = 60;
         if (auto given = call.query("buckets"); !given.empty())
           std::from_chars(given.data(), given.data() + given.size(), buckets);
         TRY_ASSIGN(auto parts, api.logs->events().histogram(query, buckets));
         json::array items;
         for (const auto& part : parts)
           items.push_back(json::object{{"from", to_rfc3339(part.from)}, {"events", part.events}});
         return json_response(200, json::object{{"items", std::move(items)}});
       }},
      {.method = kGet,
       .path = "/events/{id}",
       .id = "getEvent",
       .tag = "logs",
       .summary = "One event",
       .role = Role::kAnalyst,
       .response = event_schema(),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         if (!api.logs) return std::unexpected(takes_no_logs());
         std::uint64_t number = 0;
         const auto& given = call.parameter("id");
         auto [end, wrong] = std::from_chars(given.data(), given.data() + given.size(), number);
         if (wrong != std::errc() || end != given.data() + given.size() || number > INT64_MAX)
           return refuse(ErrorCode::kNotFound, "logs.no_event");
         TRY_ASSIGN(auto event, api.logs->events().get(number));
         return json_response(200, event_json(event, *api.logs->watch().rules(), call.language));
       }},
  };
}

}  // namespace vedette::server
