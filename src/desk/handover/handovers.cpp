#include "desk/handover/handovers.h"

#include <boost/json.hpp>

#include "base/hash.h"
#include "model/refusal.h"
#include "store/read_value.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

Result<void> check_handover_text(std::string_view field, const std::string& text) {
  if (text.size() <= HandoverLimits::kTextBytes) return {};
  return refuse(ErrorCode::kInvalid, "incident.text",
                {{"field", std::string(field)}, {"most", std::to_string(HandoverLimits::kTextBytes)}});
}

}  // namespace

Handovers::Handovers(store::Database& database, Desk& desk, Rosters& rosters, Incidents& incidents,
                     Reports& reports, const Clock& clock, Blind blind)
    : database_(database),
      desk_(desk),
      rosters_(rosters),
      incidents_(incidents),
      reports_(reports),
      clock_(clock),
      blind_(std::move(blind)) {}

Result<Listing<Handover>> Handovers::list(const std::string& cursor, std::size_t limit) {
  return store::read_value(database_,
                           [&](store::Session& session) { return list_handovers(session, cursor, limit); });
}

Result<Handover> Handovers::get(const std::string& id) {
  return store::read_value(database_, [&](store::Session& session) { return load_handover(session, id); });
}

Result<void> Handovers::audit(store::Session& session, const Handover& handover, std::string_view action,
                              const std::string& by) {
  json::object detail{{"roster", handover.roster_id}, {"sha256", handover.sha256}};
  if (!handover.remarks.empty()) detail["remarks"] = handover.remarks;
  return append_audit(session, clock_.wall(), by, fmt::format("handover.{}", action),
                      "handover/" + handover.id, json::serialize(detail));
}

Result<Handover> Handovers::make(const std::string& roster_id, const std::string& notes,
                                 const std::string& by) {
  TRY(check_handover_text("notes", notes));
  TRY_ASSIGN(auto items, preview(roster_id));
  Handover made{.roster_id = roster_id, .made_by = by};
  if (!roster_id.empty()) {
    TRY_ASSIGN(auto roster, rosters_.roster(roster_id));
    made.roster_name = roster.name;
  }
  made.list = frozen_text({std::move(items), notes});
  made.sha256 = sha256_hex(made.list);
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto waiting, waiting_handovers(session, roster_id));
    for (auto& one : waiting) {
      one.state = HandoverState::kWithdrawn;
      TRY(save_handover(session, one));
      TRY(audit(session, one, "withdrawn", by));
    }
    made.made_at = clock_.wall();
    TRY(insert_handover(session, clock_, made));
    return audit(session, made, "made", by);
  }));
  return made;
}

Result<Handover> Handovers::act(const std::string& id, const std::string& by, const Act& deed) {
  Handover out;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(out, load_handover(session, id));
    TRY_ASSIGN(auto action, deed(session, out));
    TRY(save_handover(session, out));
    return audit(session, out, action, by);
  }));
  return out;
}

Result<Handover> Handovers::give(const std::string& id, const std::string& sha256, const std::string& by) {
  return act(id, by, [&](store::Session&, Handover& handover) -> Result<std::string> {
    if (handover.state != HandoverState::kDraft)
      return refuse(ErrorCode::kConflict, "handover.state",
                    {{"state", std::string(to_string(handover.state))}});
    if (handover.sha256 != sha256) return refuse(ErrorCode::kConflict, "handover.other_list");
    handover.state = HandoverState::kGiven;
    handover.giver = by;
    handover.given_at = clock_.wall();
    return "given";
  });
}

Result<Handover> Handovers::take(const std::string& id, const std::string& sha256, const std::string& remarks,
                                 const std::string& by) {
  TRY(check_handover_text("remarks", remarks));
  return act(id, by, [&](store::Session&, Handover& handover) -> Result<std::string> {
    if (handover.state != HandoverState::kGiven)
      return refuse(ErrorCode::kConflict, "handover.state",
                    {{"state", std::string(to_string(handover.state))}});
    if (handover.sha256 != sha256) return refuse(ErrorCode::kConflict, "handover.other_list");
    if (handover.giver == by) return refuse(ErrorCode::kForbidden, "handover.same_person");
    handover.state = HandoverState::kTaken;
    handover.taker = by;
    handover.taken_at = clock_.wall();
    handover.remarks = remarks;
    return "taken";
  });
}

Result<Handover> Handovers::withdraw(const std::string& id, const std::string& by) {
  return act(id, by, [&](store::Session&, Handover& handover) -> Result<std::string> {
    if (handover.state != HandoverState::kDraft && handover.state != HandoverState::kGiven)
      return refuse(ErrorCode::kConflict, "handover.state",
                    {{"state", std::string(to_string(handover.state))}});
    handover.state = HandoverState::kWithdrawn;
    return "withdrawn";
  });
}

}  // namespace vedette::desk
