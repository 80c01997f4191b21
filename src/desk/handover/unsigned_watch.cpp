// Handovers: a change of shift that nobody has signed is a finding.
#include "desk/handover/handovers.h"
#include "desk/own_finding.h"

namespace vedette::desk {
namespace {

using std::chrono::hours;
constexpr auto kLooksBack = hours(24);
constexpr auto kEarly = hours(2);  // a handover may be signed so long before the change

struct ShiftChange {
  std::string roster_id = {}, roster_name = {};
  WallTime at{};
};

// The newest change of person in the first tier that is over since `after`.
std::optional<WallTime> newest_change(const std::vector<Shift>& shifts, WallTime before) {
  std::optional<WallTime> out;
  for (std::size_t i = 1; i < shifts.size(); ++i) {
    const auto& from = shifts[i - 1].person;
    const auto& to = shifts[i].person;
    if (!from.empty() && !to.empty() && from != to && shifts[i].from <= before) out = shifts[i].from;
  }
  return out;
}

Finding unsigned_finding(const Clock& clock, const ShiftChange& change, bool over) {
  auto finding = own_finding(clock, kHandoverUnsigned);
  finding.state = over ? FindingState::kResolved : FindingState::kPresent;
  finding.severity = over ? Severity::kInformational : Severity::kMedium;
  finding.asset = {"roster", change.roster_id, change.roster_name};
  std::map<std::string, std::string> arguments = {{"roster", change.roster_name},
                                                  {"at", to_rfc3339(change.at)}};
  finding.title = {"desk.handover_unsigned.title", arguments};
  finding.reason = {over ? "desk.handover_unsigned.over" : "desk.handover_unsigned.reason", arguments};
  finding.next_step = {"desk.handover_unsigned.next_step", arguments};
  finding.dedup_key = fmt::format("desk/roster/{}/handover/{}", change.roster_id, to_unix_ms(change.at));
  return finding;
}

}  // namespace

Result<std::size_t> Handovers::check_unsigned(std::chrono::minutes after) {
  const auto now = clock_.wall();
  std::map<std::string, std::int64_t> reported;  // by roster: the change
  std::map<std::string, std::optional<WallTime>> taken;
  TRY_ASSIGN(auto rosters, rosters_.rosters());
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT roster_id, change_at FROM handover_unsigned"));
    for (const auto& row : rows) reported[row.text(0)] = row.integer(1);
    for (const auto& one : rosters) {
      TRY_ASSIGN(taken[one.id], last_taken(session, one.id));
    }
    return {};
  }));
  std::vector<Finding> findings;
  std::map<std::string, std::int64_t> next;
  const auto is_signed = [&](const std::string& roster, WallTime change) {
    const auto& last = taken[roster];
    return last && *last >= change - kEarly;
  };
  for (const auto& roster : rosters) {
    std::optional<WallTime> change;
    if (after.count() > 0 && !roster.tiers.empty()) {
      TRY_ASSIGN(auto tiers, rosters_.shifts(roster.id, now - kLooksBack, now));
      if (!tiers.empty()) change = newest_change(tiers.front().shifts, now - after);
    }
    auto before = reported.extract(roster.id);
    // One that was reported stays until it is signed, or a newer one comes.
    if (!change && before && after.count() > 0) change = from_unix_ms(before.mapped());
    const bool missing = change && !is_signed(roster.id, *change);
    const bool same = before && change && before.mapped() == to_unix_ms(*change);
    if (before && !(missing && same))
      findings.push_back(
          unsigned_finding(clock_, {roster.id, roster.name, from_unix_ms(before.mapped())}, true));
    if (!missing) continue;
    next[roster.id] = to_unix_ms(*change);
    if (!same) findings.push_back(unsigned_finding(clock_, {roster.id, roster.name, *change}, false));
  }
  // Of rosters that are gone.
  for (const auto& [roster, change] : reported)
    findings.push_back(unsigned_finding(clock_, {roster, roster, from_unix_ms(change)}, true));
  if (findings.empty()) return 0;
  TRY(desk_.report_alongside(findings, [&](store::Session& session) -> Result<void> {
    TRY(session.execute("DELETE FROM handover_unsigned"));
    for (const auto& [roster, change] : next)
      TRY(session.execute("INSERT INTO handover_unsigned(roster_id, change_at) VALUES (?,?)",
                          {roster, change}));
    return {};
  }));
  return findings.size();
}

}  // namespace vedette::desk
