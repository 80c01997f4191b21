#include "server/logs/rule_switch.h"

#include <boost/json.hpp>

#include "base/log.h"
#include "desk/desk.h"
#include "model/refusal.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr const char* kItself = "vedette";

Result<void> audit(store::Session& session, WallTime at, const std::string& by, const std::string& action,
                   const std::string& rule, const json::object& detail) {
  return desk::append_audit(session, at, by, action, "log-rule/" + rule, json::serialize(detail));
}

}  // namespace

Result<std::unique_ptr<RuleSwitch>> RuleSwitch::open(store::Database& database, const Clock& clock,
                                                     Apply apply) {
  std::unique_ptr<RuleSwitch> out(new RuleSwitch(database, clock, std::move(apply)));
  TRY(database.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows,
               session.query("SELECT rule, title, reason, switched_by, since, until FROM log_rules_off"));
    for (const auto& row : rows)
      out->off_[row.text(0)] = {row.text(0),
                                row.text(1),
                                row.text(2),
                                row.text(3),
                                from_unix_ms(row.integer(4)),
                                from_unix_ms(row.integer(5))};
    return {};
  }));
  out->apply_(out->off_);
  return out;
}

Result<RuleOff> RuleSwitch::off(RuleOff off) {
  off.since = clock_.wall();
  if (off.reason.empty() || off.reason.size() > kReasonBytesMax)
    return refuse(ErrorCode::kInvalid, "logs.switch_reason");
  if (off.until <= off.since || off.until > off.since + kLongest)
    return refuse(ErrorCode::kInvalid, "logs.switch_until",
                  {{"days", std::to_string(kLongest.count() / 24)}});
  std::lock_guard lock(change_);
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT COUNT(*) FROM log_rules_off WHERE rule <> ?", {off.rule}));
    if (rows[0].integer(0) >= static_cast<std::int64_t>(kRulesMax))
      return refuse(ErrorCode::kLimit, "logs.switch_many", {{"most", std::to_string(kRulesMax)}});
    TRY(session.execute("DELETE FROM log_rules_off WHERE rule = ?", {off.rule}));
    TRY(session.execute(
        "INSERT INTO log_rules_off (rule, title, reason, switched_by, since, until) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        {off.rule, off.title, off.reason, off.by, to_unix_ms(off.since), to_unix_ms(off.until)}));
    return audit(session, off.since, off.by, "log_rule.off", off.rule,
                 {{"title", off.title}, {"reason", off.reason}, {"until", to_rfc3339(off.until)}});
  }));
  put(off);
  return off;
}

Result<void> RuleSwitch::on(const std::string& rule, const std::string& by) {
  std::lock_guard lock(change_);
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto changed, session.execute("DELETE FROM log_rules_off WHERE rule = ?", {rule}));
    if (changed == 0) return refuse(ErrorCode::kNotFound, "logs.switch_is_on");
    return audit(session, clock_.wall(), by, "log_rule.on", rule, {});
  }));
  take_away({rule});
  return {};
}

void RuleSwitch::tick() {
  const auto now = clock_.wall();
  auto over = [&] {
    std::vector<std::string> out;
    std::lock_guard lock(mutex_);
    for (const auto& [rule, off] : off_)
      if (off.until <= now) out.push_back(rule);
    return out;
  };
  if (over().empty()) return;
  std::lock_guard lock(change_);
  const auto rules = over();
  if (rules.empty()) return;
  auto written = database_.write([&](store::Session& session) -> Result<void> {
    for (const auto& rule : rules) {
      TRY(session.execute("DELETE FROM log_rules_off WHERE rule = ?", {rule}));
      TRY(audit(session, now, kItself, "log_rule.on", rule, {{"why", "its time is over"}}));
    }
    return {};
  });
  // It stays off until the store can be told: what is in force is what a restart would find.
  if (!written) {
    log::error("logs", "rules whose time off is over could not be switched on in the store",
               {{"error.message", written.error().full()}});
    return;
  }
  take_away(rules);
}

std::map<std::string, RuleOff> RuleSwitch::all() const {
  std::lock_guard lock(mutex_);
  return off_;
}

void RuleSwitch::put(RuleOff off) {
  auto now = all();
  now[off.rule] = off;
  apply_(now);
  std::lock_guard lock(mutex_);
  off_ = std::move(now);
}

void RuleSwitch::take_away(const std::vector<std::string>& rules) {
  auto now = all();
  for (const auto& rule : rules) now.erase(rule);
  apply_(now);
  std::lock_guard lock(mutex_);
  off_ = std::move(now);
}

}  // namespace vedette::server
