// Periods: the change freeze, and what was changed in spite of it.
#include <boost/json.hpp>

#include "base/id.h"
#include "desk/periods/period_store.h"
#include "desk/periods/periods.h"
#include "model/refusal.h"

namespace vedette::desk {

namespace json = boost::json;

Result<std::optional<WatchPeriod>> Periods::freeze() {
  std::optional<WatchPeriod> out;
  const auto now = clock_.wall();
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto periods, load_running_periods(session, now));
    for (auto& one : periods) {
      if (!out && is_frozen(one, now)) out = std::move(one);
    }
    return {};
  }));
  return out;
}

Result<void> Periods::note_exception(const std::string& id, const std::string& action,
                                     const std::string& object, const std::string& reason,
                                     const std::string& by) {
  if (reason.empty() || reason.size() > PeriodLimits::kReasonBytes)
    return refuse(ErrorCode::kInvalid, "field.bytes",
                  {{"field", "freeze_reason"}, {"most", std::to_string(PeriodLimits::kReasonBytes)}});
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY(
        session.execute("INSERT INTO freeze_exceptions(id, period_id, at, actor, action, object, reason) "
                        "VALUES (?,?,?,?,?,?,?)",
                        {new_id(clock_), id, to_unix_ms(clock_.wall()), by, action, object, reason}));
    return append_audit(
        session, clock_.wall(), by, "freeze.exception", "period/" + id,
        json::serialize(json::object{{"action", action}, {"object", object}, {"reason", reason}}));
  });
}

Result<std::vector<Periods::Exception>> Periods::exceptions(const std::string& id) {
  std::vector<Exception> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_period(session, id));
    TRY_ASSIGN(
        auto rows,
        session.query("SELECT at, actor, action, object, reason FROM freeze_exceptions WHERE period_id = ? "
                      "ORDER BY at DESC, id DESC LIMIT ?",
                      {id, PeriodLimits::kExceptionsShown}));
    for (const auto& row : rows)
      out.push_back({from_unix_ms(row.integer(0)), row.text(1), row.text(2), row.text(3), row.text(4)});
    return {};
  }));
  return out;
}

}  // namespace vedette::desk
