#include "desk/channel_store.h"

#include <boost/json.hpp>

#include "base/id.h"
#include "desk/breaker.h"
#include "desk/own_finding.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr std::string_view kColumns =
    "id, name, kind, enabled, settings, secrets, state, failures, last_error, last_ok_at, probe_due";
constexpr int kFailuresToDie = 3;
constexpr std::size_t kNameMax = 100;

ChannelRecord record_from(const store::Row& row) {
  ChannelRecord record;
  Channel& c = record.channel;
  c.id = row.text(0);
  c.name = row.text(1);
  c.kind = channel_kind_from(row.text(2)).value_or(ChannelKind::kMailbox);
  c.enabled = row.integer(3) != 0;
  c.settings_json = row.text(4);
  record.sealed_secrets = row.blob(5);
  c.state = row.text(6);
  record.failures = static_cast<int>(row.integer(7));
  c.last_error = row.text(8);
  if (!row.is_null(9)) c.last_ok_at = from_unix_ms(row.integer(9));
  record.probe_due = row.integer(10);
  return record;
}

}  // namespace

Result<std::vector<ChannelRecord>> load_channels(store::Session& session) {
  TRY_ASSIGN(auto rows, session.query(fmt::format(
                            "SELECT {} FROM channels WHERE removed = 0 ORDER BY name, id", kColumns)));
  std::vector<ChannelRecord> records;
  for (const auto& row : rows) records.push_back(record_from(row));
  return records;
}

Result<ChannelRecord> load_channel(store::Session& session, const std::string& id) {
  TRY_ASSIGN(
      auto rows,
      session.query(fmt::format("SELECT {} FROM channels WHERE id = ? AND removed = 0", kColumns), {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "channel.gone", {{"id", id}});
  return record_from(rows[0]);
}

Result<ChannelSettings> settings_of(const ChannelRecord& record, const Keys& keys) {
  TRY_ASSIGN(auto secrets, keys.open(record.sealed_secrets));
  TRY_ASSIGN(auto whole, join_settings(record.channel.settings_json, secrets));
  return parse_settings(record.channel.kind, whole.reveal());
}

Result<Channel> store_channel(store::Session& session, const DeskContext& desk, Channel channel) {
  if (channel.name.empty() || channel.name.size() > kNameMax) {
    return refuse(ErrorCode::kInvalid, "field.bytes",
                  {{"field", "name"}, {"most", std::to_string(kNameMax)}});
  }
  Secret stored;
  if (channel.id.empty()) {
    channel.id = new_id(desk.clock);
    channel.last_ok_at.reset();
  } else {
    TRY_ASSIGN(auto before, load_channel(session, channel.id));
    if (before.channel.kind != channel.kind) return refuse(ErrorCode::kInvalid, "channel.kind");
    // With another key file the old secrets are lost; the person is then asked to enter them again.
    if (auto opened = desk.keys.open(before.sealed_secrets)) stored = *std::move(opened);
    channel.last_ok_at = before.channel.last_ok_at;
  }
  TRY_ASSIGN(auto split, split_settings(channel.kind, channel.settings_json, stored));
  TRY_ASSIGN(auto whole, join_settings(split.shown_json, split.secrets_json));
  TRY(parse_settings(channel.kind, whole.reveal()));
  channel.settings_json = split.shown_json;
  channel.state = "untested";
  channel.last_error.clear();
  TRY(session.execute(
      "INSERT INTO channels(id, name, kind, enabled, removed, settings, secrets, state, failures, "
      "last_error) "
      "VALUES (?,?,?,?,0,?,?,?,0,'') ON CONFLICT(id) DO UPDATE SET name=excluded.name, "
      "enabled=excluded.enabled, "
      "settings=excluded.settings, secrets=excluded.secrets, state=excluded.state, failures=0, last_error=''",
      {channel.id, channel.name, std::string(to_string(channel.kind)), std::int64_t{channel.enabled},
       channel.settings_json, store::Blob{desk.keys.seal(split.secrets_json.reveal())}, channel.state}));
  return channel;
}

Result<void> remove_channel_row(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto changed,
             session.execute("UPDATE channels SET removed = 1, enabled = 0, secrets = ?, settings = '{}' "
                             "WHERE id = ? AND removed = 0",
                             {store::Blob{}, id}));
  if (changed == 0) return refuse(ErrorCode::kNotFound, "channel.gone", {{"id", id}});
  return {};
}

std::vector<std::string> targets_of(const ChannelRecord& record) {
  if (goes_to_addresses(record.channel.kind)) {
    boost::system::error_code problem;
    auto settings = boost::json::parse(record.channel.settings_json, problem);
    std::vector<std::string> targets;
    const auto* to = !problem && settings.is_object() ? settings.get_object().if_contains("to") : nullptr;
    if (to && to->is_string()) targets.emplace_back(to->get_string());
    if (to && to->is_array()) {
      for (const auto& one : to->get_array()) targets.emplace_back(one.get_string());
    }
    if (!targets.empty()) return targets;
  }
  return {record.channel.name};
}

Result<HealthChange> note_success(store::Session& session, const DeskContext& desk,
                                  const ChannelRecord& record) {
  TRY_ASSIGN(auto rows, session.query("SELECT state FROM channels WHERE id = ?", {record.channel.id}));
  bool was_failing = !rows.empty() && rows[0].text(0) == "failing";
  TRY(session.execute(
      "UPDATE channels SET state = 'ok', failures = 0, last_error = '', last_ok_at = ? WHERE id = ?",
      {to_unix_ms(desk.clock.wall()), record.channel.id}));
  if (was_failing) TRY(close_breaker(session, desk, record.channel.id));
  return was_failing ? HealthChange::kRecovered : HealthChange::kNone;
}

Result<HealthChange> note_failure(store::Session& session, const ChannelRecord& record,
                                  const std::string& error, bool for_good) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT state, failures FROM channels WHERE id = ?", {record.channel.id}));
  if (rows.empty()) return HealthChange::kNone;
  auto failures = rows[0].integer(1) + 1;
  bool failing = for_good || failures >= kFailuresToDie || rows[0].text(0) == "failing";
  TRY(session.execute(
      "UPDATE channels SET state = ?, failures = ?, last_error = ? WHERE id = ?",
      {failing ? std::string("failing") : rows[0].text(0), failures, error, record.channel.id}));
  return failing && rows[0].text(0) != "failing" ? HealthChange::kDied : HealthChange::kNone;
}

