// Handover: what one shift leaves to the next, frozen, and signed by both, as a plain value and as rows.
// Functions that take a Session run inside the caller's transaction or snapshot.
//
//   draft ──give (who leaves signs)──> given ──take (who comes signs)──> taken
//     └─────── withdrawn (by a newer one of the same roster, or by hand) ──┘ not once it is taken
//
// A signature is a user, a time and the SHA-256 of the frozen list. The list and the notes are never changed.
#pragma once

#include "desk/clocks/two_languages.h"
#include "desk/desk.h"
#include "model/severity.h"

namespace vedette::desk {

struct HandoverItem {
  std::string kind = {};  // "alert", "incident", "task", "clock", "directive", "report", "channel", "blind",
                          // "gap", "more"
  std::string id = {};    // of what it links to; may be empty
  TwoLanguages title = {}, detail = {};
  std::string severity = {};        // of alerts and incidents
  std::optional<WallTime> at = {};  // when it is due
  bool operator==(const HandoverItem&) const = default;
};

enum class HandoverState { kDraft, kGiven, kTaken, kWithdrawn };
// "draft", "given", "taken", "withdrawn"
std::string_view to_string(HandoverState state);

struct Handover {
  std::string id = {};
  std::string roster_id = {}, roster_name = {};  // empty: of no roster
  HandoverState state = HandoverState::kDraft;
  WallTime made_at{};
  std::string made_by = {};
  std::string list = {};    // frozen_text(): the items and the notes
  std::string sha256 = {};  // of `list`
  std::string giver = {}, taker = {};
  std::optional<WallTime> given_at = {}, taken_at = {};
  std::string remarks = {};  // of who took it
};

struct HandoverList {
  std::vector<HandoverItem> items = {};
  std::string notes = {};
  bool operator==(const HandoverList&) const = default;
};

struct HandoverLimits {
  static constexpr std::size_t kItemsOfKind = 200;
  static constexpr std::size_t kTextBytes = 10'000;
};

std::string frozen_text(const HandoverList& list);
Result<HandoverList> handover_list(std::string_view frozen);  // kCorrupt

Result<Handover> load_handover(store::Session& session, const std::string& id);  // kNotFound
// Newest first; at most 500.
Result<Listing<Handover>> list_handovers(store::Session& session, const std::string& cursor,
                                         std::size_t limit);
Result<void> insert_handover(store::Session& session, const Clock& clock, Handover& handover);
// State and signatures.
Result<void> save_handover(store::Session& session, const Handover& handover);
// Those of this roster that are neither taken nor withdrawn.
Result<std::vector<Handover>> waiting_handovers(store::Session& session, const std::string& roster_id);
// When the newest of this roster was taken; empty: never.
Result<std::optional<WallTime>> last_taken(store::Session& session, const std::string& roster_id);

}  // namespace vedette::desk
