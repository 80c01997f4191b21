#include "desk/incidents/incidents.h"

#include <boost/json.hpp>

#include "desk/roster/person.h"
#include "desk/roster/roster_store.h"
#include "model/refusal.h"
#include "store/read_value.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

void soonest_first(std::vector<LegalClock>& clocks) {
  std::ranges::stable_sort(clocks, {},
                           [](const LegalClock& one) { return one.due.value_or(WallTime::max()); });
}

Result<void> check_text(std::string_view field, const std::string& text, bool needed) {
  if (text.size() > IncidentLimits::kTextBytes || (needed && text.empty()))
    return refuse(ErrorCode::kInvalid, "incident.text",
                  {{"field", std::string(field)}, {"most", std::to_string(IncidentLimits::kTextBytes)}});
  return {};
}

// "Regime: step" of each, in one language.
std::string names_of(const std::vector<LegalClock>& clocks, Language language) {
  std::string out;
  for (const auto& one : clocks)
    out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", one.regime->name.in(language),
                       one.step->name.in(language));
  return out;
}

}  // namespace

Incidents::Incidents(store::Database& database, Desk& desk, const Clock& clock,
                     std::shared_ptr<const RegimeSet> regimes)
    : database_(database), desk_(desk), clock_(clock), regimes_(std::move(regimes)) {}

Result<std::vector<LegalClock>> Incidents::clocks(store::Session& session, const Incident& incident) const {
  TRY_ASSIGN(auto reports, load_reports(session, incident.id));
  return clocks_of(*regimes_, incident.regimes, incident.facts, sent_times(reports), clock_.wall());
}

Result<Listing<Incident>> Incidents::list(const IncidentQuery& query) {
  return store::read_value(database_,
                           [&](store::Session& session) { return list_incidents(session, query); });
}

Result<IncidentDetail> Incidents::get(const std::string& id) {
  IncidentDetail out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(out.incident, load_incident(session, id));
    TRY_ASSIGN(out.clocks, clocks(session, out.incident));
    TRY_ASSIGN(out.reports, load_reports(session, id));
    TRY_ASSIGN(out.alerts, alerts_of(session, id));
    TRY_ASSIGN(out.merged, merged_into(session, id));
    TRY_ASSIGN(out.units, units_of(session, id));
    return {};
  }));
  soonest_first(out.clocks);
  return out;
}

Result<IncidentState> Incidents::state(const std::string& id) {
  Incident incident;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(incident, load_incident(session, id));
    return {};
  }));
  return incident.state;
}

Result<Listing<IncidentEntry>> Incidents::timeline(const std::string& id, const std::string& cursor,
                                                   std::size_t limit) {
  Listing<IncidentEntry> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_incident(session, id));
    TRY_ASSIGN(out, load_entries(session, id, cursor, limit));
    return {};
  }));
  return out;
}

Result<std::vector<Incidents::OpenClock>> Incidents::open_clocks(std::size_t limit) {
  std::vector<OpenClock> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto incidents, open_incidents(session));
    for (const auto& incident : incidents) {
      TRY_ASSIGN(auto made, clocks(session, incident));
      for (auto& one : made) {
        if (is_open(one.state) && one.due)
          out.push_back({incident.id, incident.reference, incident.title, std::move(one)});
      }
    }
    return {};
  }));
  std::ranges::stable_sort(out, {}, [](const OpenClock& one) { return *one.clock.due; });
  if (out.size() > limit) out.resize(limit);
  return out;
}

Result<void> Incidents::write_down(store::Session& session, const Incident& incident, const Deed& deed,
                                   const std::string& by) {
  IncidentEntry entry{.incident_id = incident.id,
                      .happened_at = deed.happened_at,
                      .kind = deed.kind,
                      .actor = by,
                      .text = {"desk.incident_entry." + deed.kind, deed.arguments}};
  TRY(add_entry(session, clock_, entry));
  json::object detail{{"reference", incident.reference}, {"revision", incident.revision}};
  for (const auto& [name, value] : deed.arguments) detail[name] = value;
  return append_audit(session, clock_.wall(), by, "incident." + deed.kind, "incident/" + incident.id,
                      json::serialize(detail));
}

Result<Incident> Incidents::act(const std::string& id, const std::string& by, When when, const Act& deed) {
  Incident saved;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(saved, load_incident(session, id));
    if (!saved.merged_into.empty()) {
      TRY_ASSIGN(auto other, load_incident(session, saved.merged_into));
      return refuse(ErrorCode::kConflict, "incident.merged", {{"reference", other.reference}});
    }
    if (saved.state == IncidentState::kClosed && when == When::kOpen)
      return refuse(ErrorCode::kConflict, "incident.closed");
    TRY_ASSIGN(auto done, deed(session, saved));
    if (done.kind.empty()) return {};  // nothing had to be done
    saved.updated_at = clock_.wall();
    if (done.beside) {
      TRY(touch_incident(session, saved));
    } else {
      TRY(save_incident(session, saved));
    }
    return write_down(session, saved, done, by);
  }));
  tell(saved.id);
  return saved;
}

void Incidents::on_change(Changed changed) {
  std::lock_guard lock(changed_mutex_);
  changed_ = std::move(changed);
}

void Incidents::tell(const std::string& incident_id) {
  Changed changed;
  {
    std::lock_guard lock(changed_mutex_);
    changed = changed_;
  }
  if (changed) changed(incident_id);
}

Result<void> Incidents::check_people(store::Session& session, const IncidentRoles& before,
                                     const IncidentRoles& after) {
  for (auto role :
       {&IncidentRoles::commander, &IncidentRoles::deputy, &IncidentRoles::scribe, &IncidentRoles::liaison}) {
    if ((after.*role).empty() || after.*role == before.*role) continue;
    TRY(load_person(session, after.*role));
  }
  return {};
}

