#include "desk/alert_store.h"

#include <boost/json.hpp>

#include "desk/search_text.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;
using store::Parameters;
using store::Row;
using store::Value;

constexpr std::int64_t kTimelineMax = 1000;  // entries read of one alert

std::optional<WallTime> time_or_nothing(const Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return from_unix_ms(row.integer(column));
}

Value value_of(const std::optional<WallTime>& time) {
  if (!time) return std::monostate{};
  return to_unix_ms(*time);
}

Value value_of(const std::optional<std::int64_t>& number) {
  return number ? Value{*number} : Value{std::monostate{}};
}

Value id_or_nothing(const std::string& id) { return id.empty() ? Value{std::monostate{}} : Value{id}; }

std::string searchable(const Alert& alert) {
  return search_text(fmt::format("{} {} {} {} {} {}", alert.asset.name, alert.kind, alert.dedup_key,
                                 render(alert.title, Language::kVietnamese),
                                 render(alert.title, Language::kEnglish), alert.asset.id));
}

Result<json::value> parsed(const std::string& stored) {
  boost::system::error_code problem;
  auto value = json::parse(stored, problem);
  if (problem) return fail(ErrorCode::kCorrupt, "stored JSON does not parse: " + problem.message());
  return value;
}

Result<Finding> finding_of(const std::string& stored) {
  TRY_ASSIGN(auto value, parsed(stored));
  return finding_from_json(value);
}

}  // namespace

std::string message_text(const Message& message) { return json::serialize(to_json(message)); }

Result<Message> message_of(const std::string& stored) {
  TRY_ASSIGN(auto value, parsed(stored));
  return message_from_json(value);
}

Result<AlertRecord> alert_from(const Row& row, DueClock& due) {
  AlertRecord record;
  Alert& a = record.alert;
  a.id = row.text(0);
  a.dedup_key = row.text(1);
  a.watch = watch_from(row.text(2)).value_or(Watch::kDesk);
  a.kind = row.text(3);
  a.severity = static_cast<Severity>(row.integer(4));
  a.state = alert_state_from(row.text(5)).value_or(AlertState::kNew);
  a.resolution = resolution_from(row.text(6)).value_or(Resolution::kNone);
  a.asset = {row.text(7), row.text(8), row.text(9)};
  TRY_ASSIGN(a.title, message_of(row.text(10)));
  TRY_ASSIGN(a.reason, message_of(row.text(11)));
  TRY_ASSIGN(a.next_step, message_of(row.text(12)));
  record.gravest_uid = row.text(13);
  a.count = row.integer(14);
  a.cycle = static_cast<int>(row.integer(15));
  a.condition_resolved = row.integer(16) != 0;
  a.first_at = from_unix_ms(row.integer(17));
  a.last_at = from_unix_ms(row.integer(18));
  a.updated_at = from_unix_ms(row.integer(19));
  record.raised_at = from_unix_ms(row.integer(20));
  a.acknowledged_at = time_or_nothing(row, 21);
  a.acknowledged_by = row.text(22);
  a.snoozed_until = time_or_nothing(row, 23);
  a.closed_at = time_or_nothing(row, 24);
  a.closed_by = row.text(25);
  a.close_note = row.text(26);
  a.merged_into = row.text_or(27, "");
  a.step = static_cast<int>(row.integer(28));
  record.cycle_due = row.integer(29);
  if (!row.is_null(30)) {
    record.next_due = row.integer(30);
    a.next_step_at = due.to_wall(row.integer(30));
  }
  record.own_severity = static_cast<Severity>(row.integer(31));
  record.own_uid = row.text(32);
  record.policy_id = row.text(33);
  record.policy_version = row.integer(34);
  record.timer_percent = static_cast<int>(row.integer(35));
  a.unit = row.text(36);
  return record;
}