Result<bool> others_are_reached(store::Session& session, const ChannelRecord& record,
                                const std::string& target) {
  bool untried = false;
  for (const auto& other : targets_of(record)) {
    if (other == target) continue;
    TRY_ASSIGN(auto rows,
               session.query("SELECT state FROM notifications WHERE channel_id = ? AND target = ? AND "
                             "attempts > 0 ORDER BY id DESC LIMIT 1",
                             {record.channel.id, other}));
    if (!rows.empty() && rows[0].text(0) == "accepted") return true;
    untried = untried || rows.empty() || rows[0].text(0) == "leased";
  }
  return untried;
}

namespace {
std::string recipient_key(const Channel& channel, const std::string& target) {
  return "desk/channel/" + channel.id + "/" + target;
}
}  // namespace

Result<bool> recipient_is_open(store::Session& session, const Channel& channel, const std::string& target) {
  TRY_ASSIGN(auto rows, session.query("SELECT 1 FROM alerts WHERE dedup_key = ? AND state <> 'closed' AND "
                                      "condition_resolved = 0",
                                      {recipient_key(channel, target)}));
  return !rows.empty();
}

Finding recipient_finding(const DeskContext& desk, const Channel& channel, const std::string& target,
                          FindingState state, const std::string& error) {
  std::map<std::string, std::string> who{{"channel", channel.name}, {"recipient", target}};
  auto finding = own_finding(desk.clock, kRecipientRefused);
  finding.state = state;
  finding.severity = Severity::kMedium;
  finding.asset = {"channel", channel.id, channel.name};
  finding.title = {"desk.recipient_refused.title", who};
  finding.next_step = {"desk.recipient_refused.next_step", who};
  finding.reason = {"desk.recipient_refused.resolved", who};
  if (state == FindingState::kPresent) {
    finding.reason = {"desk.recipient_refused.reason", who};
    finding.reason.arguments["error"] = error;
  }
  finding.where = fmt::format("channel {}, recipient {}", channel.name, target);
  finding.dedup_key = recipient_key(channel, target);
  return finding;
}

Finding channel_finding(const DeskContext& desk, const Channel& channel, FindingState state,
                        const std::string& error) {
  auto finding = own_finding(desk.clock, kChannelDead);
  finding.state = state;
  finding.severity = Severity::kHigh;
  finding.asset = {"channel", channel.id, channel.name};
  finding.title = {"desk.channel_dead.title", {{"channel", channel.name}}};
  finding.reason = state == FindingState::kPresent
                       ? Message{"desk.channel_dead.reason", {{"channel", channel.name}, {"error", error}}}
                       : Message{"desk.channel_dead.resolved", {{"channel", channel.name}}};
  finding.next_step = {"desk.channel_dead.next_step", {{"channel", channel.name}}};
  finding.where = fmt::format("channel {} ({})", channel.name, to_string(channel.kind));
  finding.dedup_key = "desk/channel/" + channel.id;
  return finding;
}

}  // namespace vedette::desk
