// Storm: many alerts at once are few messages to a person, and never silence.
//
// Per person (or mail address, chat, mailbox; a plain webhook is a machine and gets everything) at most five
// messages in any 60 seconds: three at once, then one every 15 seconds. What waits meanwhile travels together
// in the next one: a lead notification is sent, the others become "bundled" and share its fate, so that a
// retry after a crash is the same message with the same key. Critical ones wait like the others, half a
// minute at the most. All functions run inside the caller's transaction.
#pragma once

#include "desk/channel_store.h"

namespace vedette::desk {

inline constexpr std::int64_t kPageWindowMs = 60'000;
inline constexpr std::size_t kPagesAtOnce = 3, kPagesMost = 5;
inline constexpr std::int64_t kPageSpacingMs = 15'000;
inline constexpr std::int64_t kStorm = 5;  // so many that are due together go together

// What a message carries beside its lead.
struct Bundle {
  struct Line {
    Severity severity = Severity::kInformational;
    Message title = {};
    std::string asset = {};
  };
  std::int64_t others = 0;
  std::vector<Line> first = {};  // the gravest, at most kBundleLines
};
inline constexpr std::size_t kBundleLines = 20;

// True when this person has had their messages: everything of theirs is due later then.
Result<bool> defer_if_paced(store::Session& session, const DeskContext& desk, const Notification& lead,
                            const ChannelRecord& channel);
// Takes in what is due to the same target, or what the lead carried at its last try.
Result<Bundle> gather_bundle(store::Session& session, const DeskContext& desk, const Notification& lead,
                             const ChannelRecord& channel);
Result<void> note_page(store::Session& session, const DeskContext& desk, const Notification& lead);
Result<void> accept_bundle(store::Session& session, const Notification& lead, const std::string& receipt,
                           WallTime at);
Result<void> fail_bundle(store::Session& session, const Notification& lead, const std::string& error);
// The lead is not sent after all: each of the others stands alone again.
Result<void> release_bundle(store::Session& session, const DeskContext& desk, const std::string& lead_id);
// Alerts whose notifications travelled with this one.
Result<std::vector<std::string>> alerts_of_bundle(store::Session& session, const std::string& lead_id);

}  // namespace vedette::desk
