#include "server/hosts/host_orders.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/id.h"
#include "desk/desk.h"
#include "model/refusal.h"
#include "server/accounts/user_rows.h"
#include "server/hosts/file_incident_store.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::string_view kColumns =
    "id, host_id, incident_id, kind, state, given_by, given_at, expires_at, sent_at, done_at, result";
constexpr std::size_t kUnderWayMax = 64;  // of one host

HostOrder order_of(const store::Row& row) {
  HostOrder out{row.text(0),
                row.text(1),
                row.text(2),
                row.text(3),
                row.text(4),
                row.text(5),
                from_unix_ms(row.integer(6)),
                from_unix_ms(row.integer(7)),
                {},
                {},
                {}};
  if (!row.is_null(8)) out.sent_at = from_unix_ms(row.integer(8));
  if (!row.is_null(9)) out.done_at = from_unix_ms(row.integer(9));
  json::error_code error;
  auto stored = json::parse(row.text(10), error);
  if (!error && stored.is_object())
    if (auto message = message_from_json(stored)) out.result = *std::move(message);
  return out;
}

std::string stored(const std::optional<Message>& message) {
  return message ? json::serialize(to_json(*message)) : "null";
}

// What makes no sense now; the console asks the same (lib/hosts.ts: refusal).
Result<void> fits(const std::string& kind, const IncidentRow& incident) {
  if (kind == "freeze" && incident.frozen) return refuse(ErrorCode::kConflict, "order.frozen");
  if (kind == "freeze" && incident.state == "over") return refuse(ErrorCode::kConflict, "order.over");
  if (kind == "thaw" && !incident.frozen) return refuse(ErrorCode::kConflict, "order.not_frozen");
  if (kind == "rollback" && incident.state == "rolled_back" && incident.report_failed == 0)
    return refuse(ErrorCode::kConflict, "order.rolled_back");
  if (kind == "allow" && incident.state == "allowed") return refuse(ErrorCode::kConflict, "order.allowed");
  return {};
}

}  // namespace

Result<HostOrder> HostOrders::give(const std::string& incident_id, const std::string& kind,
                                   std::optional<std::chrono::seconds> allow_for, const std::string& note,
                                   const std::string& by) {
  auto now = clock_.wall();
  HostOrder out{new_id(clock_), {}, incident_id, kind, "queued", by, now, now + life_, {}, {}, {}};
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto incident, load_incident_row(session, incident_id));
    out.host_id = incident.host_id;
    if (incident.host_revoked) return refuse(ErrorCode::kConflict, "order.host_revoked");
    TRY(fits(kind, incident));
    TRY_ASSIGN(auto rows, session.query("SELECT kind, incident_id FROM host_orders WHERE host_id = ? AND "
                                        "state IN ('queued', 'sent')",
                                        {out.host_id}));
    if (rows.size() >= kUnderWayMax)
      return refuse(ErrorCode::kLimit, "order.waiting", {{"count", std::to_string(kUnderWayMax)}});
    for (const auto& row : rows)
      if (row.text(0) == kind && row.text(1) == incident_id)
        return refuse(ErrorCode::kConflict, "order.under_way");
    json::object payload{{"kind", kind},
                         {"id", out.id},
                         {"host_id", out.host_id},
                         {"incident_id", incident_id},
                         {"issued_at", to_rfc3339(now)},
                         {"expires_at", to_rfc3339(out.expires_at)}};
    std::string until = allow_for ? to_rfc3339(now + *allow_for) : "";
    if (allow_for) payload["until"] = until;
    auto text = json::serialize(payload);
    TRY(session.execute(
        "INSERT INTO host_orders (id, host_id, incident_id, kind, payload, signature, state, "
        "given_by, given_at, expires_at, result) VALUES (?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, "
        "'null')",
        {out.id, out.host_id, incident_id, kind, text, key_.sign(text), by, to_unix_ms(now),
         to_unix_ms(out.expires_at)}));
    TRY(add_incident_event(session, incident_id, now,
                           {fmt::format("hosts.order.given_{}", kind), {{"by", by}, {"note", note}}}));
    return desk::append_audit(
        session, now, by, "file_incident." + kind, "file_incident/" + incident_id,
        audit_detail({{"order", out.id}, {"host", "host/" + out.host_id}, {"note", note}, {"until", until}}));
  }));
  news_.tell(HostNews::What::kFileIncident, incident_id);
  return out;
}

