// Rosters: a tier that will have nobody is a finding.
#include "desk/own_finding.h"
#include "desk/roster/roster_store.h"
#include "desk/roster/rosters.h"
#include "desk/roster/shown_time.h"

namespace vedette::desk {
namespace {

using std::chrono::hours;

// Times for a person, in the zone in which the tier hands over.
std::string shown(WallTime time, const Tier& tier) {
  return tier.layers.empty() ? to_rfc3339(time) : shown_time(time, tier.layers.front().zone);
}

Severity severity_of(const CoverageGap& first, WallTime now) {
  if (first.from <= now + hours(24)) return Severity::kHigh;
  return first.from <= now + hours(24 * 7) ? Severity::kMedium : Severity::kLow;
}

struct TierGaps {
  std::string roster_id = {}, tier = {}, roster_name = {}, tier_name = {};
  std::string from = {}, to = {};  // of the first, as shown; empty: it is now; it has no end in sight
  Severity severity = Severity::kLow;
  std::size_t count = 0;
  bool now = false;
  std::string person = {};  // on duty although on leave
  std::string state() const {
    return count == 0 ? "" : fmt::format("{} {} {} {}", from, to, person, static_cast<int>(severity));
  }
};

TierGaps gaps_of_tier(const Roster& roster, const Tier& tier, const RosterFacts& facts, WallTime now) {
  TierGaps out{.roster_id = roster.id,
               .tier = tier.id,
               .roster_name = roster.name,
               .tier_name = tier.name.empty() ? tier.id : tier.name};
  auto end = now + hours(24 * kCoverageDays);
  Roster one{roster.id, roster.name, 0, {tier}};
  auto gaps = gaps_of(one, facts, now, end);
  if (gaps.empty()) return out;
  const auto& first = gaps.front();
  out.now = first.from <= now;
  out.from = out.now ? "" : shown(first.from, tier);
  out.to = first.to == end ? "" : shown(first.to, tier);
  out.severity = severity_of(first, now);
  out.count = gaps.size();
  out.person = first.on_leave;
  return out;
}

Finding finding_of(const TierGaps& gaps, const Clock& clock) {
  auto finding = own_finding(clock, kCoverageGap);
  finding.state = gaps.count == 0 ? FindingState::kResolved : FindingState::kPresent;
  finding.severity = gaps.severity;
  finding.asset = {"roster", gaps.roster_id, gaps.roster_name};
  std::map<std::string, std::string> arguments = {{"roster", gaps.roster_name},
                                                  {"tier", gaps.tier_name},
                                                  {"from", gaps.from},
                                                  {"to", gaps.to},
                                                  {"person", gaps.person},
                                                  {"count", std::to_string(gaps.count)},
                                                  {"days", std::to_string(kCoverageDays)}};
  std::string reason = "resolved";
  if (gaps.count > 0)
    reason = fmt::format("{}{}{}", gaps.person.empty() ? "nobody" : "on_leave", gaps.now ? "_now" : "",
                         gaps.to.empty() ? "_open" : "");
  finding.title = {"desk.coverage_gap.title", arguments};
  finding.reason = {"desk.coverage_gap." + reason, arguments};
  finding.next_step = {"desk.coverage_gap.next_step", arguments};
  finding.where = gaps.tier;
  finding.dedup_key = fmt::format("desk/roster/{}/{}/coverage", gaps.roster_id, gaps.tier);
  return finding;
}

using States = std::map<std::pair<std::string, std::string>, std::string>;  // by roster and tier

Result<States> load_states(store::Session& session) {
  TRY_ASSIGN(auto rows, session.query("SELECT roster_id, tier, state FROM roster_coverage"));
  States states;
  for (const auto& row : rows) states[{row.text(0), row.text(1)}] = row.text(2);
  return states;
}

Result<void> save_state(store::Session& session, const TierGaps& gaps) {
  TRY(
      session.execute("INSERT INTO roster_coverage(roster_id, tier, state) VALUES (?,?,?) "
                      "ON CONFLICT(roster_id, tier) DO UPDATE SET state = excluded.state",
                      {gaps.roster_id, gaps.tier, gaps.state()}));
  return {};
}

}  // namespace

Result<std::size_t> Rosters::check_coverage() {
  std::vector<TierGaps> changed;
  auto now = clock_.wall();
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto states, load_states(session));
    TRY_ASSIGN(auto people, load_people(session));
    TRY_ASSIGN(auto rosters, load_rosters(session));
    for (const auto& roster : rosters) {
      TRY_ASSIGN(auto facts, load_facts(session, roster.id, now, now + hours(24 * kCoverageDays)));
      for (const auto& tier : roster.tiers) {
        auto gaps = gaps_of_tier(roster, tier, facts, now);
        auto person = std::ranges::find(people, gaps.person, &Person::id);
        if (person != people.end()) gaps.person = person->name;
        auto stored = states.extract({roster.id, tier.id});
        if (gaps.state() != (stored ? stored.mapped() : "")) changed.push_back(std::move(gaps));
      }
    }
    // A roster or tier that is gone has no gap any more.
    for (const auto& [key, state] : states) {
      if (!state.empty())
        changed.push_back({.roster_id = key.first, .tier = key.second, .tier_name = key.second});
    }
    return {};
  }));
  if (changed.empty()) return 0;
  std::vector<Finding> findings;
  for (const auto& one : changed) findings.push_back(finding_of(one, clock_));
  TRY(desk_.report_alongside(findings, [&](store::Session& session) -> Result<void> {
    for (const auto& one : changed) TRY(save_state(session, one));
    return {};
  }));
  return changed.size();
}

}  // namespace vedette::desk
