#include "desk/periods/situation.h"

#include <boost/json.hpp>

#include "base/hash.h"
#include "base/id.h"
#include "desk/escalation/policy_store.h"
#include "desk/own_finding.h"
#include "desk/periods/period_store.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;
constexpr std::string_view kReportColumns = "id, period_id, period_name, day, made_at, made_by, list, sha256";

SituationReport situation_from(const store::Row& row) {
  return {row.text(0), row.text(1), row.text(2), row.text(3), from_unix_ms(row.integer(4)),
          row.text(5), row.text(6), row.text(7)};
}

// Today in the period's zone, and the moment of it at which a report is due.
Result<std::pair<std::string, WallTime>> due_today(const WatchPeriod& period, int minute, WallTime now) {
  TRY_ASSIGN(auto zone, Zone::find(period.zone));
  const auto day = std::chrono::floor<std::chrono::days>(zone.local(now));
  return std::pair(to_local_text(day).substr(0, 10), zone.first_at(day + std::chrono::minutes(minute)));
}

Result<bool> is_made(store::Session& session, const std::string& period_id, const std::string& day) {
  TRY_ASSIGN(auto rows, session.query("SELECT 1 FROM situation_reports WHERE period_id = ? AND day = ?",
                                      {period_id, day}));
  return !rows.empty();
}

std::size_t count_of(const std::vector<HandoverItem>& items, std::string_view kind) {
  return static_cast<std::size_t>(std::ranges::count(items, kind, &HandoverItem::kind));
}

Finding situation_finding(const Clock& clock, const SituationReport& report,
                          const std::vector<HandoverItem>& items) {
  auto finding = own_finding(clock, kSituationReport);
  finding.severity = Severity::kInformational;
  finding.asset = {"period", report.period_id, report.period_name};
  std::map<std::string, std::string> arguments = {{"period", report.period_name},
                                                  {"day", report.day},
                                                  {"alerts", std::to_string(count_of(items, "alert"))},
                                                  {"incidents", std::to_string(count_of(items, "incident"))},
                                                  {"blind", std::to_string(count_of(items, "blind"))},
                                                  {"channels", std::to_string(count_of(items, "channel"))}};
  finding.title = {"desk.situation_report.title", arguments};
  finding.reason = {"desk.situation_report.reason", arguments};
  finding.next_step = {"desk.situation_report.next_step", arguments};
  finding.dedup_key = fmt::format("desk/period/{}/report/{}", report.period_id, report.day);
  return finding;
}

}  // namespace

Result<ReportSchedule> load_report_schedule(store::Session& session, const std::string& period_id) {
  TRY_ASSIGN(auto rows, session.query("SELECT minute, policy_id FROM report_schedules WHERE period_id = ?",
                                      {period_id}));
  if (rows.empty()) return ReportSchedule{};
  ReportSchedule out{.policy_id = rows[0].text(1)};
  if (!rows[0].is_null(0)) out.minute = static_cast<int>(rows[0].integer(0));
  return out;
}

Result<ReportSchedule> SituationReports::schedule(const std::string& period_id) {
  ReportSchedule out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_period(session, period_id));
    TRY_ASSIGN(out, load_report_schedule(session, period_id));
    return {};
  }));
  return out;
}

Result<ReportSchedule> SituationReports::set_schedule(const std::string& period_id,
                                                      const ReportSchedule& schedule, const std::string& by) {
  if (schedule.minute && (*schedule.minute < 0 || *schedule.minute >= kDayMinutes))
    return refuse(ErrorCode::kInvalid, "field.range",
                  {{"field", "minute"}, {"least", "0"}, {"most", std::to_string(kDayMinutes - 1)}});
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(load_period(session, period_id));
    if (!schedule.policy_id.empty()) {
      auto policy = load_policy(session, schedule.policy_id);
      if (!policy)
        return refuse(ErrorCode::kInvalid, "period.policy",
                      {{"field", "policy_id"}, {"id", schedule.policy_id.substr(0, 64)}});
      if (policy->least > Severity::kInformational)
        return refuse(ErrorCode::kInvalid, "period.report_policy",
                      {{"field", "policy_id"}, {"policy", policy->name}});
    }
    store::Value minute = std::monostate{};
    if (schedule.minute) minute = std::int64_t{*schedule.minute};
    TRY(
        session.execute("INSERT INTO report_schedules(period_id, minute, policy_id) VALUES (?,?,?) ON "
                        "CONFLICT(period_id) DO UPDATE SET minute = excluded.minute, policy_id = "
                        "excluded.policy_id",
                        {period_id, minute, schedule.policy_id}));
    return append_audit(session, clock_.wall(), by, "period.report_schedule", "period/" + period_id,
                        json::serialize(json::object{
                            {"minute", schedule.minute ? json::value(*schedule.minute) : json::value()},
                            {"policy", schedule.policy_id}}));
  }));
  return schedule;
}

