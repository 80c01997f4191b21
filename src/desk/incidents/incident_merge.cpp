// Incidents: merging, and splitting one in two. Neither loses anything.
#include "desk/incidents/incidents.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

// The earlier of two facts starts the earlier clock.
void take_earlier(std::optional<WallTime>& mine, const std::optional<WallTime>& other) {
  if (other && (!mine || *other < *mine)) mine = other;
}

}  // namespace

Result<Incident> Incidents::merge(const std::string& id, const std::string& into, const std::string& by) {
  if (id == into) return refuse(ErrorCode::kInvalid, "incident.itself");
  TRY_ASSIGN(
      auto merged, act(into, by, When::kOpen, [&](store::Session& session, Incident& target) -> Result<Deed> {
        TRY_ASSIGN(auto other, load_incident(session, id));
        if (!other.merged_into.empty()) return refuse(ErrorCode::kConflict, "incident.merged_before");
        if (other.state == IncidentState::kClosed) return refuse(ErrorCode::kConflict, "incident.closed");
        const auto before = target;
        target.severity = std::max(target.severity, other.severity);
        for (const auto& regime : other.regimes) {
          if (std::ranges::find(target.regimes, regime) == target.regimes.end())
            target.regimes.push_back(regime);
        }
        take_earlier(target.facts.detected_at, other.facts.detected_at);
        take_earlier(target.facts.aware_at, other.facts.aware_at);
        take_earlier(target.facts.request_received_at, other.facts.request_received_at);
        target.facts.beyond_capacity |= other.facts.beyond_capacity;
        target.facts.urgent |= other.facts.urgent;
        TRY(check_incident(target, *regimes_, clock_.wall()));

        TRY_ASSIGN(auto alerts, alerts_of(session, other.id));
        for (const auto& alert : alerts) TRY(link_alert(session, target.id, alert, clock_.wall(), by));
        TRY_ASSIGN(auto mine, load_reports(session, target.id));
        TRY_ASSIGN(auto theirs, load_reports(session, other.id));
        const auto known = sent_times(mine);
        for (const auto& report : theirs) {
          if (!known.contains(report.key)) TRY(put_report(session, target.id, report));
        }
        other.merged_into = target.id;
        other.updated_at = clock_.wall();
        TRY(save_incident(session, other));
        TRY(write_down(session, other, {"merged", {{"into", target.reference}}}, by));
        return Deed{"took_over", {{"reference", other.reference}, {"changes", differences(before, target)}}};
      }));
  tell(id);
  return merged;
}

Result<Incident> Incidents::unmerge(const std::string& id, const std::string& by) {
  Incident saved;
  std::string from;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(saved, load_incident(session, id));
    if (saved.merged_into.empty()) return refuse(ErrorCode::kConflict, "incident.not_merged");
    TRY_ASSIGN(auto other, load_incident(session, saved.merged_into));
    from = std::exchange(saved.merged_into, "");
    saved.updated_at = clock_.wall();
    TRY(save_incident(session, saved));
    TRY(write_down(session, other, {"gave_back", {{"reference", saved.reference}}}, by));
    return write_down(session, saved, {"unmerged", {{"from", other.reference}}}, by);
  }));
  tell(from);
  tell(saved.id);
  return saved;
}

Result<Incident> Incidents::split(const std::string& id, const std::string& title,
                                  const std::vector<std::string>& alerts, const std::string& by) {
  Incident made;
  TRY(act(id, by, When::kOpen, [&](store::Session& session, Incident& from) -> Result<Deed> {
    made = {.title = title,
            .severity = from.severity,
            .tlp = from.tlp,
            .state = from.state,
            .regimes = from.regimes,
            .facts = from.facts,
            .roles = from.roles,
            .split_from = from.id,
            .created_by = by};
    TRY(check_incident(made, *regimes_, clock_.wall()));
    TRY(insert_incident(session, clock_, made));
    for (const auto& alert : alerts) {
      TRY_ASSIGN(bool was_linked, unlink_alert(session, from.id, alert));
      if (!was_linked) return refuse(ErrorCode::kNotFound, "incident.not_linked");
      TRY(link_alert(session, made.id, alert, clock_.wall(), by));
    }
    const auto moved = fmt::format("{}", fmt::join(alerts, ", "));
    TRY(write_down(session, made, {"split_off", {{"from", from.reference}, {"alerts", moved}}}, by));
    return Deed{"split", {{"reference", made.reference}, {"alerts", moved}}};
  }));
  tell(made.id);
  return made;
}

}  // namespace vedette::desk