Result<AlertRecord> load_alert(store::Session& session, DueClock& due, const std::string& id) {
  static const std::string sql = fmt::format("SELECT {} FROM alerts WHERE id = ?", kAlertColumns);
  TRY_ASSIGN(auto rows, session.query(sql, {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "alert.gone", {{"id", id}});
  return alert_from(rows[0], due);
}

Result<std::optional<AlertRecord>> find_alert(store::Session& session, DueClock& due,
                                              const std::string& dedup_key) {
  static const std::string sql = fmt::format("SELECT {} FROM alerts WHERE dedup_key = ?", kAlertColumns);
  TRY_ASSIGN(auto rows, session.query(sql, {dedup_key}));
  if (rows.empty()) return std::optional<AlertRecord>();
  TRY_ASSIGN(auto record, alert_from(rows[0], due));
  return std::optional(std::move(record));
}

Result<std::string> alert_id_of(store::Session& session, const std::string& dedup_key) {
  TRY_ASSIGN(auto rows, session.query("SELECT id FROM alerts WHERE dedup_key = ?", {dedup_key}));
  return rows.empty() ? std::string() : rows[0].text(0);
}

Result<void> write_alert(store::Session& session, const AlertRecord& record) {
  // id, dedup_key and first_at never change, everything else may.
  static const std::string sql = [] {
    std::string columns = std::string(kAlertColumns) + ", search", marks = "?", changes;
    std::string_view rest = columns;
    while (!rest.empty()) {
      auto comma = std::min(rest.find(", "), rest.size());
      auto name = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 2, rest.size()));
      if (!rest.empty()) marks += ",?";
      if (name == "id" || name == "dedup_key" || name == "first_at") continue;
      changes += fmt::format("{}{}=excluded.{}", changes.empty() ? "" : ", ", name, name);
    }
    return fmt::format("INSERT INTO alerts({}) VALUES ({}) ON CONFLICT(id) DO UPDATE SET {}", columns, marks,
                       changes);
  }();
  const Alert& a = record.alert;
  TRY(session.execute(sql, {a.id,
                            a.dedup_key,
                            std::string(to_string(a.watch)),
                            a.kind,
                            static_cast<std::int64_t>(a.severity),
                            std::string(to_string(a.state)),
                            std::string(to_string(a.resolution)),
                            a.asset.type,
                            a.asset.id,
                            a.asset.name,
                            message_text(a.title),
                            message_text(a.reason),
                            message_text(a.next_step),
                            record.gravest_uid,
                            a.count,
                            std::int64_t{a.cycle},
                            std::int64_t{a.condition_resolved},
                            to_unix_ms(a.first_at),
                            to_unix_ms(a.last_at),
                            to_unix_ms(a.updated_at),
                            to_unix_ms(record.raised_at),
                            value_of(a.acknowledged_at),
                            a.acknowledged_by,
                            value_of(a.snoozed_until),
                            value_of(a.closed_at),
                            a.closed_by,
                            a.close_note,
                            id_or_nothing(a.merged_into),
                            std::int64_t{a.step},
                            record.cycle_due,
                            value_of(record.next_due),
                            static_cast<std::int64_t>(record.own_severity),
                            record.own_uid,
                            record.policy_id,
                            record.policy_version,
                            std::int64_t{record.timer_percent},
                            a.unit,
                            searchable(a)}));
  return {};
}

namespace {

// What most findings and most steps change of an alert. None of it stands in an index but next_due, whereas
// writing all of an alert again would write a dozen indexes again.
Result<bool> update_alert(store::Session& session, const AlertRecord& record) {
  static constexpr std::string_view kSql =
      "UPDATE alerts SET resolution = ?, reason = ?, next_step = ?, gravest_uid = ?, count = ?, cycle = ?, "
      "condition_resolved = ?, last_at = ?, updated_at = ?, acknowledged_at = ?, acknowledged_by = ?, "
      "closed_by = ?, close_note = ?, step = ?, cycle_due = ?, next_due = ?, own_severity = ?, own_uid = ?, "
      "policy_id = ?, policy_version = ?, timer_percent = ?, asset_type = ? WHERE id = ? AND "
      "watch = ? AND kind = ? AND severity = ? AND state = ? AND asset_id = ? AND asset_name = ? AND "
      "title = ? AND raised_at = ? AND snoozed_until IS NOT DISTINCT FROM ? AND closed_at IS NOT DISTINCT "
      "FROM ? AND merged_into IS NOT DISTINCT FROM ? AND unit = ?";
  const Alert& a = record.alert;
  TRY_ASSIGN(auto changed, session.execute(kSql, {std::string(to_string(a.resolution)),
                                                  message_text(a.reason),
                                                  message_text(a.next_step),
                                                  record.gravest_uid,
                                                  a.count,
                                                  std::int64_t{a.cycle},
                                                  std::int64_t{a.condition_resolved},
                                                  to_unix_ms(a.last_at),
                                                  to_unix_ms(a.updated_at),
                                                  value_of(a.acknowledged_at),
                                                  a.acknowledged_by,
                                                  a.closed_by,
                                                  a.close_note,
                                                  std::int64_t{a.step},
                                                  record.cycle_due,
                                                  value_of(record.next_due),
                                                  static_cast<std::int64_t>(record.own_severity),
                                                  record.own_uid,
                                                  record.policy_id,
                                                  record.policy_version,
                                                  std::int64_t{record.timer_percent},
                                                  a.asset.type,
                                                  a.id,
                                                  std::string(to_string(a.watch)),
                                                  a.kind,
                                                  static_cast<std::int64_t>(a.severity),
                                                  std::string(to_string(a.state)),
                                                  a.asset.id,
                                                  a.asset.name,
                                                  message_text(a.title),
                                                  to_unix_ms(record.raised_at),
                                                  value_of(a.snoozed_until),
                                                  value_of(a.closed_at),
                                                  id_or_nothing(a.merged_into),
                                                  a.unit}));
  return changed == 1;
}

}  // namespace

