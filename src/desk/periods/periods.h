// Periods: announced stretches of heightened duty, and where they have too few people. What the API calls;
// the ladder and the recipients read the rows themselves (period_store.h).
//
// Every change writes its audit row in the same transaction. check_coverage() compares what is missing with
// what was last reported and hands the differences to the sink as findings ("period_gap") in the transaction
// that remembers them. Thread-safe; blocks for a read or a commit.
#pragma once

#include "desk/desk.h"
#include "desk/periods/checklist.h"
#include "desk/periods/period_gaps.h"

namespace vedette::desk {

inline constexpr std::string_view kPeriodGap = "period_gap";
inline constexpr std::string_view kPeriodUnready = "period_unready";

class Periods {
 public:
  Periods(store::Database& database, Desk& desk, const Clock& clock)
      : database_(database), desk_(desk), clock_(clock) {}

  // By begin; those that are over since long ago too when `past`.
  Result<std::vector<WatchPeriod>> periods(bool past);
  Result<WatchPeriod> period(const std::string& id);
  // An empty id makes a new one. kConflict: it was changed since its revision, or is over.
  Result<WatchPeriod> save(const WatchPeriod& period, const std::string& by);
  Result<WatchPeriod> end(const std::string& id, const std::string& by);  // now; kConflict: it does not run
  Result<void> remove(const std::string& id, const std::string& by);      // kConflict: it has begun

  // What a period comes to, stored or not.
  struct Outlook {
    WatchPeriod period;             // with its moments
    std::vector<PeriodGap> gaps;    // from now or its begin on; at most PeriodLimits::kGapsShown
    std::vector<WatchPeriod> with;  // others that run at the same time
  };
  Result<Outlook> outlook(const WatchPeriod& period);

  struct Readiness {
    const ChecklistItem* item = nullptr;
    std::optional<ChecklistTick> tick = {};
  };
  Result<std::vector<Readiness>> checklist(const std::string& id);
  Result<void> tick(const std::string& id, const std::string& item, bool done, const std::string& note,
                    const std::string& by);
  Result<std::size_t> open_items(const std::string& id);
  // Reports a period that runs with items open, once until none is ("period_unready"). Call it about once a
  // minute. How many it reported.
  Result<std::size_t> check_readiness();

  // The period whose change freeze runs now.
  Result<std::optional<WatchPeriod>> freeze();
  struct Exception {
    WallTime at{};
    std::string by = {}, action = {}, object = {}, reason = {};
  };
  // Written down before the change is made: none is without its reason. kInvalid: no reason.
  Result<void> note_exception(const std::string& id, const std::string& action, const std::string& object,
                              const std::string& reason, const std::string& by);
  Result<std::vector<Exception>> exceptions(const std::string& id);  // newest first

  // Reports new, changed and ended gaps of periods that run or begin within 30 days; how many tiers changed.
  // Call it about once a minute: rosters, leave and contacts change without a word to it.
  Result<std::size_t> check_coverage();

 private:
  Result<void> change(const store::Database::Write& work);

  store::Database& database_;
  Desk& desk_;
  const Clock& clock_;
};

}  // namespace vedette::desk