Result<Incident> Incidents::open(const Incident& draft, const std::vector<std::string>& alerts,
                                 const std::string& by) {
  Incident saved;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    saved = {.title = draft.title,
             .summary = draft.summary,
             .severity = draft.severity,
             .tlp = draft.tlp,
             .regimes = draft.regimes,
             .facts = draft.facts,
             .roles = draft.roles,
             .created_by = by};
    TRY(check_incident(saved, *regimes_, clock_.wall()));
    TRY(check_people(session, {}, saved.roles));
    TRY(insert_incident(session, clock_, saved));
    for (const auto& alert : alerts) TRY(link_alert(session, saved.id, alert, clock_.wall(), by));
    return write_down(session, saved,
                      {"opened",
                       {{"title", saved.title},
                        {"changes", differences({}, saved)},
                        {"alerts", fmt::format("{}", fmt::join(alerts, ", "))}}},
                      by);
  }));
  tell(saved.id);
  return saved;
}

Result<Incident> Incidents::change(const Incident& changed, const std::string& by) {
  return act(changed.id, by, When::kOpen, [&](store::Session& session, Incident& now) -> Result<Deed> {
    if (now.revision != changed.revision)
      return refuse(ErrorCode::kConflict, "incident.changed", {{"revision", std::to_string(now.revision)}});
    const auto before = now;
    now.title = changed.title;
    now.summary = changed.summary;
    now.severity = changed.severity;
    now.tlp = changed.tlp;
    now.regimes = changed.regimes;
    now.facts = changed.facts;
    now.roles = changed.roles;
    TRY(check_incident(now, *regimes_, clock_.wall()));
    TRY(check_people(session, before.roles, now.roles));
    auto changes = differences(before, now);
    if (changes.empty()) return Deed{};
    return Deed{"changed", {{"changes", std::move(changes)}}};
  });
}

Result<Incident> Incidents::move(const std::string& id, IncidentState state, const std::string& note,
                                 const std::string& by) {
  TRY(check_text("note", note, false));
  if (state == IncidentState::kClosed) return close(id, note, by);
  return act(id, by, When::kOpen, [&](store::Session&, Incident& incident) -> Result<Deed> {
    if (incident.state == state) return Deed{};
    Deed deed{"moved",
              {{"from", std::string(to_string(incident.state))},
               {"to", std::string(to_string(state))},
               {"note", note}}};
    incident.state = state;
    return deed;
  });
}

Result<Incident> Incidents::close(const std::string& id, const std::string& note, const std::string& by) {
  TRY(check_text("note", note, false));
  return act(id, by, When::kOpen, [&](store::Session& session, Incident& incident) -> Result<Deed> {
    // A regime whose file is gone has no clocks here, but it may still have deadlines.
    for (const auto& regime : incident.regimes) {
      if (!regimes_->find(regime))
        return refuse(ErrorCode::kConflict, "incident.no_regime", {{"id", regime}});
    }
    TRY_ASSIGN(auto running, clocks(session, incident));
    std::erase_if(running, [](const LegalClock& one) { return !is_open(one.state); });
    if (!running.empty())
      return refuse(ErrorCode::kConflict, "incident.open_clocks",
                    {{"clocks_vi", names_of(running, Language::kVietnamese)},
                     {"clocks_en", names_of(running, Language::kEnglish)}});
    Deed deed{"closed", {{"from", std::string(to_string(incident.state))}, {"note", note}}};
    incident.state = IncidentState::kClosed;
    incident.closed_at = clock_.wall();
    incident.closed_by = by;
    incident.close_note = note;
    return deed;
  });
}

Result<Incident> Incidents::reopen(const std::string& id, const std::string& note, const std::string& by) {
  TRY(check_text("note", note, false));
  return act(id, by, When::kAny, [&](store::Session&, Incident& incident) -> Result<Deed> {
    if (incident.state != IncidentState::kClosed) return refuse(ErrorCode::kConflict, "incident.not_closed");
    incident.state = IncidentState::kTriaged;
    incident.closed_at.reset();
    incident.closed_by.clear();
    incident.close_note.clear();
    return Deed{"reopened", {{"note", note}}};
  });
}

Result<Incident> Incidents::link(const std::string& id, const std::string& alert_id, const std::string& by) {
  return act(id, by, When::kOpen, [&](store::Session& session, Incident& incident) -> Result<Deed> {
    TRY_ASSIGN(bool linked, link_alert(session, incident.id, alert_id, clock_.wall(), by));
    return linked ? Deed{"linked", {{"alert", alert_id}}} : Deed{};
  });
}

Result<Incident> Incidents::unlink(const std::string& id, const std::string& alert_id,
                                   const std::string& by) {
  return act(id, by, When::kOpen, [&](store::Session& session, Incident& incident) -> Result<Deed> {
    TRY_ASSIGN(bool unlinked, unlink_alert(session, incident.id, alert_id));
    if (!unlinked) return refuse(ErrorCode::kNotFound, "incident.not_linked");
    return Deed{"unlinked", {{"alert", alert_id}}};
  });
}

Result<Incident> Incidents::note(const std::string& id, const std::string& text,
                                 std::optional<WallTime> happened_at, const std::string& by) {
  TRY(check_text("text", text, true));
  return act(id, by, When::kAny, [&](store::Session&, Incident&) -> Result<Deed> {
    return Deed{"note", {{"text", text}}, happened_at};
  });
}

}  // namespace vedette::desk
