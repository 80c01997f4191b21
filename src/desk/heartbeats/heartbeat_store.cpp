#include "desk/heartbeats/heartbeat_store.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr std::string_view kColumns =
    "id, name, every_s, grace_s, severity, paused, missing, last_at, made_by, created_at";

Heartbeat heartbeat_from(const store::Row& row) {
  Heartbeat one;
  one.id = row.text(0);
  one.name = row.text(1);
  one.every = std::chrono::seconds(row.integer(2));
  one.grace = std::chrono::seconds(row.integer(3));
  one.severity = static_cast<Severity>(row.integer(4));
  one.paused = row.integer(5) != 0;
  one.missing = row.integer(6) != 0;
  if (!row.is_null(7)) one.last_at = from_unix_ms(row.integer(7));
  one.made_by = row.text(8);
  one.created_at = from_unix_ms(row.integer(9));
  return one;
}

Result<Heartbeat> one_where(store::Session& session, std::string_view condition, const std::string& value) {
  TRY_ASSIGN(
      auto rows,
      session.query(fmt::format("SELECT {} FROM heartbeats WHERE {} = ?", kColumns, condition), {value}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "heartbeat.gone");
  return heartbeat_from(rows[0]);
}

store::Value last_of(const Heartbeat& heartbeat) {
  if (!heartbeat.last_at) return std::monostate{};
  return to_unix_ms(*heartbeat.last_at);
}

}  // namespace

Result<std::vector<Heartbeat>> load_heartbeats(store::Session& session) {
  TRY_ASSIGN(auto rows, session.query(fmt::format("SELECT {} FROM heartbeats ORDER BY name, id", kColumns)));
  std::vector<Heartbeat> out;
  for (const auto& row : rows) out.push_back(heartbeat_from(row));
  return out;
}

Result<Heartbeat> load_heartbeat(store::Session& session, const std::string& id) {
  return one_where(session, "id", id);
}

Result<Heartbeat> heartbeat_of(store::Session& session, const std::string& token) {
  return one_where(session, "token_hash", sha256_hex(token));
}

Result<void> insert_heartbeat(store::Session& session, const Heartbeat& heartbeat, const std::string& token) {
  TRY_ASSIGN(auto count, session.query("SELECT COUNT(*) FROM heartbeats"));
  if (count[0].integer(0) >= HeartbeatLimits::kMost)
    return refuse(ErrorCode::kLimit, "heartbeat.many", {{"most", std::to_string(HeartbeatLimits::kMost)}});
  TRY(session.execute(
      fmt::format("INSERT INTO heartbeats({}, token_hash) VALUES (?,?,?,?,?,?,?,?,?,?,?)", kColumns),
      {heartbeat.id, heartbeat.name, heartbeat.every.count(), heartbeat.grace.count(),
       static_cast<std::int64_t>(heartbeat.severity), std::int64_t{heartbeat.paused},
       std::int64_t{heartbeat.missing}, last_of(heartbeat), heartbeat.made_by,
       to_unix_ms(heartbeat.created_at), sha256_hex(token)}));
  return {};
}

Result<void> update_heartbeat(store::Session& session, const Heartbeat& heartbeat) {
  TRY_ASSIGN(
      auto changed,
      session.execute("UPDATE heartbeats SET name = ?, every_s = ?, grace_s = ?, severity = ?, paused = ?, "
                      "missing = ?, last_at = ? WHERE id = ?",
                      {heartbeat.name, heartbeat.every.count(), heartbeat.grace.count(),
                       static_cast<std::int64_t>(heartbeat.severity), std::int64_t{heartbeat.paused},
                       std::int64_t{heartbeat.missing}, last_of(heartbeat), heartbeat.id}));
  if (changed == 0) return refuse(ErrorCode::kNotFound, "heartbeat.gone");
  return {};
}

Result<void> delete_heartbeat(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto gone, session.execute("DELETE FROM heartbeats WHERE id = ?", {id}));
  if (gone == 0) return refuse(ErrorCode::kNotFound, "heartbeat.gone");
  return {};
}

}  // namespace vedette::desk
