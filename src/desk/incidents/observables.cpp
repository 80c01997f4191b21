#include "desk/incidents/observables.h"

#include <set>

#include "base/id.h"
#include "desk/alert_store.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr std::size_t kFindingsRead = 20;  // of one alert
constexpr std::string_view kObservableColumns =
    "id, incident_id, type, value, tlp, note, source, added_at, added_by";

Result<Observable> observable_from(const store::Row& row) {
  auto type = observable_type_from(row.text(2));
  auto tlp = tlp_from(row.text(4));
  if (!type || !tlp)
    return fail(ErrorCode::kCorrupt, fmt::format("the stored observable {} is damaged", row.text(0)));
  return Observable{row.text(0), row.text(1), *type,       row.text(3),
                    *tlp,        row.text(5), row.text(6), from_unix_ms(row.integer(7)),
                    row.text(8)};
}

Result<std::vector<Observable>> load_observables(store::Session& session, const std::string& incident_id) {
  TRY_ASSIGN(auto rows,
             session.query(fmt::format("{} SELECT {} FROM incident_observables WHERE incident_id IN "
                                       "(SELECT id FROM family) ORDER BY added_at, id LIMIT ?",
                                       kIncidentFamily, kObservableColumns),
                           {incident_id, std::int64_t{ObservableLimits::kOfIncident} * 10}));
  std::vector<Observable> out;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto one, observable_from(row));
    out.push_back(std::move(one));
  }
  return out;
}

bool has(const std::vector<Observable>& all, ObservableType type, const std::string& value) {
  return std::ranges::any_of(all,
                             [&](const Observable& one) { return one.type == type && one.value == value; });
}

// What a finding says of its own words: not the rule's description, which is the same everywhere.
std::vector<std::string_view> texts_of(const Finding& finding) {
  std::vector<std::string_view> out{finding.where, finding.after};
  for (const auto& [name, value] : finding.reason.arguments) {
    if (!name.starts_with("description") && !name.starts_with("rule") && !name.starts_with("next"))
      out.emplace_back(value);
  }
  return out;
}

// "logs/<rule>" of an alert of the log watch, else its kind: what says that two alerts are about the same
// thing.
std::string rule_of(const store::Row& alert) {
  const auto& key = alert.text(1);
  if (!key.starts_with("logs/")) return alert.text(0);
  return key.substr(0, key.find('/', 5));
}

int weight_of(const SharedThing& thing) {
  if (thing.kind == "observable") return 3;
  return thing.kind == "asset" ? 2 : 1;
}

}  // namespace

Result<std::vector<Observable>> IncidentObservables::list(const std::string& incident_id) {
  std::vector<Observable> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_incident(session, incident_id));
    TRY_ASSIGN(out, load_observables(session, incident_id));
    return {};
  }));
  return out;
}

Result<Observable> IncidentObservables::add(const std::string& incident_id, const Observable& draft,
                                            const std::string& by) {
  Observable made{
      .type = draft.type, .tlp = draft.tlp, .note = draft.note, .source = draft.source, .added_by = by};
  TRY_ASSIGN(made.value, normal_observable(draft.type, draft.value));
  if (made.note.size() > ObservableLimits::kNoteBytes)
    return refuse(ErrorCode::kInvalid, "observable.note",
                  {{"most", std::to_string(ObservableLimits::kNoteBytes)}});
  TRY(incidents_.act(
      incident_id, by, Incidents::When::kOpen,
      [&](store::Session& session, Incident& incident) -> Result<Incidents::Deed> {
        TRY_ASSIGN(auto there, load_observables(session, incident.id));
        if (has(there, made.type, made.value)) return refuse(ErrorCode::kConflict, "observable.there");
        if (there.size() >= ObservableLimits::kOfIncident)
          return refuse(ErrorCode::kLimit, "observable.many",
                        {{"most", std::to_string(ObservableLimits::kOfIncident)}});
        made.id = new_id(clock_);
        made.incident_id = incident.id;
        made.added_at = clock_.wall();
        TRY(session.execute(
            fmt::format("INSERT INTO incident_observables({}) VALUES (?,?,?,?,?,?,?,?,?)",
                        kObservableColumns),
            {made.id, made.incident_id, std::string(to_string(made.type)), made.value,
             std::string(to_string(made.tlp)), made.note, made.source, to_unix_ms(made.added_at), by}));
        return Incidents::Deed{.kind = "observable",
                               .arguments = {{"type", std::string(to_string(made.type))},
                                             {"value", defanged(made.type, made.value)},
                                             {"tlp", std::string(to_string(made.tlp))},
                                             {"note", made.note}},
                               .beside = true};
      }));
  return made;
}

