#include "desk/periods/period_store.h"

#include <boost/json.hpp>

#include "base/id.h"
#include "base/log.h"
#include "desk/escalation/policy_store.h"
#include "desk/periods/period_json.h"
#include "desk/roster/roster_store.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;
constexpr std::int64_t kPeriodsMost = 500;
constexpr std::string_view kPeriodColumns = "id, revision, body, begins, ends, ended_by";

Result<WatchPeriod> period_from_row(const store::Row& row) {
  boost::system::error_code problem;
  auto stored = json::parse(row.text(2), problem);
  if (problem || !stored.is_object())
    return fail(ErrorCode::kCorrupt, fmt::format("the stored watch period {} does not parse", row.text(0)));
  auto period = period_from(stored.get_object());
  if (!period)
    return fail(ErrorCode::kCorrupt,
                fmt::format("the stored watch period {} is damaged: {}", row.text(0), period.error().full()));
  period->id = row.text(0);
  period->revision = row.integer(1);
  period->begins = from_unix_ms(row.integer(3));
  period->ends = from_unix_ms(row.integer(4));
  period->ended_by = row.text(5);
  return period;
}

Result<std::vector<WatchPeriod>> periods_where(store::Session& session, std::string_view where,
                                               store::Parameters parameters) {
  parameters.emplace_back(kPeriodsMost);
  TRY_ASSIGN(auto rows, session.query(fmt::format("SELECT {} FROM watch_periods WHERE removed = 0 AND {} "
                                                  "ORDER BY begins, id LIMIT ?",
                                                  kPeriodColumns, where),
                                      parameters));
  std::vector<WatchPeriod> out;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto period, period_from_row(row));
    out.push_back(std::move(period));
  }
  return out;
}

// Alerts climb under what this says: one damaged row must not keep them from it.
Result<std::vector<WatchPeriod>> undamaged_running_periods(store::Session& session, WallTime at) {
  TRY_ASSIGN(auto rows,
             session.query(fmt::format("SELECT {} FROM watch_periods WHERE removed = 0 AND begins <= ? "
                                       "AND ends > ? ORDER BY begins, id LIMIT ?",
                                       kPeriodColumns),
                           {to_unix_ms(at), to_unix_ms(at), kPeriodsMost}));
  std::vector<WatchPeriod> out;
  for (const auto& row : rows) {
    auto period = period_from_row(row);
    if (period) {
      out.push_back(*std::move(period));
    } else {
      log::error("desk", "a watch period does not count", {{"error.message", period.error().full()}});
    }
  }
  return out;
}

}  // namespace

Result<std::vector<WatchPeriod>> load_periods(store::Session& session, WallTime ends_after) {
  return periods_where(session, "ends > ?", {to_unix_ms(ends_after)});
}

Result<std::vector<WatchPeriod>> load_running_periods(store::Session& session, WallTime at) {
  return periods_where(session, "begins <= ? AND ends > ?", {to_unix_ms(at), to_unix_ms(at)});
}

Result<WatchPeriod> load_period(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto found, periods_where(session, "id = ?", {id}));
  if (found.empty()) return refuse(ErrorCode::kNotFound, "period.gone", {{"id", id.substr(0, 64)}});
  return std::move(found.front());
}

Result<WatchPeriod> settled_period(store::Session& session, WatchPeriod period) {
  TRY_ASSIGN(auto rosters, load_rosters(session));
  TRY_ASSIGN(auto people, load_people(session));
  std::set<std::string> ids;
  for (const auto& person : people) ids.insert(person.id);
  TRY(check_period(period, rosters, ids));
  if (!period.policy_id.empty() && !load_policy(session, period.policy_id))
    return refuse(ErrorCode::kInvalid, "period.policy",
                  {{"field", "policy_id"}, {"id", period.policy_id.substr(0, 64)}});
  TRY_ASSIGN(auto zone, Zone::find(period.zone));
  period.begins = zone.first_at(period.from);
  period.ends = zone.first_at(period.to);
  return period;
}

