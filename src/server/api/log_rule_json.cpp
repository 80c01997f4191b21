#include "server/api/log_rule_json.h"

#include "server/api/operation.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;
using logs::sigma::Blind;
using logs::sigma::Comparison;
using logs::sigma::Explained;
using logs::sigma::Expression;

namespace {

constexpr std::size_t kTreeDepthMax = 32, kTreePartsMax = 5'000;

std::string_view to_string(Blind::Why why) {
  switch (why) {
    case Blind::Why::kNo:
      return "no";
    case Blind::Why::kPlaceholder:
      return "placeholder";
    case Blind::Why::kSource:
      return "source";
    case Blind::Why::kField:
      return "field";
    case Blind::Why::kValue:
      return "value";
  }
  return "no";
}

// Words the console has texts for.
std::string_view to_string(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEquals:
      return "is";
    case Comparison::kContains:
      return "contains";
    case Comparison::kStartsWith:
      return "starts_with";
    case Comparison::kEndsWith:
      return "ends_with";
    case Comparison::kWildcard:
      return "looks_like";
    case Comparison::kRegex:
    case Comparison::kRegexBacktracking:
      return "matches";
    case Comparison::kCidr:
      return "in_network";
    case Comparison::kSource:
      return "log_source";
    case Comparison::kExists:
      return "exists";
    case Comparison::kNull:
      return "absent";
    case Comparison::kFieldEquals:
      return "is_field";
    case Comparison::kFieldContains:
      return "contains_field";
    case Comparison::kFieldStartsWith:
      return "starts_with_field";
    case Comparison::kFieldEndsWith:
      return "ends_with_field";
    case Comparison::kGreater:
      return "greater";
    case Comparison::kGreaterEqual:
      return "at_least";
    case Comparison::kLess:
      return "less";
    case Comparison::kLessEqual:
      return "at_most";
    case Comparison::kMinute:
      return "minute";
    case Comparison::kHour:
      return "hour";
    case Comparison::kDay:
      return "day";
    case Comparison::kWeek:
      return "week";
    case Comparison::kMonth:
      return "month";
    case Comparison::kYear:
      return "year";
  }
  return "is";
}

std::string wanted_text(const logs::sigma::Predicate& predicate) {
  if (predicate.comparison >= Comparison::kGreater) return fmt::format("{}", predicate.number);
  if (predicate.comparison != Comparison::kWildcard) return predicate.text;
  using Gap = logs::sigma::GlobPart::Gap;
  std::string out;
  for (const auto& part : predicate.parts) {
    out += part.literal;
    if (part.gap != Gap::kNone) out += part.gap == Gap::kOne ? '?' : '*';
  }
  return out;
}

// A tree of bounded size: what is deeper or more is told by "left_out".
json::object tree_json(const Explained& part, std::size_t depth, std::size_t& room) {
  json::object out{{"held", part.held}};
  if (part.kind == Expression::Kind::kPredicate && part.predicate) {
    out["kind"] = "predicate";
    out["field"] = part.predicate->field;
    out["comparison"] = to_string(part.predicate->comparison);
    out["wanted"] = wanted_text(*part.predicate);
    out["cased"] = part.predicate->cased;
    out["values"] = text_list(part.values);
    out["more_values"] = part.more_values;
    return out;
  }
  out["kind"] = part.kind == Expression::Kind::kAnd  ? "all"
                : part.kind == Expression::Kind::kOr ? "any"
                                                     : "not";
  json::array of;
  std::size_t left_out = 0;
  for (const auto& one : part.of) {
    if (depth >= kTreeDepthMax || room == 0) {
      ++left_out;
      continue;
    }
    --room;
    of.push_back(tree_json(one, depth + 1, room));
  }
  out["of"] = std::move(of);
  out["left_out"] = left_out;
  return out;
}

json::value blind_json(const Blind& blind) {
  if (blind.why == Blind::Why::kNo) return nullptr;
  return json::object{{"why", to_string(blind.why)}, {"name", blind.name}, {"value", blind.value}};
}

std::vector<SchemaField> rule_fields() {
  auto blind = object({required("why", one_of({"placeholder", "source", "field", "value"})),
                       required("name", text(4000)), required("value", text(4000))});
  return {required("id", text(200)),
          required("title", text(1000)),
          required("severity", text(20)),
          required("attack", list(text(20))),
          required("file", text(4096)),
          required("correlation", boolean()),
          required("reported", boolean()),
          required("hits", count()),
          required("hits_while_off", count()),
          required("last_at", nullable(time())),
          required("cost_ns", nullable(number())),
          required("cost_events", count()),
          required("blind", nullable(std::move(blind))),
          required("off", nullable(rule_off_shape()))};
}

}  // namespace

