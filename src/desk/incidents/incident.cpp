#include "desk/incidents/incident.h"

#include <fmt/format.h>

#include <array>

#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr std::array<std::string_view, 6> kIncidentStates{"new",        "triaged",   "contained",
                                                          "eradicated", "recovered", "closed"};
constexpr std::array<std::string_view, 5> kTlpWords{"red", "amber+strict", "amber", "green", "clear"};

template <class Enum, std::size_t N>
std::optional<Enum> word_in(const std::array<std::string_view, N>& words, std::string_view text) {
  auto found = std::ranges::find(words, text);
  if (found == words.end()) return std::nullopt;
  return static_cast<Enum>(found - words.begin());
}

std::string shown(const std::optional<WallTime>& time) { return time ? to_rfc3339(*time) : "–"; }
std::string shown(const std::string& text) { return text.empty() ? "–" : text; }

}  // namespace

std::string_view to_string(IncidentState state) { return kIncidentStates[static_cast<std::size_t>(state)]; }
std::optional<IncidentState> incident_state_from(std::string_view text) {
  return word_in<IncidentState>(kIncidentStates, text);
}
std::string_view to_string(Tlp tlp) { return kTlpWords[static_cast<std::size_t>(tlp)]; }
std::optional<Tlp> tlp_from(std::string_view text) { return word_in<Tlp>(kTlpWords, text); }

SentReports sent_times(const std::vector<SentReport>& reports) {
  SentReports out;
  for (const auto& one : reports) out[one.key] = one.sent_at;
  return out;
}

Result<void> check_incident(const Incident& incident, const RegimeSet& set, WallTime now) {
  if (incident.title.empty() || incident.title.size() > IncidentLimits::kTitleBytes)
    return refuse(ErrorCode::kInvalid, "incident.title",
                  {{"most", std::to_string(IncidentLimits::kTitleBytes)}});
  if (incident.summary.size() > IncidentLimits::kTextBytes)
    return refuse(ErrorCode::kInvalid, "incident.text",
                  {{"field", "summary"}, {"most", std::to_string(IncidentLimits::kTextBytes)}});
  if (incident.regimes.size() > IncidentLimits::kRegimes)
    return refuse(ErrorCode::kLimit, "incident.regimes",
                  {{"most", std::to_string(IncidentLimits::kRegimes)}});
  for (const auto& id : incident.regimes) {
    if (!set.find(id)) return refuse(ErrorCode::kInvalid, "incident.no_regime", {{"id", id.substr(0, 64)}});
    if (std::ranges::count(incident.regimes, id) > 1)
      return refuse(ErrorCode::kInvalid, "incident.regime_twice", {{"id", id}});
  }
  const auto& facts = incident.facts;
  for (auto [name, time] :
       {std::pair("detected_at", &facts.detected_at), std::pair("aware_at", &facts.aware_at),
        std::pair("request_received_at", &facts.request_received_at),
        std::pair("finished_at", &facts.finished_at)}) {
    if (*time && **time > now + IncidentLimits::kAhead)
      return refuse(ErrorCode::kInvalid, "incident.future", {{"field", name}});
  }
  if (facts.finished_at && facts.detected_at && *facts.finished_at < *facts.detected_at)
    return refuse(ErrorCode::kInvalid, "incident.finished_first");
  return {};
}

std::string differences(const Incident& before, const Incident& after) {
  std::string out;
  const auto differ = [&](std::string_view name, const std::string& from, const std::string& to) {
    if (from != to) out += fmt::format("{}{}: {} → {}", out.empty() ? "" : "; ", name, from, to);
  };
  const auto flag = [](bool set) { return std::string(set ? "true" : "false"); };
  differ("title", before.title, after.title);
  if (before.summary != after.summary) out += out.empty() ? "summary" : "; summary";
  differ("severity", std::string(to_string(before.severity)), std::string(to_string(after.severity)));
  differ("tlp", std::string(to_string(before.tlp)), std::string(to_string(after.tlp)));
  differ("regimes", shown(fmt::format("{}", fmt::join(before.regimes, ", "))),
         shown(fmt::format("{}", fmt::join(after.regimes, ", "))));
  differ("detected_at", shown(before.facts.detected_at), shown(after.facts.detected_at));
  differ("aware_at", shown(before.facts.aware_at), shown(after.facts.aware_at));
  differ("request_received_at", shown(before.facts.request_received_at),
         shown(after.facts.request_received_at));
  differ("finished_at", shown(before.facts.finished_at), shown(after.facts.finished_at));
  differ("beyond_capacity", flag(before.facts.beyond_capacity), flag(after.facts.beyond_capacity));
  differ("urgent", flag(before.facts.urgent), flag(after.facts.urgent));
  differ("commander", shown(before.roles.commander), shown(after.roles.commander));
  differ("deputy", shown(before.roles.deputy), shown(after.roles.deputy));
  differ("scribe", shown(before.roles.scribe), shown(after.roles.scribe));
  differ("liaison", shown(before.roles.liaison), shown(after.roles.liaison));
  return out;
}

}  // namespace vedette::desk
