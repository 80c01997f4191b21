// Reports: papers about incidents, from the draft to the receipt. What the API calls.
//
// A draft follows the facts; submit() freezes it in both languages, and from then on its SHA-256 is what
// people approve and what was sent. Every act is one transaction: the report, the incident's timeline and the
// audit row; send() also marks the clock that the report answers. Thread-safe; blocks for a read or a commit.
//
// Who may approve: different people, as many as the form asks for, at least one of whom has changed nothing
// in the report. That they are leads the API sees to.
#pragma once

#include "desk/incidents/incident_store.h"
#include "desk/reports/form_set.h"
#include "desk/reports/report.h"

namespace vedette::desk {

struct ReportDetail {
  Report report = {};
  const Form* form = nullptr;  // of the set; null: its file is gone, then it can be read but not worked on
  Paper paper = {};            // frozen, or by the facts of now while it is a draft
  std::vector<std::string> missing = {};  // ids of required fields without a value
  std::vector<std::string> changed = {};  // ids of fields whose fact is another one since it was frozen
  std::string reference = {}, incident_title = {};  // of the incident
  std::optional<LegalClock> clock = {};             // that it answers
};

class Reports {
 public:
  Reports(store::Database& database, const Clock& clock, std::shared_ptr<const RegimeSet> regimes,
          std::shared_ptr<const FormSet> forms);

  const FormSet& forms() const { return *forms_; }

  // Of one incident, oldest first; of all (empty): those that are not done, the soonest deadline first.
  Result<std::vector<ReportDetail>> list(const std::string& incident_id);
  Result<ReportDetail> get(const std::string& id);

  // `clock`: which clock of the incident it answers; empty: that of the form, if it names a step. kNotFound:
  // no such form, or no such clock of this incident.
  Result<ReportDetail> draft(const std::string& incident_id, const std::string& form, const ClockKey& clock,
                             const std::string& by);
  // Field id → text; an empty one takes what was typed away. kConflict: not `revision` any more, or it went
  // out already. In review or approved, it is a draft again and the approvals are gone.
  Result<ReportDetail> type(const std::string& id, std::int64_t revision,
                            const std::map<std::string, std::string>& texts, const std::string& by);
  // kConflict names the required fields that are missing.
  Result<ReportDetail> submit(const std::string& id, const std::string& by);
  // `sha256`: of the paper that was read. kForbidden: who made it may not be the only one.
  Result<ReportDetail> approve(const std::string& id, const std::string& sha256, const std::string& by);
  Result<ReportDetail> give_back(const std::string& id, const std::string& note, const std::string& by);
  Result<ReportDetail> send(const std::string& id, WallTime sent_at, const std::string& note,
                            const std::string& by);
  Result<ReportDetail> take_back(const std::string& id, const std::string& note, const std::string& by);
  Result<ReportDetail> receipt(const std::string& id, const std::string& receipt, const std::string& by);
  Result<ReportDetail> drop(const std::string& id, const std::string& note, const std::string& by);

  Result<Organisation> organisation();
  Result<Organisation> set_organisation(const Organisation& organisation, const std::string& by);

 private:
  struct Deed {
    std::string kind = {};  // "report_" and this is the kind of the timeline's entry
    std::map<std::string, std::string> arguments = {};
  };
  struct Work {  // what an act works on, inside the transaction
    store::Session& session;
    Report& report;
    Incident& incident;
    const Form& form;
  };
  using Act = std::function<Result<Deed>(const Work&)>;
  Result<ReportDetail> act(const std::string& id, const std::string& by, const Act& deed);
  Result<void> write_down(store::Session& session, const Report& report, const Form& form,
                          const Incident& incident, const Deed& deed, const std::string& by);
  Result<Paper> paper_now(store::Session& session, const Report& report, const Incident& incident,
                          const Form& form) const;
  Result<ReportDetail> detail(store::Session& session, Report report) const;

  store::Database& database_;
  const Clock& clock_;
  const std::shared_ptr<const RegimeSet> regimes_;
  const std::shared_ptr<const FormSet> forms_;
};

}  // namespace vedette::desk