Result<std::vector<SituationReport>> SituationReports::reports(const std::string& period_id) {
  std::vector<SituationReport> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_period(session, period_id));
    TRY_ASSIGN(auto rows, session.query(fmt::format("SELECT {} FROM situation_reports WHERE period_id = ? "
                                                    "ORDER BY made_at DESC, id DESC LIMIT ?",
                                                    kReportColumns),
                                        {period_id, kSituationReportsShown}));
    for (const auto& row : rows) out.push_back(situation_from(row));
    return {};
  }));
  return out;
}

Result<SituationReport> SituationReports::report(const std::string& id) {
  SituationReport out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(
        auto rows,
        session.query(fmt::format("SELECT {} FROM situation_reports WHERE id = ?", kReportColumns), {id}));
    if (rows.empty()) return refuse(ErrorCode::kNotFound, "period.no_report", {{"id", id.substr(0, 64)}});
    out = situation_from(rows[0]);
    return {};
  }));
  return out;
}

Result<SituationReport> SituationReports::freeze(const WatchPeriod& period, const std::string& day,
                                                 const std::string& by) {
  TRY_ASSIGN(auto items, facts(period));
  SituationReport made{.id = new_id(clock_),
                       .period_id = period.id,
                       .period_name = period.name,
                       .day = day,
                       .made_at = clock_.wall(),
                       .made_by = by};
  auto finding = situation_finding(clock_, made, items);
  made.list = frozen_text({std::move(items), ""});
  made.sha256 = sha256_hex(made.list);
  TRY(desk_.report_alongside({finding}, [&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(bool there, is_made(session, period.id, day));
    if (there) return refuse(ErrorCode::kConflict, "period.report_made", {{"day", day}});
    TRY(session.execute(
        fmt::format("INSERT INTO situation_reports({}) VALUES (?,?,?,?,?,?,?,?)", kReportColumns),
        {made.id, made.period_id, made.period_name, made.day, to_unix_ms(made.made_at), made.made_by,
         made.list, made.sha256}));
    return append_audit(session, made.made_at, by, "period.report_made", "period/" + period.id,
                        json::serialize(json::object{{"day", day}, {"sha256", made.sha256}}));
  }));
  return made;
}

Result<SituationReport> SituationReports::make(const std::string& period_id, const std::string& by) {
  WatchPeriod period;
  const auto now = clock_.wall();
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(period, load_period(session, period_id));
    return {};
  }));
  if (state_of(period, now) != PeriodState::kRunning)
    return refuse(ErrorCode::kConflict, "period.not_running");
  TRY_ASSIGN(auto today, due_today(period, 0, now));
  return freeze(period, today.first, by);
}

Result<std::size_t> SituationReports::check() {
  std::vector<std::pair<WatchPeriod, std::string>> due;
  const auto now = clock_.wall();
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto periods, load_periods(session, now));
    for (auto& one : periods) {
      if (state_of(one, now) != PeriodState::kRunning) continue;
      TRY_ASSIGN(auto schedule, load_report_schedule(session, one.id));
      if (!schedule.minute) continue;
      TRY_ASSIGN(auto today, due_today(one, *schedule.minute, now));
      if (now < today.second || today.second < one.begins) continue;
      TRY_ASSIGN(bool made, is_made(session, one.id, today.first));
      if (!made) due.emplace_back(std::move(one), today.first);
    }
    return {};
  }));
  std::size_t made = 0;
  for (const auto& [period, day] : due) {
    auto report = freeze(period, day, "desk");
    // Somebody was quicker.
    if (!report && report.error().code() == ErrorCode::kConflict) continue;
    if (!report) return std::unexpected(report.error());
    ++made;
  }
  return made;
}

}  // namespace vedette::desk
