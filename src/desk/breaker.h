// Breaker: a channel that fails is left alone for a time and then tried with one message, so that a dead
// gateway holds no senders and gets no thousand calls.
//
//   closed ──fails three times, or for good──> open ──15 s, 30 s, then each minute──> half-open: one message
//     ^                                         ^                                         │
//     └──────────────── taken ──────────────────┼───────────── not taken ─────────────────┘
//
// Closed is a channel whose state is not "failing"; open until channels.probe_due. What waits keeps its place
// and its attempts; a person's next contact is tried at its own time meanwhile. All functions run inside the
// caller's transaction.
#pragma once

#include "desk/channel_store.h"

namespace vedette::desk {

// True: the channel is open, and what is due through it waits until it is tried again. False: go on; on a
// failing channel the caller's message is the one that tries it.
Result<bool> hold_if_open(store::Session& session, const DeskContext& desk, const ChannelRecord& channel);
// After a failure: opens again when the channel is failing.
Result<void> open_breaker(store::Session& session, const DeskContext& desk, const std::string& channel_id);
// It takes messages again: what waited is due now.
Result<void> close_breaker(store::Session& session, const DeskContext& desk, const std::string& channel_id);

}  // namespace vedette::desk
