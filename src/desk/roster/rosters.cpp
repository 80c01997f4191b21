#include "desk/roster/rosters.h"

#include <boost/json.hpp>

#include "base/log.h"
#include "desk/roster/roster_json.h"
#include "desk/roster/roster_store.h"
#include "model/refusal.h"
#include "store/read_value.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;
using std::chrono::hours;
constexpr auto kAround = hours(24 * 35);

Result<void> check_reach(WallTime from, WallTime to) {
  using namespace std::chrono;
  bool near = from >= WallTime(sys_days(year(1990) / 1 / 1)) && to <= WallTime(sys_days(year(2037) / 1 / 1));
  if (from < to && near && to - from <= RosterLimits::kComputed) return {};
  return refuse(ErrorCode::kInvalid, "roster.too_long");
}

}  // namespace

Rosters::Rosters(store::Database& database, Desk& desk, const Clock& clock)
    : database_(database), desk_(desk), clock_(clock) {}

// After the commit of something that may open or close a gap. Not part of the change itself: the next hourly
// check finds what this one could not report.
Result<void> Rosters::change(const store::Database::Write& work) {
  TRY(database_.write(work));
  if (auto checked = check_coverage(); !checked)
    log::warn("desk", "the coverage could not be checked", {{"error.message", checked.error().full()}});
  return {};
}

Result<std::vector<Person>> Rosters::people() {
  return store::read_value(database_, [&](store::Session& session) { return load_people(session); });
}

Result<Person> Rosters::person(const std::string& id) {
  return store::read_value(database_, [&](store::Session& session) { return load_person(session, id); });
}

Result<Person> Rosters::save_person(const Person& person, const std::string& by) {
  Person saved;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(saved, store_person(session, clock_, person));
    return append_audit(
        session, clock_.wall(), by, "person.saved", "person/" + saved.id,
        json::serialize(json::object{
            {"name", saved.name}, {"username", saved.username}, {"contacts", saved.contacts.size()}}));
  }));
  return saved;
}

Result<void> Rosters::remove_person(const std::string& id, const std::string& by) {
  return change([&](store::Session& session) -> Result<void> {
    TRY(remove_person_row(session, id));
    return append_audit(session, clock_.wall(), by, "person.removed", "person/" + id, "{}");
  });
}

Result<std::vector<Roster>> Rosters::rosters() {
  return store::read_value(database_, [&](store::Session& session) { return load_rosters(session); });
}

Result<Roster> Rosters::roster(const std::string& id) {
  return store::read_value(database_, [&](store::Session& session) { return load_roster(session, id); });
}

Result<Roster> Rosters::save_roster(const Roster& roster, const std::string& by) {
  Roster saved;
  TRY(change([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(saved, store_roster(session, clock_, roster));
    return append_audit(
        session, clock_.wall(), by, "roster.saved", "roster/" + saved.id,
        json::serialize(
            json::object{{"name", saved.name}, {"revision", saved.revision}, {"tiers", tiers_json(saved)}}));
  }));
  return saved;
}

Result<void> Rosters::remove_roster(const std::string& id, const std::string& by) {
  return change([&](store::Session& session) -> Result<void> {
    TRY(remove_roster_row(session, id));
    return append_audit(session, clock_.wall(), by, "roster.removed", "roster/" + id, "{}");
  });
}

Result<std::vector<Rosters::TierShifts>> Rosters::computed(store::Session& session, const Roster& roster,
                                                           WallTime from, WallTime to) {
  TRY_ASSIGN(auto facts, load_facts(session, roster.id, from, to));
  std::vector<TierShifts> out;
  for (const auto& tier : roster.tiers) out.push_back({tier.id, tier.name, shifts_of(tier, facts, from, to)});
  return out;
}

