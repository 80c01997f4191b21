#include "desk/roster/duty_load.h"

#include <map>
#include <set>

#include "desk/periods/period_store.h"
#include "desk/roster/roster_store.h"

namespace vedette::desk {
namespace {

using Spans = std::vector<std::pair<WallTime, WallTime>>;
using SpansOf = std::map<std::string, Spans>;  // by person

void add_shifts(const std::vector<Shift>& shifts, SpansOf& out) {
  for (const auto& shift : shifts) {
    if (!shift.person.empty()) out[shift.person].emplace_back(shift.from, shift.to);
  }
}

Result<SpansOf> duty_spans(store::Session& session, WallTime from, WallTime to) {
  SpansOf out;
  TRY_ASSIGN(auto rosters, load_rosters(session));
  for (const auto& roster : rosters) {
    TRY_ASSIGN(auto facts, load_facts(session, roster.id, from, to));
    for (const auto& tier : roster.tiers) add_shifts(shifts_of(tier, facts, from, to), out);
  }
  TRY_ASSIGN(auto periods, load_periods(session, from));
  RosterFacts beside;
  TRY_ASSIGN(beside.leaves, load_leaves(session, from, to));
  for (const auto& period : periods) {
    const auto begin = std::max(from, period.begins), end = std::min(to, period.ends);
    if (begin >= end) continue;
    for (const auto& tier : period.tiers) {
      for (const auto& layer : tier.beside)
        add_shifts(shifts_of({.layers = {layer}}, beside, begin, end), out);
    }
  }
  return out;
}

// What lies over each other counts once.
std::chrono::milliseconds length_of(Spans spans) {
  std::ranges::sort(spans);
  std::chrono::milliseconds out{0};
  WallTime until{};
  for (const auto& [from, to] : spans) {
    if (to <= until) continue;
    out += to - std::max(from, until);
    until = to;
  }
  return out;
}

// The day on which the night of this moment began; empty: it is day.
std::optional<std::chrono::local_days> night_of(WallTime at, const Zone& zone) {
  const auto local = zone.local(at);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const auto hour = std::chrono::floor<std::chrono::hours>(local - day).count();
  if (hour >= kNightFromHour) return day;
  if (hour < kNightToHour) return day - std::chrono::days(1);
  return std::nullopt;
}

}  // namespace

Result<std::vector<DutyLoad>> duty_load(store::Database& database, WallTime from, WallTime to,
                                        const Zone& zone) {
  std::map<std::string, DutyLoad> loads;
  TRY(database.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto spans, duty_spans(session, from, to));
    for (auto& [person, of] : spans) loads[person].duty = length_of(std::move(of));
    std::map<std::string, std::set<std::chrono::local_days>> nights;
    TRY(session.stream(
        "SELECT person, MIN(created_at) FROM notifications WHERE person <> '' AND state = 'accepted' AND "
        "created_at >= ? AND created_at < ? GROUP BY alert_id, cycle, step, person",
        {to_unix_ms(from), to_unix_ms(to)}, [&](const store::Row& row) {
          auto& load = loads[row.text(0)];
          ++load.pages;
          if (auto night = night_of(from_unix_ms(row.integer(1)), zone)) {
            ++load.night_pages;
            nights[row.text(0)].insert(*night);
          }
          return true;
        }));
    for (const auto& [person, of] : nights) loads[person].nights = static_cast<std::int64_t>(of.size());
    TRY_ASSIGN(auto people, session.query("SELECT id, name FROM people"));  // removed ones had duty, too
    for (const auto& row : people) {
      if (auto load = loads.find(row.text(0)); load != loads.end()) load->second.name = row.text(1);
    }
    return {};
  }));
  std::vector<DutyLoad> out;
  for (auto& [person, load] : loads) {
    load.person = person;
    if (load.name.empty()) load.name = person;
    out.push_back(std::move(load));
  }
  std::ranges::stable_sort(out, std::ranges::greater(), &DutyLoad::duty);
  return out;
}

}  // namespace vedette::desk
