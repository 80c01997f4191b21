// SituationReports: the facts of one, in both languages.
#include "desk/periods/situation.h"
#include "desk/roster/person.h"
#include "desk/roster/roster_store.h"
#include "desk/roster/shown_time.h"

namespace vedette::desk {
namespace {

constexpr auto kLooksBackOver = std::chrono::hours(24);

TwoLanguages said_in_both(const Message& message) {
  return {render(message, Language::kVietnamese), render(message, Language::kEnglish)};
}

// Of each severity: how many nobody has answered, how many are taken, and how many were raised in 24 hours.
Result<void> add_counts(store::Session& session, WallTime now, std::vector<HandoverItem>& out) {
  std::map<std::int64_t, std::map<std::string, std::int64_t>> counts;  // by severity
  TRY_ASSIGN(auto open,
             session.query("SELECT severity, state, COUNT(*) FROM alerts WHERE merged_into IS NULL "
                           "AND state IN ('new', 'acknowledged') GROUP BY severity, state"));
  for (const auto& row : open) counts[row.integer(0)][row.text(1)] = row.integer(2);
  TRY_ASSIGN(auto raised, session.query("SELECT severity, COUNT(*) FROM alerts WHERE merged_into IS NULL AND "
                                        "raised_at > ? GROUP BY severity",
                                        {to_unix_ms(now - kLooksBackOver)}));
  for (const auto& row : raised) counts[row.integer(0)]["raised"] = row.integer(1);
  for (auto severity = static_cast<std::int64_t>(Severity::kCritical);
       severity >= static_cast<std::int64_t>(Severity::kInformational); --severity) {
    auto& of = counts[severity];
    const auto name = std::string(to_string(static_cast<Severity>(severity)));
    out.push_back({.kind = "count",
                   .title = said_in_both({"desk.situation.count",
                                          {{"new", std::to_string(of["new"])},
                                           {"acknowledged", std::to_string(of["acknowledged"])},
                                           {"raised", std::to_string(of["raised"])}}}),
                   .severity = name});
  }
  return {};
}

// Who was on duty in the last 24 hours, tier by tier.
Result<void> add_duty(store::Session& session, WallTime now, const WatchPeriod& period,
                      std::vector<HandoverItem>& out) {
  TRY_ASSIGN(auto people, load_people(session));
  TRY_ASSIGN(auto rosters, load_rosters(session));
  const auto from = now - kLooksBackOver;
  const auto add = [&](const Roster& roster, const Tier& tier, const std::vector<Shift>& shifts) {
    for (const auto& shift : shifts) {
      auto person = std::ranges::find(people, shift.person, &Person::id);
      out.push_back(
          {.kind = "duty",
           .id = roster.id,
           .title = said_in_both({person == people.end() ? "desk.situation.nobody" : "desk.situation.duty",
                                  {{"person", person == people.end() ? "" : person->name},
                                   {"roster", roster.name},
                                   {"tier", tier.name.empty() ? tier.id : tier.name}}}),
           .detail = {
               fmt::format("{} – {}", shown_time(shift.from, period.zone), shown_time(shift.to, period.zone)),
               fmt::format("{} – {}", shown_time(shift.from, period.zone),
                           shown_time(shift.to, period.zone))}});
    }
  };
  for (const auto& roster : rosters) {
    TRY_ASSIGN(auto facts, load_facts(session, roster.id, from, now));
    for (const auto& tier : roster.tiers) {
      if (out.size() > HandoverLimits::kItemsOfKind) return {};
      add(roster, tier, shifts_of(tier, facts, from, now));
      auto own = std::ranges::find_if(period.tiers, [&](const PeriodTier& one) {
        return one.roster_id == roster.id && one.tier == tier.id;
      });
      if (own == period.tiers.end()) continue;
      const RosterFacts beside{.leaves = facts.leaves};
      const auto since = std::max(from, period.begins);
      if (since >= now) continue;
      for (const auto& layer : own->beside)
        add(roster, tier, shifts_of({.layers = {layer}}, beside, since, now));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<HandoverItem>> SituationReports::facts(const WatchPeriod& period) {
  std::vector<HandoverItem> out;
  const auto now = clock_.wall();
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(add_counts(session, now, out));
    return add_duty(session, now, period, out);
  }));
  TRY_ASSIGN(auto open, open_());
  std::ranges::move(open, std::back_inserter(out));
  return out;
}

}  // namespace vedette::desk
