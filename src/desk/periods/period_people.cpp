#include "desk/periods/period_people.h"

#include "desk/escalation/recipients.h"
#include "desk/roster/person.h"
#include "desk/roster/roster_store.h"

namespace vedette::desk {

Result<std::set<std::string>> reachable_people(store::Session& session) {
  TRY_ASSIGN(auto usable, usable_channels(session, Alert{}));
  TRY_ASSIGN(auto people, load_people(session));
  std::set<std::string> out;
  for (const auto& person : people) {
    TRY_ASSIGN(auto contact, contact_of(session, person.id, 0, usable));
    if (!contact.empty()) out.insert(person.id);
  }
  return out;
}

Result<std::vector<PeriodGap>> gaps_in(store::Session& session, const PeriodTier& one,
                                       const std::set<std::string>& reachable, WallTime from, WallTime to) {
  auto roster = load_roster(session, one.roster_id);
  if (!roster && roster.error().code() != ErrorCode::kNotFound) return std::unexpected(roster.error());
  TRY_ASSIGN(auto facts, load_facts(session, one.roster_id, from, to));
  const auto* tier = roster ? tier_of(*roster, one.tier) : nullptr;
  return gaps_of_period_tier(tier ? *tier : Tier{}, facts, one, reachable, from, to);
}

}  // namespace vedette::desk
