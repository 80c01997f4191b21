// DeskCore: channels, ladder, mailbox, audit and figures.
#include <boost/json.hpp>

#include "base/id.h"
#include "desk/audit.h"
#include "desk/desk_core.h"
#include "desk/escalation/policy_json.h"
#include "desk/escalation/policy_store.h"
#include "desk/ingest.h"
#include "desk/ladder.h"
#include "desk/mailbox.h"

namespace vedette::desk {

namespace json = boost::json;

Result<std::vector<Channel>> DeskCore::channels() {
  std::vector<Channel> channels;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto records, load_channels(session));
    for (auto& record : records) channels.push_back(std::move(record.channel));
    return {};
  }));
  return channels;
}

Result<Channel> DeskCore::save_channel(const Channel& channel, const std::string& by) {
  Channel saved;
  TRY(write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(saved, store_channel(session, *context_, channel));
    TRY(revive_failed(session, *context_, saved.id));
    return append_audit(
        session, clock_.wall(), by, "channel.saved", "channel/" + saved.id,
        json::serialize(
            json::object{{"name", saved.name}, {"kind", to_string(saved.kind)}, {"enabled", saved.enabled}}));
  }));
  return saved;
}

Result<void> DeskCore::remove_channel(const std::string& id, const std::string& by) {
  return write([&](store::Session& session) -> Result<void> {
    TRY(forget_channel(session, clock_, id, by));
    TRY(remove_channel_row(session, id));
    return append_audit(session, clock_.wall(), by, "channel.removed", "channel/" + id, "{}");
  });
}

Result<std::string> DeskCore::test_channel(const std::string& id, const std::string& by) {
  ChannelRecord record;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(record, load_channel(session, id));
    return {};
  }));
  TRY_ASSIGN(auto settings, settings_of(record, *keys_));
  Notice notice = make_test_notice(*context_, record.channel);
  Delivered delivered = std::unexpected(Failure{});
  std::string refused;  // recipients; the others are still tried
  for (const auto& target : targets_of(record)) {
    auto one =
        deliver({*context_, record.channel, settings, notice, new_id(clock_), target, nullptr}, *transport_);
    if (!one && one.error().recipient_only) {
      refused += fmt::format("{}{}: {}", refused.empty() ? "" : "; ", target, one.error().error);
      if (!delivered) delivered = std::move(one);
      continue;
    }
    delivered = std::move(one);
    if (!delivered) break;
  }
  std::set<std::string> changed;
  TRY(write([&](store::Session& session) -> Result<void> {
    TRY(append_audit(session, clock_.wall(), by, "channel.tested", "channel/" + id,
                     json::serialize(json::object{{"ok", delivered.has_value()}})));
    if (!delivered) {
      // No alert of its own: whoever pressed the button sees it.
      TRY(session.execute("UPDATE channels SET last_error = ? WHERE id = ?", {delivered.error().error, id}));
      return {};
    }
    if (delivered->caught) TRY(catch_mail(session, *delivered->caught));
    TRY_ASSIGN(auto change, note_success(session, *context_, record));
    if (change == HealthChange::kRecovered) {
      TRY(take_finding(session, *context_,
                       channel_finding(*context_, record.channel, FindingState::kResolved, ""), changed));
      TRY(revive_failed(session, *context_, id));
    }
    return {};
  }));
  for (const auto& alert_id : changed) tell(alert_id);
  if (!delivered) return fail(ErrorCode::kUnavailable, delivered.error().error);
  if (!refused.empty()) return fail(ErrorCode::kUnavailable, refused);
  return delivered->receipt;
}

Result<Ladder> DeskCore::ladder() {
  Ladder ladder;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(ladder, load_ladder(session));
    return {};
  }));
  return ladder;
}

Result<Ladder> DeskCore::save_ladder(const Ladder& ladder, const std::string& by) {
  TRY(write([&](store::Session& session) -> Result<void> {
    TRY(store_ladder(session, clock_, ladder, by));
    TRY_ASSIGN(auto stored, load_policy(session, std::string(kDefaultPolicy)));
    return append_audit(session, clock_.wall(), by, "ladder.saved", "ladder",
                        json::serialize(policy_json(stored)));
  }));
  return ladder;
}

Result<std::vector<CaughtMail>> DeskCore::mailbox(std::size_t limit) {
  std::vector<CaughtMail> mails;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(mails, caught_mails(session, limit));
    return {};
  }));
  return mails;
}

Result<void> DeskCore::audit(const std::string& actor, const std::string& action, const std::string& object,
                             const std::string& detail_json) {
  return write([&](store::Session& session) {
    return append_audit(session, clock_.wall(), actor, action, object, detail_json);
  });
}

Result<Listing<AuditEntry>> DeskCore::audit_log(const std::string& cursor, std::size_t limit) {
  Listing<AuditEntry> listing;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(listing, read_audit(session, cursor, limit));
    return {};
  }));
  return listing;
}

Result<void> DeskCore::verify_audit() {
  return read([](store::Session& session) { return check_audit(session); });
}

Result<Desk::Status> DeskCore::status() {
  Status status;
  TRY(read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto outbox, session.query("SELECT COUNT(*), MIN(created_at) FROM notifications WHERE state "
                                          "IN ('pending', 'leased', 'bundled')"));
    status.outbox_pending = outbox[0].integer(0);
    if (!outbox[0].is_null(1)) {
      status.outbox_oldest_s =
          std::max<std::int64_t>(0, (to_unix_ms(clock_.wall()) - outbox[0].integer(1)) / 1000);
    }
    TRY_ASSIGN(auto open,
               session.query("SELECT SUM(alerts) FROM alert_counts WHERE state IN ('new', 'acknowledged')"));
    status.open_alerts = open[0].integer_or(0, 0);
    TRY_ASSIGN(auto failing,
               session.query(
                   "SELECT COUNT(*) FROM channels WHERE state = 'failing' AND removed = 0 AND enabled = 1"));
    status.channels_failing = failing[0].integer(0);
    return {};
  }));
  return status;
}

}  // namespace vedette::desk