Result<void> IncidentObservables::remove(const std::string& incident_id, const std::string& id,
                                         const std::string& by) {
  TRY(incidents_.act(incident_id, by, Incidents::When::kOpen,
                     [&](store::Session& session, Incident& incident) -> Result<Incidents::Deed> {
                       TRY_ASSIGN(auto all, load_observables(session, incident.id));
                       auto found = std::ranges::find(all, id, &Observable::id);
                       if (found == all.end()) return refuse(ErrorCode::kNotFound, "observable.gone");
                       TRY(session.execute("DELETE FROM incident_observables WHERE id = ?", {id}));
                       return Incidents::Deed{.kind = "observable_removed",
                                              .arguments = {{"type", std::string(to_string(found->type))},
                                                            {"value", defanged(found->type, found->value)}},
                                              .beside = true};
                     }));
  return {};
}

Result<std::vector<Observable>> IncidentObservables::suggested(const std::string& incident_id) {
  std::vector<Observable> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto incident, load_incident(session, incident_id));
    TRY_ASSIGN(auto there, load_observables(session, incident_id));
    TRY_ASSIGN(auto alerts, alerts_of(session, incident_id));
    for (const auto& alert : alerts) {
      TRY_ASSIGN(auto findings, load_findings(session, alert, kFindingsRead));
      for (const auto& finding : findings) {
        for (auto text : texts_of(finding)) {
          for (auto& [type, value] : observables_in(text, kSuggestedMax)) {
            if (out.size() >= kSuggestedMax) return {};
            if (has(there, type, value) || has(out, type, value)) continue;
            out.push_back({.incident_id = incident.id,
                           .type = type,
                           .value = std::move(value),
                           .tlp = incident.tlp,
                           .source = alert});
          }
        }
      }
    }
    return {};
  }));
  return out;
}

Result<std::vector<RelatedIncident>> IncidentObservables::related(const std::string& incident_id) {
  std::map<std::string, std::vector<SharedThing>> shared;
  std::vector<RelatedIncident> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_incident(session, incident_id));
    const auto take = [&](const std::string& incident, SharedThing thing) {
      auto& things = shared[incident];
      if (std::ranges::find(things, thing) == things.end()) things.push_back(std::move(thing));
    };
    TRY_ASSIGN(auto rows,
               session.query(
                   fmt::format("{} SELECT other.incident_id, other.type, other.value FROM "
                               "incident_observables mine JOIN incident_observables other ON other.type = "
                               "mine.type AND other.value = mine.value WHERE mine.incident_id IN (SELECT id "
                               "FROM family) AND other.incident_id NOT IN (SELECT id FROM family) LIMIT "
                               "1000",
                               kIncidentFamily),
                   {incident_id}));
    for (const auto& row : rows)
      take(row.text(0), {"observable", defanged(*observable_type_from(row.text(1)), row.text(2))});
    TRY_ASSIGN(
        rows,
        session.query(
            fmt::format("{} SELECT DISTINCT theirs.incident_id, b.asset_name FROM incident_alerts mine "
                        "JOIN alerts a ON a.id = mine.alert_id JOIN alerts b ON b.asset_id = a.asset_id "
                        "AND b.asset_type = a.asset_type JOIN incident_alerts theirs ON theirs.alert_id = "
                        "b.id WHERE mine.incident_id IN (SELECT id FROM family) AND a.asset_id <> '' AND "
                        "theirs.incident_id NOT IN (SELECT id FROM family) LIMIT 1000",
                        kIncidentFamily),
            {incident_id}));
    for (const auto& row : rows) take(row.text(0), {"asset", row.text(1)});
    TRY_ASSIGN(rows, session.query(
                         fmt::format("{} SELECT a.kind, a.dedup_key FROM incident_alerts mine JOIN alerts a "
                                     "ON a.id = mine.alert_id WHERE mine.incident_id IN (SELECT id FROM "
                                     "family) LIMIT 500",
                                     kIncidentFamily),
                         {incident_id}));
    std::set<std::string> rules;
    for (const auto& row : rows) rules.insert(rule_of(row));
    TRY_ASSIGN(
        rows,
        session.query(fmt::format("{} SELECT b.kind, b.dedup_key, theirs.incident_id FROM incident_alerts "
                                  "theirs JOIN alerts b ON b.id = theirs.alert_id WHERE theirs.incident_id "
                                  "NOT IN (SELECT id FROM family) ORDER BY theirs.linked_at DESC LIMIT "
                                  "5000",
                                  kIncidentFamily),
                      {incident_id}));
    for (const auto& row : rows) {
      if (auto rule = rule_of(row); rules.contains(rule)) take(row.text(2), {"rule", std::move(rule)});
    }
    for (auto& [id, things] : shared) {
      TRY_ASSIGN(auto incident, load_incident(session, id));
      if (incident.merged_into.empty()) out.push_back({std::move(incident), std::move(things)});
    }
    return {};
  }));
  std::ranges::stable_sort(out, std::greater<>(), [](const RelatedIncident& one) {
    int sum = 0;
    for (const auto& thing : one.shared) sum += weight_of(thing);
    return std::pair(sum, one.incident.created_at);
  });
  if (out.size() > kRelatedMax) out.resize(kRelatedMax);
  return out;
}

}  // namespace vedette::desk
