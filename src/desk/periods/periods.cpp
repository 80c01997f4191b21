#include "desk/periods/periods.h"

#include <boost/json.hpp>

#include "base/log.h"
#include "desk/periods/period_json.h"
#include "desk/periods/period_people.h"
#include "desk/periods/period_store.h"
#include "desk/roster/roster_store.h"
#include "model/refusal.h"
#include "store/read_value.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;
constexpr auto kShownAfterEnd = std::chrono::hours(24 * 30);

}  // namespace

// What opened or closed a gap is said at once; when that fails, the next check says it.
Result<void> Periods::change(const store::Database::Write& work) {
  TRY(database_.write(work));
  if (auto checked = check_coverage(); !checked)
    log::warn("desk", "the watch periods could not be checked", {{"error.message", checked.error().full()}});
  return {};
}

Result<std::vector<WatchPeriod>> Periods::periods(bool past) {
  return store::read_value(database_, [&](store::Session& session) {
    return load_periods(session, past ? WallTime() : clock_.wall() - kShownAfterEnd);
  });
}

Result<WatchPeriod> Periods::period(const std::string& id) {
  return store::read_value(database_, [&](store::Session& session) { return load_period(session, id); });
}

Result<WatchPeriod> Periods::save(const WatchPeriod& period, const std::string& by) {
  WatchPeriod saved;
  TRY(change([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(saved, store_period(session, clock_, period));
    auto detail = period_json(saved);
    detail["revision"] = saved.revision;
    return append_audit(session, clock_.wall(), by, "period.saved", "period/" + saved.id,
                        json::serialize(detail));
  }));
  return saved;
}

Result<WatchPeriod> Periods::end(const std::string& id, const std::string& by) {
  WatchPeriod ended;
  TRY(change([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(ended, end_period_row(session, id, clock_.wall(), by));
    return append_audit(session, clock_.wall(), by, "period.ended", "period/" + id,
                        json::serialize(json::object{{"name", ended.name}}));
  }));
  return ended;
}

Result<void> Periods::remove(const std::string& id, const std::string& by) {
  return change([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto period, load_period(session, id));
    if (state_of(period, clock_.wall()) != PeriodState::kAnnounced)
      return refuse(ErrorCode::kConflict, "period.begun");
    TRY(remove_period_row(session, id));
    return append_audit(session, clock_.wall(), by, "period.removed", "period/" + id,
                        json::serialize(json::object{{"name", period.name}}));
  });
}

Result<Periods::Outlook> Periods::outlook(const WatchPeriod& period) {
  Outlook out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    // One that was ended early has moments of its own.
    out.period = period;
    if (period.ended_by.empty()) {
      TRY_ASSIGN(out.period, settled_period(session, period));
    }
    TRY_ASSIGN(auto all, load_periods(session, out.period.begins));
    for (auto& one : all) {
      if (one.id != period.id && one.begins < out.period.ends) out.with.push_back(std::move(one));
    }
    TRY_ASSIGN(auto reachable, reachable_people(session));
    const auto from = std::max(out.period.begins, clock_.wall());
    if (from >= out.period.ends) return {};
    for (const auto& tier : out.period.tiers) {
      TRY_ASSIGN(auto gaps, gaps_in(session, tier, reachable, from, out.period.ends));
      std::ranges::move(gaps, std::back_inserter(out.gaps));
      if (out.gaps.size() > PeriodLimits::kGapsShown) out.gaps.resize(PeriodLimits::kGapsShown);
    }
    return {};
  }));
  return out;
}

}  // namespace vedette::desk
