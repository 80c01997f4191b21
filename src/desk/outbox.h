// The outbox: notifications that are owed. A row is written in the transaction that makes it due, claimed by
// a sender for the length of a lease, and settled with what the channel answered.
//
//   pending ──claim──> leased ──accepted──> accepted
//      ^                 │ lease over: claimed again, sent again with the same key
//      └────retry────────┤
//   cancelled <── acknowledged, closed…   └──given up──> failed
//   bundled: travels in the message of another (escalation/storm.h)
//
// The notification's id is its idempotency key (Message-ID, Idempotency-Key): a crash between sending and
// settling makes a second call with the same key, never a lost one.
#pragma once

#include <random>
#include <set>

#include "desk/alert_store.h"
#include "desk/channel_store.h"
#include "desk/escalation/recipients.h"
#include "desk/escalation/storm.h"

namespace vedette::desk {

// One row per (alert, cycle, step, target, channel); says how many there are now for these recipients. A
// person's contact carries when the next one is due (escalation/failover.h).
Result<int> enqueue(store::Session& session, const DeskContext& desk, const Alert& alert, int step,
                    const std::vector<Recipient>& recipients);
Result<void> cancel_pending(store::Session& session, const DeskContext& desk, const std::string& alert_id);
// What was cancelled before it was tried, pending again.
Result<void> revive_cancelled(store::Session& session, const DeskContext& desk, const Alert& alert);
// What failed for good through this channel and is still wanted, pending again: its settings were changed.
Result<void> revive_failed(store::Session& session, const DeskContext& desk, const std::string& channel_id);

struct Claim {
  Notification notification;
  ChannelRecord channel;
  AlertRecord alert;
  std::optional<Finding> finding;  // the gravest
  Bundle bundle = {};              // what travels with it
};
struct ClaimLimits {
  std::set<std::string> busy_channels;  // as many senders on it as it may have: nothing of these
  std::set<std::string> slow_channels;  // over their rate: only critical
  bool proven_only = false;             // only channels that took what they were last given
};
// Whether a claim may find something, asked of a snapshot: so that the writer is not asked in vain.
Result<bool> anything_due(store::Session& session, const DeskContext& desk);
// The gravest, then the oldest that is due; nothing when there is none. Rows that are no longer wanted are
// cancelled on the way.
Result<std::optional<Claim>> claim_next(store::Session& session, const DeskContext& desk,
                                        const std::string& owner, const ClaimLimits& limits);
// Leases of a process that is gone (every owner but this one) are over now.
Result<void> end_foreign_leases(store::Session& session, const DeskContext& desk, const std::string& owner);

struct Failure {
  std::string error;
  bool for_good = false;                            // trying again cannot mend it
  std::optional<std::chrono::seconds> retry_after;  // as the peer asked
  bool recipient_only = false;                      // the mail server took everything but this recipient
};
// Both change nothing and return false when the lease was lost meanwhile.
Result<bool> settle_accepted(store::Session& session, const DeskContext& desk, const Claim& claim,
                             const std::string& receipt);
Result<bool> settle_failed(store::Session& session, const DeskContext& desk, const Claim& claim,
                           const Failure& failure, std::mt19937_64& jitter);

Result<std::vector<Notification>> load_notifications(store::Session& session, const std::string& alert_id);
Result<Notification> notification_by_link(store::Session& session, const std::string& token);  // kNotFound

// Exponential: 5 s, 10 s, … up to 10 minutes, each ±20% by `unit` in [0, 1).
std::chrono::milliseconds backoff(int attempts, double unit);
inline constexpr int kAttemptsMax = 20;  // about 2½ hours

}  // namespace vedette::desk
