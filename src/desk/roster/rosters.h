// Rosters: who is on duty, who is next, and where nobody is. What the API and the calendar feed call.
//
// Every change writes its audit row in the same transaction. check_coverage() compares the next 30 days with
// what was last reported and hands the differences to the sink as findings ("coverage_gap") in the
// transaction that remembers them. Thread-safe; blocks for a read or a commit.
#pragma once

#include "desk/desk.h"
#include "desk/roster/person.h"
#include "desk/roster/shifts.h"

namespace vedette::desk {

inline constexpr std::string_view kCoverageGap = "coverage_gap";
inline constexpr int kCoverageDays = 30;

class Rosters {
 public:
  Rosters(store::Database& database, Desk& desk, const Clock& clock);

  Result<std::vector<Person>> people();
  Result<Person> person(const std::string& id);
  Result<Person> save_person(const Person& person, const std::string& by);  // empty id: new
  Result<void> remove_person(const std::string& id, const std::string& by);

  Result<std::vector<Roster>> rosters();
  Result<Roster> roster(const std::string& id);
  Result<Roster> save_roster(const Roster& roster, const std::string& by);  // empty id: new
  Result<void> remove_roster(const std::string& id, const std::string& by);

  struct OnCall {
    std::string tier, tier_name;
    Shift now;                  // of at most 35 days before and after
    std::optional<Shift> next;  // who comes then, within 35 days
  };
  Result<std::vector<OnCall>> on_call(const std::string& roster_id, WallTime at);
  struct TierShifts {
    std::string tier, tier_name;
    std::vector<Shift> shifts;
  };
  // kInvalid: longer than RosterLimits::kComputed, or beyond 2036.
  Result<std::vector<TierShifts>> shifts(const std::string& roster_id, WallTime from, WallTime to);
  // What `roster` would come to with the overrides, swaps and leave there are; nothing is stored.
  Result<std::vector<TierShifts>> preview(const Roster& roster, WallTime from, WallTime to);
  Result<std::vector<CoverageGap>> gaps(const std::string& roster_id, WallTime from, WallTime to);

  Result<std::vector<RosterOverride>> overrides(const std::string& roster_id, WallTime from, WallTime to);
  Result<RosterOverride> add_override(const RosterOverride& one);  // `by` makes it
  Result<void> remove_override(const std::string& id, const std::string& by);

  // `lead`: the caller may speak for people who have no account of their own.
  struct Speaker {
    std::string username;
    bool lead = false;
  };
  Result<std::vector<RosterSwap>> swaps(const std::string& roster_id);  // not over yet
  Result<RosterSwap> propose_swap(const RosterSwap& swap, const Speaker& by);
  // kForbidden: only the one who is asked accepts or declines, only the one who asks withdraws.
  Result<RosterSwap> answer_swap(const std::string& id, SwapState answer, const Speaker& by);

  Result<std::vector<Leave>> leaves(WallTime from, WallTime to);
  Result<Leave> add_leave(const Leave& leave);
  Result<void> remove_leave(const std::string& id, const std::string& by);

  // A secret address that shows one roster, or one person's part of it, as a calendar (RFC 5545).
  struct Feed {
    std::string id = {}, roster_id = {}, person = {}, made_by = {};
    WallTime created_at{};
  };
  Result<std::vector<Feed>> feeds(const std::string& roster_id);
  Result<std::pair<Feed, std::string>> add_feed(const Feed& feed);  // and its token, shown once
  Result<void> remove_feed(const std::string& id, const std::string& by);
  Result<std::string> calendar(const std::string& token);  // kNotFound: no such feed

  // Reports new, changed and ended gaps; how many tiers changed. Call it after changes and about once an
  // hour.
  Result<std::size_t> check_coverage();

 private:
  Result<void> change(const store::Database::Write& work);
  Result<std::vector<TierShifts>> computed(store::Session& session, const Roster& roster, WallTime from,
                                           WallTime to);

  store::Database& database_;
  Desk& desk_;
  const Clock& clock_;
};

}  // namespace vedette::desk
