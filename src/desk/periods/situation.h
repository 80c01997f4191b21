// Situation reports: once a day while a watch period runs, what is so at that moment, frozen like a handover,
// and told to whom a policy names.
//
// The report itself stays in the console (list, PDF, ODT); what is sent says how much is open and where to
// read it. It is an informational alert ("situation_report") that climbs by the policy the period's schedule
// names, so that somebody acknowledges having read it. All state is in the store: any number of these objects
// may be there. Thread-safe; blocks for a read or a commit.
#pragma once

#include "desk/handover/handover.h"
#include "desk/periods/period.h"

namespace vedette::desk {

inline constexpr std::string_view kSituationReport = "situation_report";

struct ReportSchedule {
  std::optional<int> minute = {};  // of the local day; none: no report
  std::string policy_id = {};      // whom it is sent to; empty: nobody
};

struct SituationReport {
  std::string id = {}, period_id = {}, period_name = {};
  std::string day = {};  // local, "2026-02-15"
  WallTime made_at{};
  std::string made_by = {};  // "desk" when it was made by schedule
  std::string list = {};     // frozen_text() of its items
  std::string sha256 = {};   // of `list`
};
inline constexpr std::int64_t kSituationReportsShown = 200;

// Inside the caller's transaction or snapshot.
Result<ReportSchedule> load_report_schedule(store::Session& session, const std::string& period_id);

class SituationReports {
 public:
  // What is open now: Handovers::preview().
  using Open = std::function<Result<std::vector<HandoverItem>>()>;
  SituationReports(store::Database& database, Desk& desk, const Clock& clock, Open open)
      : database_(database), desk_(desk), clock_(clock), open_(std::move(open)) {}

  Result<ReportSchedule> schedule(const std::string& period_id);
  // kInvalid: there is no such policy, or it sends nothing of informational severity.
  Result<ReportSchedule> set_schedule(const std::string& period_id, const ReportSchedule& schedule,
                                      const std::string& by);

  Result<std::vector<SituationReport>> reports(const std::string& period_id);  // newest first
  Result<SituationReport> report(const std::string& id);
  // Of today, now. kConflict: the period does not run, or there is one of today.
  Result<SituationReport> make(const std::string& period_id, const std::string& by);
  // Makes what is due; how many. Call it about once a minute: what was due while nothing ran is made once.
  Result<std::size_t> check();

 private:
  Result<SituationReport> freeze(const WatchPeriod& period, const std::string& day, const std::string& by);
  Result<std::vector<HandoverItem>> facts(const WatchPeriod& period);

  store::Database& database_;
  Desk& desk_;
  const Clock& clock_;
  const Open open_;
};

}  // namespace vedette::desk
