#include "sites/watch/site_memory.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "sites/watch/json_reader.h"

namespace vedette::sites {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<SiteState, std::string_view>, 8> kStates{
    {{SiteState::kLearning, "learning"},
     {SiteState::kOk, "ok"},
     {SiteState::kWarn, "warn"},
     {SiteState::kCritical, "critical"},
     {SiteState::kUnavailable, "unavailable"},
     {SiteState::kPaused, "paused"},
     {SiteState::kMaintenance, "maintenance"},
     {SiteState::kBlind, "blind"}}};
constexpr std::array<std::pair<RenderPolicy, std::string_view>, 3> kPolicies{
    {{RenderPolicy::kAuto, "auto"}, {RenderPolicy::kNever, "never"}, {RenderPolicy::kAlways, "always"}}};

json::object availability_json(const AvailabilityState& a) {
  return {{"down", a.down},
          {"slow", a.slow},
          {"history", a.history},
          {"failures", a.failures},
          {"successes", a.successes},
          {"latency_ms", a.latency_ms},
          {"deviation_ms", a.deviation_ms},
          {"samples", a.latency_samples},
          {"slow_run", a.slow_run}};
}

void read_availability(const JsonReader& r, AvailabilityState& a) {
  r.get("down", a.down);
  r.get("slow", a.slow);
  r.get("history", a.history);
  r.get("failures", a.failures);
  r.get("successes", a.successes);
  r.get("latency_ms", a.latency_ms);
  r.get("deviation_ms", a.deviation_ms);
  r.get("samples", a.latency_samples);
  r.get("slow_run", a.slow_run);
}

json::object shown_json(const ShownMemory& s) {
  return {{"tried_at", to_unix_ms(s.tried_at)},
          {"at", to_unix_ms(s.at)},
          {"kept_at", to_unix_ms(s.kept_at)},
          {"body", s.body},
          {"before", s.before_id},
          {"before_document", s.before_document_id},
          {"before_sha256", s.before_sha256},
          {"alarmed", s.alarmed},
          {"accept", s.accept},
          {"before_document_sha256", s.before_document_sha256},
          {"doubts", s.doubts},
          {"restless", s.restless},
          {"script_at", to_unix_ms(s.script_at)},
          {"calm", s.calm},
          {"learned", s.learned},
          {"failure", s.failure}};
}

void read_shown(const JsonReader& r, ShownMemory& s) {
  r.get("tried_at", s.tried_at);
  r.get("at", s.at);
  r.get("kept_at", s.kept_at);
  r.get("body", s.body);
  r.get("before", s.before_id);
  r.get("before_document", s.before_document_id);
  r.get("before_sha256", s.before_sha256);
  r.get("alarmed", s.alarmed);
  r.get("accept", s.accept);
  r.get("before_document_sha256", s.before_document_sha256);
  r.get("doubts", s.doubts);
  r.get("restless", s.restless);
  r.get("script_at", s.script_at);
  r.get("calm", s.calm);
  s.calm = std::clamp(s.calm, 0, 10);
  r.get("learned", s.learned);
  r.get("failure", s.failure);
}

json::array open_json(const OpenQuestions& open) {
  json::array out;
  for (const auto& [question, reported] : open.all()) {
    for (const auto& one : reported) {
      out.emplace_back(json::object{{"question", static_cast<int>(question)},
                                    {"kind", one.kind},
                                    {"place", static_cast<std::int64_t>(one.place)},
                                    {"severity", static_cast<int>(one.severity)}});
    }
  }
  return out;
}

void read_open(const json::value* value, OpenQuestions& open) {
  if (value == nullptr || !value->is_array()) return;
  OpenQuestions::Map map;
  for (const auto& element : value->get_array()) {
    if (!element.is_object()) continue;
    JsonReader r(element.get_object());
    int question = -1, severity = 1;
    std::int64_t place = 0;
    Reported reported;
    r.get("question", question);
    r.get("kind", reported.kind);
    r.get("place", place);
    r.get("severity", severity);
    if (question < 0 || question > static_cast<int>(Question::kShown) || severity < 1 || severity > 5)
      continue;
    reported.place = static_cast<std::uint64_t>(place);
    reported.severity = static_cast<Severity>(severity);
    map[static_cast<Question>(question)].push_back(std::move(reported));
  }
  open.restore(std::move(map));
}

template <class Enum, std::size_t N>
std::string_view name_of(const std::array<std::pair<Enum, std::string_view>, N>& table, Enum value) {
  for (const auto& [v, name] : table) {
    if (v == value) return name;
  }
  return table[0].second;
}
template <class Enum, std::size_t N>
std::optional<Enum> value_of(const std::array<std::pair<Enum, std::string_view>, N>& table,
                             std::string_view text) {
  for (const auto& [v, name] : table) {
    if (name == text) return v;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(SiteState state) { return name_of(kStates, state); }
std::optional<SiteState> site_state_from(std::string_view text) { return value_of(kStates, text); }
std::string_view to_string(RenderPolicy policy) { return name_of(kPolicies, policy); }
std::optional<RenderPolicy> render_policy_from(std::string_view text) { return value_of(kPolicies, text); }

std::string memory_to_json(const Site& site, const SiteMemory& m) {
  json::array spark;
  for (auto ms : site.latency_spark) spark.emplace_back(ms);
  json::object out{{"error", site.last_error},
                   {"error_message", to_json(site.last_error_message)},
                   {"status", site.http_status},
                   {"latency_ms", site.latency_ms},
                   {"spark", std::move(spark)},
                   {"last_snapshot", site.last_snapshot},
                   {"reference_snapshot", site.reference_snapshot},
                   {"etag", m.etag},
                   {"last_modified", m.last_modified},
                   {"conditional", m.conditional_in_row},
                   {"body", m.body_sha256},
                   {"body_bytes", m.body_bytes},
                   {"content", static_cast<int>(m.content)},
                   {"reference", m.reference_sha256},
                   {"origins", json_texts(m.origins)},
                   {"suspect", m.suspect},
                   {"suspected_at", to_unix_ms(m.suspected_at)},
                   {"unconfirmed", m.unconfirmed},
                   {"shell", m.shell},
                   {"learned_at", to_unix_ms(m.learned_at)},
                   {"kept_at", to_unix_ms(m.kept_at)},
                   {"availability", availability_json(m.availability)},
                   {"shown", shown_json(m.shown)},
                   {"open", open_json(m.open)}};
  if (!m.tls.keys.empty() || m.tls.refused > 0) {
    out["tls"] = json::object{{"keys", json_texts(m.tls.keys)},
                              {"issuers", json_texts(m.tls.issuers)},
                              {"not_before", to_unix_ms(m.tls.not_before)},
                              {"not_after", to_unix_ms(m.tls.not_after)},
                              {"refused", m.tls.refused}};
  }
  return json::serialize(out);
}

Result<void> memory_from_json(std::string_view text, Site& site, SiteMemory& m) {
  TRY_ASSIGN(auto object, json_object(text));
  JsonReader r(object);
  r.get("error", site.last_error);
  if (auto* v = r.find("error_message")) {
    if (auto message = message_from_json(*v)) site.last_error_message = *std::move(message);
  }
  r.get("status", site.http_status);
  r.get("latency_ms", site.latency_ms);
  if (auto* v = r.find("spark"); v && v->is_array()) {
    site.latency_spark.clear();
    for (const auto& e : v->get_array()) {
      if (e.is_int64()) site.latency_spark.push_back(static_cast<std::int32_t>(e.get_int64()));
    }
  }
  r.get("last_snapshot", site.last_snapshot);
  r.get("reference_snapshot", site.reference_snapshot);
  r.get("etag", m.etag);
  r.get("last_modified", m.last_modified);
  r.get("conditional", m.conditional_in_row);
  r.get("body", m.body_sha256);
  r.get("body_bytes", m.body_bytes);
  int content = 0;
  r.get("content", content);
  if (content >= 0 && content <= static_cast<int>(Verdict::kUnavailable))
    m.content = static_cast<Verdict>(content);
  r.get("reference", m.reference_sha256);
  r.get("origins", m.origins);
  r.get("suspect", m.suspect);
  r.get("suspected_at", m.suspected_at);
  r.get("unconfirmed", m.unconfirmed);
  r.get("shell", m.shell);
  r.get("learned_at", m.learned_at);
  r.get("kept_at", m.kept_at);
  r.object("availability", [&](const JsonReader& inner) { read_availability(inner, m.availability); });
  r.object("tls", [&](const JsonReader& inner) {
    inner.get("keys", m.tls.keys);
    inner.get("issuers", m.tls.issuers);
    inner.get("not_before", m.tls.not_before);
    inner.get("not_after", m.tls.not_after);
    inner.get("refused", m.tls.refused);
  });
  r.object("shown", [&](const JsonReader& inner) { read_shown(inner, m.shown); });
  read_open(r.find("open"), m.open);
  return {};
}

}  // namespace vedette::sites
