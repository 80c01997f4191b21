// Periods: a tier that has or will have too few people is a finding.
#include <fmt/ranges.h>

#include "desk/own_finding.h"
#include "desk/periods/period_people.h"
#include "desk/periods/period_store.h"
#include "desk/periods/periods.h"
#include "desk/roster/roster_store.h"
#include "desk/roster/rosters.h"
#include "desk/roster/shown_time.h"

namespace vedette::desk {
namespace {

using std::chrono::hours;

struct Missing {
  std::string period_id = {}, period = {}, roster_id = {}, roster = {}, tier = {}, tier_name = {};
  std::string from = {}, to = {};  // of the first gap, as shown; `from` empty: it is now
  Severity severity = Severity::kLow;
  std::size_t count = 0;
  int people = 0;
  std::string there = {};  // names; of nobody: empty
  std::string state() const {
    if (count == 0) return {};
    return fmt::format("{} {} {} {} {}", from, to, people, there, static_cast<int>(severity));
  }
};

Severity severity_of_gap(WallTime from, WallTime now) {
  if (from <= now + hours(24)) return Severity::kHigh;
  return from <= now + hours(24 * 7) ? Severity::kMedium : Severity::kLow;
}

std::string names_of_people(const std::vector<std::string>& ids, const std::vector<Person>& people) {
  std::vector<std::string> names;
  for (const auto& id : ids) {
    auto person = std::ranges::find(people, id, &Person::id);
    names.push_back(person == people.end() ? id : person->name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

Missing missing_of(const WatchPeriod& period, const std::vector<PeriodGap>& gaps,
                   const std::vector<Person>& people, WallTime now) {
  Missing out{.period_id = period.id, .period = period.name};
  if (gaps.empty()) return out;
  const auto& first = gaps.front();
  out.from = first.from <= now ? "" : shown_time(first.from, period.zone);
  out.to = shown_time(first.to, period.zone);
  out.severity = severity_of_gap(first.from, now);
  out.count = gaps.size();
  out.people = first.people;
  out.there = names_of_people(first.there, people);
  return out;
}

Finding missing_people_finding(const Missing& missing, const Clock& clock) {
  auto finding = own_finding(clock, kPeriodGap);
  finding.state = missing.count == 0 ? FindingState::kResolved : FindingState::kPresent;
  finding.severity = missing.severity;
  finding.asset = {"period", missing.period_id, missing.period};
  std::map<std::string, std::string> arguments = {
      {"period", missing.period},  {"roster", missing.roster},
      {"tier", missing.tier_name}, {"from", missing.from},
      {"to", missing.to},          {"people", std::to_string(missing.people)},
      {"there", missing.there},    {"count", std::to_string(missing.count)}};
  std::string reason = "resolved";
  if (missing.count > 0)
    reason =
        fmt::format("{}{}", missing.there.empty() ? "nobody" : "few", missing.from.empty() ? "_now" : "");
  finding.title = {"desk.period_gap.title", arguments};
  finding.reason = {"desk.period_gap." + reason, arguments};
  finding.next_step = {"desk.period_gap.next_step", arguments};
  finding.where = missing.tier;
  finding.dedup_key =
      fmt::format("desk/period/{}/{}/{}/coverage", missing.period_id, missing.roster_id, missing.tier);
  return finding;
}

using Key = std::tuple<std::string, std::string, std::string>;  // period, roster, tier

Result<void> keep_missing(store::Session& session, const Missing& missing) {
  if (missing.count == 0) {
    TRY(session.execute("DELETE FROM period_coverage WHERE period_id = ? AND roster_id = ? AND tier = ?",
                        {missing.period_id, missing.roster_id, missing.tier}));
    return {};
  }
  TRY(session.execute(
      "INSERT INTO period_coverage(period_id, roster_id, tier, period_name, state) VALUES (?,?,?,?,?) "
      "ON CONFLICT(period_id, roster_id, tier) DO UPDATE SET period_name = excluded.period_name, state = "
      "excluded.state",
      {missing.period_id, missing.roster_id, missing.tier, missing.period, missing.state()}));
  return {};
}

struct Kept {
  std::string period, state;
};

// What is missing in the tiers of this period and differs from what was kept, which is taken out.
Result<void> compare_period(store::Session& session, const WatchPeriod& period,
                            const std::vector<Roster>& rosters, const std::vector<Person>& people,
                            const std::set<std::string>& reachable, WallTime now, std::map<Key, Kept>& kept,
                            std::vector<Missing>& changed) {
  for (const auto& one : period.tiers) {
    TRY_ASSIGN(auto gaps, gaps_in(session, one, reachable, std::max(now, period.begins), period.ends));
    auto missing = missing_of(period, gaps, people, now);
    auto roster = std::ranges::find(rosters, one.roster_id, &Roster::id);
    const auto* tier = roster == rosters.end() ? nullptr : tier_of(*roster, one.tier);
    missing.roster_id = one.roster_id;
    missing.roster = roster == rosters.end() ? one.roster_id : roster->name;
    missing.tier = one.tier;
    missing.tier_name = tier && !tier->name.empty() ? tier->name : one.tier;
    auto before = kept.extract({period.id, one.roster_id, one.tier});
    if (missing.state() != (before ? before.mapped().state : "")) changed.push_back(std::move(missing));
  }
  return {};
}

}  // namespace

Result<std::size_t> Periods::check_coverage() {
  std::vector<Missing> changed;
  const auto now = clock_.wall();
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto periods, load_periods(session, now));
    TRY_ASSIGN(auto rows,
               session.query("SELECT period_id, roster_id, tier, period_name, state FROM period_coverage"));
    if (periods.empty() && rows.empty()) return {};
    std::map<Key, Kept> kept;
    for (const auto& row : rows) kept[{row.text(0), row.text(1), row.text(2)}] = {row.text(3), row.text(4)};
    TRY_ASSIGN(auto rosters, load_rosters(session));
    TRY_ASSIGN(auto people, load_people(session));
    TRY_ASSIGN(auto reachable, reachable_people(session));
    for (const auto& period : periods) {
      if (period.begins <= now + hours(24 * kCoverageDays))
        TRY(compare_period(session, period, rosters, people, reachable, now, kept, changed));
    }
    // A period that is over, moved or removed, or a tier it does not name any more, misses nobody.
    for (const auto& [key, was] : kept) {
      const auto& [period, roster, tier] = key;
      changed.push_back({.period_id = period,
                         .period = was.period,
                         .roster_id = roster,
                         .roster = roster,
                         .tier = tier,
                         .tier_name = tier});
    }
    return {};
  }));
  if (changed.empty()) return 0;
  std::vector<Finding> findings;
  for (const auto& one : changed) findings.push_back(missing_people_finding(one, clock_));
  TRY(desk_.report_alongside(findings, [&](store::Session& session) -> Result<void> {
    for (const auto& one : changed) TRY(keep_missing(session, one));
    return {};
  }));
  return changed.size();
}

}  // namespace vedette::desk