Schema rule_off_shape() {
  return object({required("reason", text(500)), required("by", text(200)), required("since", time()),
                 required("until", time())});
}
Schema log_rule_shape() { return object(rule_fields()); }
Schema log_rule_detail_shape() {
  auto fields = rule_fields();
  for (auto name : {"description", "next_step", "author", "status", "source"})
    fields.push_back(required(name, text(20'000)));
  for (auto name : {"false_positives", "references", "tags"})
    fields.push_back(required(name, list(text(4'000))));
  fields.push_back(
      required("rules", list(object({required("id", text(200)), required("title", text(1000))}))));
  return object(std::move(fields));
}
Schema rule_trial_shape() {
  auto named = [] { return std::vector{required("id", text(200)), required("title", text(1000))}; };
  auto part = named();
  part.push_back(required("held", boolean()));
  part.push_back(required("tree", any()));
  auto match = named();
  match.push_back(required("severity", text(20)));
  return object({required("form", one_of({"json", "text"})), required("read", boolean()),
                 required("fields", any()), required("parts", list(object(std::move(part)))),
                 required("matches", list(object(std::move(match)), 10'000))});
}

const std::string& title_of(const logs::RuleFacts& rule, Language language) {
  return language == Language::kVietnamese ? rule.title_vi : rule.title;
}

LogRulesNow::LogRulesNow(LogService& service)
    : rules(service.watch().rules()),
      status(service.watch().status()),
      blind(service.watch().blind(*rules)),
      off(service.rule_switch().all()) {}

json::object LogRulesNow::rule_json(std::size_t number, Language language) const {
  const auto& rule = rules->facts[number];
  const auto known = status.rules.find(rule.id);
  const auto how = known == status.rules.end() ? logs::LogWatch::RuleStatus{} : known->second;
  const auto is_off = off.find(rule.id);
  const bool correlation = number >= rules->set.rules.size();
  json::value cost;
  if (how.timed > 0) cost = static_cast<double>(how.timed_ns) * static_cast<double>(status.cost_every);
  return {{"id", rule.id},
          {"title", title_of(rule, language)},
          {"severity", vedette::to_string(rule.severity)},
          {"attack", text_list(rule.attack)},
          {"file", fmt::format("{}:{}", rule.file, rule.line)},
          {"correlation", correlation},
          {"reported", rule.reported},
          {"hits", how.hits},
          {"hits_while_off", how.hits_while_off},
          {"last_at", time_or_null(how.hits > 0 ? std::optional(how.last_at) : std::nullopt)},
          {"cost_ns", std::move(cost)},
          {"cost_events", how.timed * status.cost_every},
          {"blind", how.hits > 0 ? json::value() : blind_json(blind[number])},
          {"off", is_off == off.end() ? json::value() : json::value(rule_off_json(is_off->second))}};
}

json::object LogRulesNow::detail_json(std::size_t number, Language language) const {
  auto out = rule_json(number, language);
  const auto& facts = rules->facts[number];
  const auto first = rules->set.rules.size();
  const auto& rule =
      number < first ? rules->set.rules[number] : rules->set.correlations[number - first].about;
  const bool vi = language == Language::kVietnamese;
  out["description"] = vi ? facts.description_vi : facts.description;
  out["next_step"] = vi ? facts.next_vi : facts.next_en;
  out["author"] = rule.author;
  out["status"] = rule.status;
  std::string source;
  for (const auto* part : {&rule.source.product, &rule.source.category, &rule.source.service})
    if (!part->empty()) source += (source.empty() ? "" : " / ") + *part;
  out["source"] = source;
  out["false_positives"] = text_list(rule.false_positives);
  out["references"] = text_list(rule.references);
  out["tags"] = text_list(rule.tags);
  json::array of;
  if (number >= first)
    for (const auto& reference : rules->set.correlations[number - first].references) {
      const auto& one = rules->facts[(reference.correlation ? first : 0) + reference.index];
      of.push_back(json::object{{"id", one.id}, {"title", title_of(one, language)}});
    }
  out["rules"] = std::move(of);
  return out;
}

json::object rule_off_json(const RuleOff& off) {
  return {{"reason", off.reason},
          {"by", off.by},
          {"since", to_rfc3339(off.since)},
          {"until", to_rfc3339(off.until)}};
}

json::object rule_trial_json(const logs::RuleTrial& trial, Language language) {
  json::array parts, matches;
  std::size_t room = kTreePartsMax;
  for (const auto& part : trial.parts)
    parts.push_back(json::object{{"id", part.rule->id},
                                 {"title", title_of(*part.rule, language)},
                                 {"held", part.why.held},
                                 {"tree", tree_json(part.why, 0, room)}});
  for (const auto* rule : trial.matches)
    matches.push_back(json::object{{"id", rule->id},
                                   {"title", title_of(*rule, language)},
                                   {"severity", vedette::to_string(rule->severity)}});
  json::error_code error;
  json::parse_options limits;
  limits.max_depth = 32;
  auto fields = json::parse(trial.fields, error, {}, limits);
  if (error || !fields.is_object()) fields = json::object();
  return {{"form", trial.is_json ? "json" : "text"},
          {"read", trial.read},
          {"fields", std::move(fields)},
          {"parts", std::move(parts)},
          {"matches", std::move(matches)}};
}

}  // namespace vedette::server
