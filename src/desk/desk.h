// Desk: takes findings, makes alerts, and sees that a person answers.
//
// report() stores the findings, their alert and the first notifications in one transaction. The ladder then
// climbs by itself: each step that is due writes its outgoing rows in the same transaction that advances it.
// Senders claim rows with a lease. Everything long-lived is in the store; after kill -9 the desk goes on from
// there. All calls are thread-safe; those that change something are durable when they return.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "model/finding_sink.h"
#include "store/database.h"

namespace vedette::desk {

enum class AlertState { kNew, kAcknowledged, kClosed };
enum class Resolution { kNone, kTruePositive, kFalsePositive, kBenign, kDuplicate };
std::string_view to_string(AlertState state);  // "new", "acknowledged", "closed"
std::optional<AlertState> alert_state_from(std::string_view text);
std::string_view to_string(
    Resolution resolution);  // "none", "true_positive", "false_positive", "benign", "duplicate"
std::optional<Resolution> resolution_from(std::string_view text);

struct Alert {
  std::string id;
  std::string dedup_key;
  Watch watch = Watch::kSites;
  std::string kind;
  Severity severity = Severity::kInformational;
  AlertState state = AlertState::kNew;
  Resolution resolution = Resolution::kNone;
  Asset asset;
  Message title, reason, next_step;  // of the gravest finding
  std::int64_t count = 0;            // findings so far
  int cycle = 1;                     // raised anew after closing, or graver after acknowledging: +1
  bool condition_resolved = false;   // the watch no longer sees it
  WallTime first_at{}, last_at{}, updated_at{};
  std::optional<WallTime> acknowledged_at, snoozed_until, closed_at;
  std::string acknowledged_by, closed_by, close_note;
  std::string merged_into;    // alert id, when it is a duplicate
  int step = 0;               // steps of the ladder that were climbed in this cycle
  std::string unit = "root";  // of its asset when this cycle began (desk/units/unit.h)
  std::optional<WallTime> next_step_at;
};

struct TimelineEntry {
  WallTime at{};
  std::string
      kind;  // "finding", "notified", "accepted", "failed", "acknowledged", "snoozed", "closed", "reopened"…
  std::string actor;  // user name, "desk", channel name
  Message text;
};

struct Notification {
  std::string id, alert_id, channel_id, channel_name, target;
  int cycle = 0, step = 0, attempts = 0;
  std::string state;  // "pending", "leased", "accepted", "failed", "cancelled"
  std::string last_error;
  std::string receipt;  // what the channel answered
  WallTime created_at{};
  std::optional<WallTime> accepted_at;
};

// kGravest: by severity, then newest. kSoonest: only those with a step to come, the next one first.
enum class AlertOrder { kNewest, kGravest, kSoonest };
std::optional<AlertOrder> alert_order_from(std::string_view text);  // "newest", "gravest", "soonest"

struct AlertQuery {
  std::string state = {}, severity = {}, watch = {}, asset_id = {}, kind = {}, text = {};  // empty: any
  std::string acknowledged_by = {};                                                        // a user name
  std::string unit = {};  // of this unit and those below it
  bool include_snoozed = true;
  AlertOrder order = AlertOrder::kNewest;  // a cursor belongs to its order
  std::string cursor = {};
  std::size_t limit = 100;  // at most 500
};
template <class T>
struct Listing {
  std::vector<T> items;
  std::string next_cursor;
};
struct Facet {
  std::string field, value;
  std::int64_t count = 0;
};

enum class ChannelKind {
  kSmtp,
  kWebhook,
  kSlack,
  kMattermost,
  kTeams,
  kMailbox,  // the built-in local mailbox
  kSms
};
// "smtp", "webhook", "slack", "mattermost", "teams", "mailbox", "sms"
std::string_view to_string(ChannelKind kind);
std::optional<ChannelKind> channel_kind_from(std::string_view text);
// settings_json, an object: smtp {host,port,tls,user,password,from,to:[…],ca_file?}; webhook
// {url,secret,ca_file?}; slack, mattermost, teams {url}; mailbox {to}; sms {url,body?,form?,header?,
// header_value?,accepted?,plain_letters?,to:[…],ca_file?} (channel_sms.cpp). Every kind may carry
// rate_per_minute (60): beyond it all but critical wait. Secrets (password, secret, header_value, the url of
// a chat or gateway) are kept encrypted; sending "********" back keeps what is stored.
struct Channel {
  std::string id = {}, name = {};
  ChannelKind kind = ChannelKind::kMailbox;
  bool enabled = true;
  std::string settings_json = {};  // secrets replaced by "********" when read
  std::string state = {};          // "ok", "failing", "untested"
  std::string last_error = {};
  std::optional<WallTime> last_ok_at = {};
};

struct LadderStep {
  int after_minutes = 0;  // since the alert; the first step has 0
  std::vector<std::string> channel_ids = {};
};
struct Ladder {
  std::vector<LadderStep> steps = {};
  int repeat_last_minutes = 15;      // the last step again until acknowledged; 0: never
  Severity least = Severity::kHigh;  // alerts below are shown, not sent
};

struct AuditEntry {
  std::int64_t sequence = 0;
  WallTime at{};
  std::string actor, action, object, detail_json, previous_hash, hash;
};

struct CaughtMail {  // of the built-in mailbox
  std::string id, to, subject, text;
  WallTime at{};
};

struct DeskOptions {
  std::string public_url = {};  // in mails: https://vedette.example.org
  std::size_t senders = 8;
  std::chrono::milliseconds lease{30'000};
  std::chrono::milliseconds tick{500};
  std::string mail_language = "vi";
  bool allow_loopback_webhooks = true;
  // The key that channel secrets are encrypted with and acknowledge links are made from; created (0600) when
  // missing. Empty: <database>.key. It belongs into the backup, apart from the database.
  std::filesystem::path key_file = {};
};

class Desk : public FindingSink {
 public:
  // report(), and `also` in the same transaction: both are kept, or neither. On the writer's thread.
  virtual Result<void> report_alongside(const std::vector<Finding>& findings,
                                        const store::Database::Write& also) = 0;
  virtual Result<void> start() = 0;
  virtual void stop() = 0;