Result<void> save_alert(store::Session& session, const AlertRecord& record) {
  TRY_ASSIGN(bool updated, update_alert(session, record));
  return updated ? Result<void>() : write_alert(session, record);
}

Result<bool> add_finding(store::Session& session, const Finding& finding, const std::string& alert_id) {
  TRY_ASSIGN(
      auto rows,
      session.execute("INSERT INTO findings(uid, alert_id, severity, observed_at, body) VALUES (?,?,?,?,?) "
                      "ON CONFLICT(uid) DO NOTHING",
                      {finding.uid, alert_id.empty() ? Value{std::monostate{}} : Value{alert_id},
                       static_cast<std::int64_t>(finding.severity), to_unix_ms(finding.observed_at),
                       json::serialize(to_json(finding))}));
  if (rows == 0 || alert_id.empty()) return rows == 1;
  for (const auto& one : finding.evidence) {
    TRY(session.execute("INSERT INTO alert_evidence(alert_id, sha256) VALUES (?,?) ON CONFLICT DO NOTHING",
                        {alert_id, one.sha256}));
  }
  return true;
}

Result<std::vector<Finding>> load_findings(store::Session& session, const std::string& alert_id,
                                           std::size_t limit) {
  TRY_ASSIGN(auto rows,
             session.query(
                 "SELECT body FROM findings WHERE alert_id = ? OR alert_id IN "
                 "(SELECT id FROM alerts WHERE merged_into = ?) ORDER BY observed_at DESC, uid DESC LIMIT ?",
                 {alert_id, alert_id, static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, 500))}));
  std::vector<Finding> findings;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto finding, finding_of(row.text(0)));
    findings.push_back(std::move(finding));
  }
  return findings;
}

Result<std::optional<Finding>> load_finding(store::Session& session, const std::string& uid) {
  TRY_ASSIGN(auto rows, session.query("SELECT body FROM findings WHERE uid = ?", {uid}));
  if (rows.empty()) return std::optional<Finding>();
  TRY_ASSIGN(auto finding, finding_of(rows[0].text(0)));
  return std::optional(std::move(finding));
}

Result<void> add_timeline(store::Session& session, const std::string& alert_id, WallTime at,
                          const std::string& kind, const std::string& actor, const Message& text) {
  TRY(session.execute("INSERT INTO timeline(alert_id, at, kind, actor, body) VALUES (?,?,?,?,?)",
                      {alert_id, to_unix_ms(at), kind, actor, message_text(text)}));
  return {};
}

Result<std::vector<TimelineEntry>> load_timeline(store::Session& session, const std::string& alert_id) {
  TRY_ASSIGN(
      auto rows,
      session.query(
          "SELECT at, kind, actor, body FROM timeline WHERE alert_id = ? ORDER BY sequence DESC LIMIT ?",
          {alert_id, kTimelineMax}));
  std::vector<TimelineEntry> entries;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    TRY_ASSIGN(auto text, message_of(row->text(3)));
    entries.push_back({from_unix_ms(row->integer(0)), row->text(1), row->text(2), std::move(text)});
  }
  return entries;
}

}  // namespace vedette::desk
