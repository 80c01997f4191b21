// Periods: announced stretches of heightened duty, and where they have too few people. What the API calls;
// the ladder and the recipients read the rows themselves (period_store.h).
//
// Every change writes its audit row in the same transaction. check_coverage() compares what is missing with
// what was last reported and hands the differences to the sink as findings ("period_gap") in the transaction
// that remembers them. Thread-safe; blocks for a read or a commit.
#pragma once

#include "desk/desk.h"
#include "desk/periods/period_gaps.h"

namespace vedette::desk {

inline constexpr std::string_view kPeriodGap = "period_gap";

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