  virtual Result<Listing<Alert>> alerts(const AlertQuery& query) = 0;
  virtual Result<std::vector<Facet>> facets(const AlertQuery& query) = 0;
  virtual Result<Alert> alert(const std::string& id) = 0;
  virtual Result<std::vector<Finding>> findings(const std::string& alert_id, std::size_t limit) = 0;
  virtual Result<std::vector<TimelineEntry>> timeline(const std::string& alert_id) = 0;
  virtual Result<std::vector<Notification>> notifications(const std::string& alert_id) = 0;

  virtual Result<Alert> acknowledge(const std::string& id, const std::string& by,
                                    const std::string& note) = 0;
  virtual Result<Alert> unacknowledge(const std::string& id, const std::string& by) = 0;
  virtual Result<Alert> snooze(const std::string& id, WallTime until, const std::string& by) = 0;
  virtual Result<Alert> unsnooze(const std::string& id, const std::string& by) = 0;
  virtual Result<Alert> close(const std::string& id, Resolution resolution, const std::string& note,
                              const std::string& by) = 0;
  virtual Result<Alert> reopen(const std::string& id, const std::string& by) = 0;
  virtual Result<Alert> merge(const std::string& id, const std::string& into, const std::string& by) = 0;
  virtual Result<Alert> unmerge(const std::string& id, const std::string& by) = 0;

  // The link in a notification: the token names one notification; showing it changes nothing, using it
  // acknowledges.
  virtual Result<Alert> alert_by_link(const std::string& token) = 0;
  virtual Result<Alert> acknowledge_by_link(const std::string& token) = 0;

  virtual Result<std::vector<Channel>> channels() = 0;
  virtual Result<Channel> save_channel(const Channel& channel, const std::string& by) = 0;  // empty id: new
  virtual Result<void> remove_channel(const std::string& id, const std::string& by) = 0;
  virtual Result<std::string> test_channel(const std::string& id,
                                           const std::string& by) = 0;  // the peer's answer
  virtual Result<Ladder> ladder() = 0;
  virtual Result<Ladder> save_ladder(const Ladder& ladder, const std::string& by) = 0;
  virtual Result<std::vector<CaughtMail>> mailbox(std::size_t limit) = 0;

  // Appends to the hash-chained audit log (SHA-256 over the previous hash and this row).
  virtual Result<void> audit(const std::string& actor, const std::string& action, const std::string& object,
                             const std::string& detail_json) = 0;
  virtual Result<Listing<AuditEntry>> audit_log(const std::string& cursor, std::size_t limit) = 0;
  virtual Result<void> verify_audit() = 0;  // kCorrupt names the first row that does not fit

  // Removes what was closed before this time, a bounded part of it in each call; how many alerts went.
  virtual Result<std::int64_t> forget_closed(WallTime closed_before) = 0;

  struct Status {
    std::int64_t outbox_pending = 0, outbox_oldest_s = 0, open_alerts = 0, channels_failing = 0;
  };
  virtual Result<Status> status() = 0;

  using Changed = std::function<void(const std::string& alert_id)>;  // after the commit, any thread
  virtual void on_change(Changed changed) = 0;
};

std::span<const store::Migration> desk_migrations();
// Adds an audit row inside the caller's own transaction (accounts, sites, configuration).
Result<void> append_audit(store::Session& session, WallTime at, const std::string& actor,
                          const std::string& action, const std::string& object,
                          const std::string& detail_json);

// The alert of this dedup key, inside the caller's own transaction or snapshot; empty: there is none.
Result<std::string> alert_id_of(store::Session& session, const std::string& dedup_key);

std::unique_ptr<Desk> make_desk(DeskOptions options, store::Database& database, const Clock& clock,
                                Metrics& metrics);

}  // namespace vedette::desk
