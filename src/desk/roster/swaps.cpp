// Rosters: swaps, which hold only by consent.
#include <boost/json.hpp>

#include "desk/roster/roster_store.h"
#include "desk/roster/rosters.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

// A person with an account speaks alone for themselves; for one without, a lead does.
Result<bool> speaks_for(store::Session& session, const std::string& person_id, const Rosters::Speaker& by) {
  TRY_ASSIGN(auto person, load_person(session, person_id));
  return person.username.empty() ? by.lead : person.username == by.username;
}

std::string detail(const RosterSwap& swap) {
  return json::serialize(json::object{{"swap", swap.id},
                                      {"tier", swap.tier},
                                      {"giver", swap.giver},
                                      {"taker", swap.taker},
                                      {"from", to_rfc3339(swap.from)},
                                      {"to", to_rfc3339(swap.to)}});
}

}  // namespace

Result<std::vector<RosterSwap>> Rosters::swaps(const std::string& roster_id) {
  std::vector<RosterSwap> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_roster(session, roster_id));
    TRY_ASSIGN(out, load_swaps(session, roster_id, clock_.wall()));
    return {};
  }));
  return out;
}

Result<RosterSwap> Rosters::propose_swap(const RosterSwap& swap, const Speaker& by) {
  RosterSwap saved;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    auto proposed = swap;
    proposed.proposed_by = by.username;
    TRY_ASSIGN(saved, store_swap(session, clock_, proposed));
    TRY_ASSIGN(bool own, speaks_for(session, saved.giver, by));
    if (!own && !by.lead) return refuse(ErrorCode::kForbidden, "roster.not_giver");
    return append_audit(session, clock_.wall(), by.username, "swap.proposed", "roster/" + saved.roster_id,
                        detail(saved));
  }));
  return saved;
}

Result<RosterSwap> Rosters::answer_swap(const std::string& id, SwapState answer, const Speaker& by) {
  RosterSwap saved;
  TRY(change([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto swap, load_swap(session, id));
    if (answer == SwapState::kWithdrawn) {
      TRY_ASSIGN(bool own, speaks_for(session, swap.giver, by));
      if (!own && swap.proposed_by != by.username) return refuse(ErrorCode::kForbidden, "roster.not_giver");
    } else {
      TRY_ASSIGN(bool asked, speaks_for(session, swap.taker, by));
      if (!asked) return refuse(ErrorCode::kForbidden, "roster.not_taker");
    }
    TRY_ASSIGN(saved, answer_swap_row(session, id, answer, by.username, clock_.wall()));
    return append_audit(session, clock_.wall(), by.username, fmt::format("swap.{}", to_string(answer)),
                        "roster/" + saved.roster_id, detail(saved));
  }));
  return saved;
}

}  // namespace vedette::desk
