#include "desk/retention.h"

#include <boost/json.hpp>

#include "desk/audit.h"

namespace vedette::desk {
namespace {

constexpr std::int64_t kRowsAtOnce = 2'000;
constexpr std::int64_t kAlertsAtOnce = 200;

struct Part {
  std::string_view table, key;
};
constexpr Part kParts[] = {
    {"findings", "uid"}, {"alert_evidence", "sequence"}, {"timeline", "sequence"}, {"notifications", "id"}};

class Removal {
 public:
  explicit Removal(store::Session& session) : session_(session) {}

  // False when there is more of it than this transaction may take.
  Result<bool> family(const std::string& root) {
    TRY_ASSIGN(auto merged,
               session_.query("SELECT id FROM alerts WHERE merged_into = ? LIMIT ?", {root, kAlertsAtOnce}));
    for (const auto& row : merged) {
      TRY_ASSIGN(bool whole, alert(row.text(0)));
      if (!whole) return false;
    }
    if (static_cast<std::int64_t>(merged.size()) == kAlertsAtOnce) return false;
    return alert(root);
  }
  // Of findings that never became part of an alert.
  Result<bool> loose_findings(WallTime before) {
    return rows(
        "DELETE FROM findings WHERE uid IN (SELECT uid FROM findings WHERE alert_id IS NULL AND "
        "observed_at < ? LIMIT ?)",
        to_unix_ms(before));
  }
  std::int64_t alerts() const { return alerts_; }

 private:
  Result<bool> alert(const std::string& id) {
    for (auto [table, key] : kParts) {
      TRY_ASSIGN(bool whole,
                 rows(fmt::format("DELETE FROM {0} WHERE {1} IN (SELECT {1} FROM {0} WHERE alert_id = ? "
                                  "LIMIT ?)",
                                  table, key),
                      id));
      if (!whole) return false;
    }
    TRY(session_.execute("DELETE FROM alerts WHERE id = ?", {id}));
    ++alerts_;
    return true;
  }
  Result<bool> rows(std::string_view sql, store::Value of) {
    TRY_ASSIGN(auto gone, session_.execute(sql, {std::move(of), room_}));
    room_ -= gone;
    return room_ > 0;
  }

  store::Session& session_;
  std::int64_t room_ = kRowsAtOnce;
  std::int64_t alerts_ = 0;
};

}  // namespace

Result<Forgotten> forget_closed(store::Session& session, const DeskContext& desk, WallTime closed_before) {
  TRY_ASSIGN(
      auto roots,
      session.query("WITH RECURSIVE kept(id) AS (SELECT alert_id FROM incident_alerts UNION SELECT "
                    "a.merged_into FROM alerts a JOIN kept k ON a.id = k.id WHERE a.merged_into IS NOT NULL) "
                    "SELECT id FROM alerts WHERE state = 'closed' AND merged_into IS NULL AND "
                    "closed_at < ? AND id NOT IN (SELECT id FROM kept) ORDER BY closed_at LIMIT ?",
                    {to_unix_ms(closed_before), kAlertsAtOnce}));
  Removal removal(session);
  bool whole = static_cast<std::int64_t>(roots.size()) < kAlertsAtOnce;
  for (const auto& root : roots) {
    TRY_ASSIGN(bool gone, removal.family(root.text(0)));
    if (gone) continue;
    whole = false;
    break;
  }
  if (whole) {
    TRY_ASSIGN(whole, removal.loose_findings(closed_before));
  }
  if (removal.alerts() > 0) {
    boost::json::object detail{{"alerts", removal.alerts()}, {"closed_before", to_rfc3339(closed_before)}};
    TRY(append_audit(session, desk.clock.wall(), "desk", "alerts.forgotten", "alerts",
                     boost::json::serialize(detail)));
  }
  return Forgotten{removal.alerts(), !whole};
}

Result<bool> evidence_is_kept(store::Session& session, const std::string& sha256) {
  TRY_ASSIGN(auto rows, session.query("SELECT 1 FROM alert_evidence WHERE sha256 = ? LIMIT 1", {sha256}));
  return !rows.empty();
}

}  // namespace vedette::desk