Result<WatchPeriod> store_period(store::Session& session, const Clock& clock, WatchPeriod given) {
  TRY_ASSIGN(auto period, settled_period(session, std::move(given)));
  const auto body = json::serialize(period_json(period));
  if (period.ends <= clock.wall()) return refuse(ErrorCode::kInvalid, "period.past", {{"field", "to"}});
  if (period.id.empty()) {
    TRY_ASSIGN(auto count, session.query("SELECT COUNT(*) FROM watch_periods WHERE removed = 0"));
    if (count[0].integer(0) >= kPeriodsMost)
      return refuse(ErrorCode::kLimit, "period.many", {{"most", std::to_string(kPeriodsMost)}});
    period.id = new_id(clock);
    period.revision = 1;
    TRY(
        session.execute("INSERT INTO watch_periods(id, revision, body, begins, ends, ended_by, removed, "
                        "name, timer_percent, policy_id) VALUES (?,1,?,?,?,'',0,?,?,?)",
                        {period.id, body, to_unix_ms(period.begins), to_unix_ms(period.ends), period.name,
                         std::int64_t{period.timer_percent}, period.policy_id}));
    return period;
  }
  TRY_ASSIGN(auto now, load_period(session, period.id));
  if (now.revision != period.revision)
    return refuse(ErrorCode::kConflict, "period.changed", {{"revision", std::to_string(now.revision)}});
  if (state_of(now, clock.wall()) == PeriodState::kOver) return refuse(ErrorCode::kConflict, "period.over");
  ++period.revision;
  TRY(session.execute(
      "UPDATE watch_periods SET revision = ?, body = ?, begins = ?, ends = ?, name = ?, timer_percent = ?, "
      "policy_id = ? WHERE id = ?",
      {period.revision, body, to_unix_ms(period.begins), to_unix_ms(period.ends), period.name,
       std::int64_t{period.timer_percent}, period.policy_id, period.id}));
  return period;
}

Result<WatchPeriod> end_period_row(store::Session& session, const std::string& id, WallTime at,
                                   const std::string& by) {
  TRY_ASSIGN(auto period, load_period(session, id));
  if (state_of(period, at) != PeriodState::kRunning)
    return refuse(ErrorCode::kConflict, "period.not_running");
  period.ends = at;
  period.ended_by = by;
  ++period.revision;
  TRY(session.execute("UPDATE watch_periods SET revision = ?, ends = ?, ended_by = ? WHERE id = ?",
                      {period.revision, to_unix_ms(at), by, id}));
  return period;
}

Result<void> remove_period_row(store::Session& session, const std::string& id) {
  TRY(load_period(session, id));
  TRY(session.execute("UPDATE watch_periods SET removed = 1 WHERE id = ?", {id}));
  return {};
}

// By columns of their own: this is asked whenever an alert is raised, and a definition with its rotations is
// long.
Result<Heightened> heightened_at(store::Session& session, WallTime at) {
  TRY_ASSIGN(auto rows, session.query("SELECT name, timer_percent, policy_id FROM watch_periods WHERE "
                                      "removed = 0 AND begins <= ? AND ends > ? AND timer_percent > 0 "
                                      "ORDER BY begins, id LIMIT ?",
                                      {to_unix_ms(at), to_unix_ms(at), kPeriodsMost}));
  Heightened out;
  for (const auto& row : rows) {
    out.name += (out.name.empty() ? "" : ", ") + row.text(0);
    out.timer_percent = std::min(out.timer_percent, static_cast<int>(row.integer(1)));
    if (!row.text(2).empty()) out.policy_id = row.text(2);
  }
  return out;
}

Result<std::vector<std::string>> people_beside(store::Session& session, const std::string& roster_id,
                                               const std::string& tier, WallTime at) {
  TRY_ASSIGN(auto running, undamaged_running_periods(session, at));
  std::vector<std::string> out;
  if (running.empty()) return out;
  RosterFacts facts;
  TRY_ASSIGN(facts.leaves, load_leaves(session, at, at + std::chrono::milliseconds(1)));
  for (const auto& period : running) {
    for (const auto& one : period.tiers) {
      if (one.roster_id != roster_id || one.tier != tier) continue;
      for (const auto& layer : one.beside) {
        auto person = on_duty({.layers = {layer}}, facts, at).person;
        if (!person.empty() && std::ranges::count(out, person) == 0) out.push_back(std::move(person));
      }
    }
  }
  return out;
}

}  // namespace vedette::desk
