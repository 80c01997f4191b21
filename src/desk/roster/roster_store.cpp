#include "desk/roster/roster_store.h"

#include <boost/json.hpp>

#include "base/id.h"
#include "desk/roster/person.h"
#include "desk/roster/roster_json.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;
constexpr std::int64_t kRostersMax = 200;
constexpr std::string_view kSelect = "SELECT id, name, revision, tiers FROM rosters WHERE removed = 0";

Result<Roster> roster_from(const store::Row& row) {
  Roster roster{row.text(0), row.text(1), row.integer(2), {}};
  boost::system::error_code problem;
  auto stored = json::parse(row.text(3), problem);
  if (problem || !stored.is_array())
    return fail(ErrorCode::kCorrupt, fmt::format("the stored roster {} does not parse", roster.id));
  auto tiers = tiers_from(stored.get_array());
  if (!tiers)
    return fail(ErrorCode::kCorrupt,
                fmt::format("the stored roster {} is damaged: {}", roster.id, tiers.error().full()));
  roster.tiers = *std::move(tiers);
  return roster;
}

}  // namespace

Result<std::vector<Roster>> load_rosters(store::Session& session) {
  TRY_ASSIGN(auto rows, session.query(fmt::format("{} ORDER BY name, id", kSelect)));
  std::vector<Roster> rosters;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto roster, roster_from(row));
    rosters.push_back(std::move(roster));
  }
  return rosters;
}

Result<Roster> load_roster(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows, session.query(fmt::format("{} AND id = ?", kSelect), {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "roster.gone", {{"id", id.substr(0, 64)}});
  return roster_from(rows[0]);
}

Result<Roster> store_roster(store::Session& session, const Clock& clock, Roster roster) {
  TRY_ASSIGN(auto people, load_people(session));
  std::set<std::string> ids;
  for (const auto& person : people) ids.insert(person.id);
  TRY(check_roster(roster, ids));
  auto tiers = json::serialize(tiers_json(roster));
  if (roster.id.empty()) {
    TRY_ASSIGN(auto count, session.query("SELECT COUNT(*) FROM rosters WHERE removed = 0"));
    if (count[0].integer(0) >= kRostersMax)
      return refuse(ErrorCode::kLimit, "roster.many", {{"most", std::to_string(kRostersMax)}});
    roster.id = new_id(clock);
    roster.revision = 1;
    TRY(session.execute("INSERT INTO rosters(id, name, revision, tiers, removed) VALUES (?,?,1,?,0)",
                        {roster.id, roster.name, tiers}));
    return roster;
  }
  TRY_ASSIGN(auto changed, session.execute("UPDATE rosters SET name = ?, revision = revision + 1, tiers = ? "
                                           "WHERE id = ? AND revision = ? AND removed = 0",
                                           {roster.name, tiers, roster.id, roster.revision}));
  if (changed == 0) {
    TRY_ASSIGN(auto now, load_roster(session, roster.id));
    return refuse(ErrorCode::kConflict, "roster.changed", {{"revision", std::to_string(now.revision)}});
  }
  ++roster.revision;
  return roster;
}

Result<void> remove_roster_row(store::Session& session, const std::string& id) {
  TRY(load_roster(session, id));
  TRY(session.execute("UPDATE rosters SET removed = 1 WHERE id = ?", {id}));
  return {};
}

const Tier* tier_of(const Roster& roster, std::string_view id) {
  auto found = std::ranges::find(roster.tiers, id, &Tier::id);
  return found == roster.tiers.end() ? nullptr : &*found;
}

}  // namespace vedette::desk