Result<std::vector<Rosters::OnCall>> Rosters::on_call(const std::string& roster_id, WallTime at) {
  TRY(check_reach(at - kAround, at + kAround));
  TRY_ASSIGN(auto tiers, shifts(roster_id, at - kAround, at + kAround));
  std::vector<OnCall> out;
  for (auto& tier : tiers) {
    auto now = std::ranges::find_if(tier.shifts, [&](const Shift& shift) { return at < shift.to; });
    OnCall one{tier.tier, tier.tier_name, *now, {}};
    auto next = std::find_if(std::next(now), tier.shifts.end(), [&](const Shift& shift) {
      return !shift.person.empty() && shift.person != one.now.person;
    });
    if (next != tier.shifts.end()) one.next = *next;
    out.push_back(std::move(one));
  }
  return out;
}

Result<std::vector<Rosters::TierShifts>> Rosters::shifts(const std::string& roster_id, WallTime from,
                                                         WallTime to) {
  TRY(check_reach(from, to));
  std::vector<TierShifts> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto roster, load_roster(session, roster_id));
    TRY_ASSIGN(out, computed(session, roster, from, to));
    return {};
  }));
  return out;
}

Result<std::vector<Rosters::TierShifts>> Rosters::preview(const Roster& roster, WallTime from, WallTime to) {
  TRY(check_reach(from, to));
  std::vector<TierShifts> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto people, load_people(session));
    std::set<std::string> ids;
    for (const auto& person : people) ids.insert(person.id);
    TRY(check_roster(roster, ids));
    TRY_ASSIGN(out, computed(session, roster, from, to));
    return {};
  }));
  return out;
}

Result<std::vector<CoverageGap>> Rosters::gaps(const std::string& roster_id, WallTime from, WallTime to) {
  TRY(check_reach(from, to));
  std::vector<CoverageGap> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto roster, load_roster(session, roster_id));
    TRY_ASSIGN(auto facts, load_facts(session, roster_id, from, to));
    out = gaps_of(roster, facts, from, to);
    return {};
  }));
  return out;
}

Result<std::vector<RosterOverride>> Rosters::overrides(const std::string& roster_id, WallTime from,
                                                       WallTime to) {
  std::vector<RosterOverride> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_roster(session, roster_id));
    TRY_ASSIGN(auto facts, load_facts(session, roster_id, from, to));
    out = std::move(facts.overrides);
    return {};
  }));
  return out;
}

Result<RosterOverride> Rosters::add_override(const RosterOverride& one) {
  RosterOverride saved;
  TRY(change([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(saved, store_override(session, clock_, one));
    return append_audit(session, clock_.wall(), one.by, "override.added", "roster/" + saved.roster_id,
                        json::serialize(json::object{{"override", saved.id},
                                                     {"tier", saved.tier},
                                                     {"person", saved.person},
                                                     {"from", to_rfc3339(saved.from)},
                                                     {"to", to_rfc3339(saved.to)}}));
  }));
  return saved;
}

Result<void> Rosters::remove_override(const std::string& id, const std::string& by) {
  return change([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto removed, remove_override_row(session, id));
    return append_audit(session, clock_.wall(), by, "override.removed", "roster/" + removed.roster_id,
                        json::serialize(json::object{{"override", id}}));
  });
}

Result<std::vector<Leave>> Rosters::leaves(WallTime from, WallTime to) {
  return store::read_value(database_,
                           [&](store::Session& session) { return load_leaves(session, from, to); });
}

Result<Leave> Rosters::add_leave(const Leave& leave) {
  Leave saved;
  TRY(change([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(saved, store_leave(session, clock_, leave));
    return append_audit(
        session, clock_.wall(), leave.by, "leave.added", "person/" + saved.person,
        json::serialize(json::object{
            {"leave", saved.id}, {"from", to_rfc3339(saved.from)}, {"to", to_rfc3339(saved.to)}}));
  }));
  return saved;
}

Result<void> Rosters::remove_leave(const std::string& id, const std::string& by) {
  return change([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto removed, remove_leave_row(session, id));
    return append_audit(session, clock_.wall(), by, "leave.removed", "person/" + removed.person,
                        json::serialize(json::object{{"leave", id}}));
  });
}

}  // namespace vedette::desk