Result<HostOrders::Page> HostOrders::of_host(const std::string& host_id, const std::string& cursor,
                                             std::size_t limit) {
  Page out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows,
               session.query(fmt::format("SELECT {} FROM host_orders WHERE host_id = ? AND id < ? ORDER BY "
                                         "id DESC LIMIT ?",
                                         kColumns),
                             {host_id, cursor.empty() ? "~" : cursor, static_cast<std::int64_t>(limit + 1)}));
    for (const auto& row : rows) {
      if (out.items.size() == limit) {
        out.next_cursor = out.items.back().id;
        break;
      }
      out.items.push_back(order_of(row));
    }
    return {};
  }));
  return out;
}

Result<std::vector<SignedText>> HostOrders::take_due(store::Session& session, const std::string& host_id,
                                                     std::vector<std::string>& changed) const {
  auto now = to_unix_ms(clock_.wall());
  TRY_ASSIGN(
      auto rows,
      session.query("SELECT id, payload, signature, incident_id, state FROM host_orders WHERE host_id = "
                    "? AND state IN ('queued', 'sent') AND expires_at > ? ORDER BY id LIMIT ?",
                    {host_id, now, static_cast<std::int64_t>(kAtOnce)}));
  std::vector<SignedText> out;
  for (const auto& row : rows) {
    out.push_back({row.text(1), row.text(2)});
    if (row.text(4) != "queued") continue;
    TRY(session.execute("UPDATE host_orders SET state = 'sent', sent_at = ? WHERE id = ?",
                        {now, row.text(0)}));
    changed.push_back(row.text(3));
  }
  return out;
}

Result<bool> HostOrders::finish(store::Session& session, const std::string& host_id,
                                const std::string& host_name, const std::string& order_id, bool ok,
                                const std::optional<Message>& text) const {
  auto now = clock_.wall();
  TRY_ASSIGN(auto rows, session.query("SELECT kind, incident_id, state FROM host_orders WHERE id = ? AND "
                                      "host_id = ?",
                                      {order_id, host_id}));
  if (rows.empty()) return false;
  if (rows[0].text(2) == "done" || rows[0].text(2) == "failed") return true;
  TRY(session.execute(
      "UPDATE host_orders SET state = ?, done_at = ?, sent_at = COALESCE(sent_at, ?), result = "
      "? WHERE id = ?",
      {std::string(ok ? "done" : "failed"), to_unix_ms(now), to_unix_ms(now), stored(text), order_id}));
  TRY(add_incident_event(
      session, rows[0].text(1), now,
      {fmt::format("hosts.order.{}_{}", ok ? "done" : "failed", rows[0].text(0)), {{"host", host_name}}}));
  TRY(desk::append_audit(session, now, "agent:" + host_name, fmt::format("order.{}", ok ? "done" : "failed"),
                         "file_incident/" + rows[0].text(1),
                         audit_detail({{"order", order_id}, {"host", "host/" + host_id}})));
  return true;
}

Result<void> HostOrders::end_all(store::Session& session, const std::string& host_id) const {
  auto now = to_unix_ms(clock_.wall());
  TRY(session.execute(
      "UPDATE host_orders SET state = 'expired', done_at = ?, result = ? WHERE host_id = ? AND "
      "state IN ('queued', 'sent')",
      {now, stored(Message{"hosts.order.revoked", {}}), host_id}));
  return {};
}

Result<void> HostOrders::tick() {
  auto now = clock_.wall();
  std::vector<std::pair<std::string, std::string>> over;  // order, incident
  auto late = [&](store::Session& session) -> Result<void> {
    over.clear();
    TRY_ASSIGN(auto rows, session.query("SELECT id, incident_id FROM host_orders WHERE state IN ('queued', "
                                        "'sent') AND expires_at <= ? LIMIT 100",
                                        {to_unix_ms(now)}));
    for (const auto& row : rows) over.emplace_back(row.text(0), row.text(1));
    return {};
  };
  TRY(database_.read(late));
  if (over.empty()) return {};
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(late(session));
    for (const auto& [id, incident] : over) {
      TRY(session.execute("UPDATE host_orders SET state = 'expired', done_at = ?, result = ? WHERE id = ?",
                          {to_unix_ms(now), stored(Message{"hosts.order.expired", {}}), id}));
      TRY(add_incident_event(session, incident, now, {"hosts.order.expired", {}}));
    }
    return {};
  }));
  for (const auto& [id, incident] : over) news_.tell(HostNews::What::kFileIncident, incident);
  return {};
}

}  // namespace vedette::server
