// Incidents: opening, working and closing cases. What the API calls.
//
// Every change is one transaction: the incident, its entry in the timeline and the audit row. Clocks are
// computed from the facts when asked (desk/clocks); what is stored of them is which reports went out.
// check_clocks() hands what comes near or has passed to the desk as findings ("clock_due"), in the
// transaction that remembers them. Thread-safe; blocks for a read or a commit.
//
// A merged incident keeps all it has and is worked on in the other one until it is unmerged; the other one
// gains its alerts, regimes, reports and the earlier of the facts, and shows its timeline.
#pragma once

#include <mutex>

#include "desk/incidents/incident_store.h"

namespace vedette::desk {

inline constexpr std::string_view kClockDue = "clock_due";

struct IncidentDetail {
  Incident incident = {};
  std::vector<LegalClock> clocks = {};  // soonest first; those without a due time last
  std::vector<SentReport> reports = {};
  std::vector<std::string> alerts = {}, merged = {};  // ids
  std::vector<std::string> units = {};                // of its alerts
};

class Incidents {
 public:
  Incidents(store::Database& database, Desk& desk, const Clock& clock,
            std::shared_ptr<const RegimeSet> regimes);

  const RegimeSet& regimes() const { return *regimes_; }

  Result<Listing<Incident>> list(const IncidentQuery& query);
  Result<IncidentDetail> get(const std::string& id);
  Result<IncidentState> state(const std::string& id);
  Result<Listing<IncidentEntry>> timeline(const std::string& id, const std::string& cursor,
                                          std::size_t limit);
  // The open clocks of open incidents, soonest first; waiting ones without a due time are left out.
  struct OpenClock {
    std::string incident_id = {}, reference = {}, title = {};
    LegalClock clock = {};
  };
  Result<std::vector<OpenClock>> open_clocks(std::size_t limit);

  // id, reference, state and what belongs to closing and merging are not taken from `draft`.
  Result<Incident> open(const Incident& draft, const std::vector<std::string>& alerts, const std::string& by);
  // Title, summary, severity, TLP, regimes, facts and roles. kConflict: not `changed.revision` any more.
  Result<Incident> change(const Incident& changed, const std::string& by);
  Result<Incident> move(const std::string& id, IncidentState state, const std::string& note,
                        const std::string& by);
  // kConflict names the clocks that are open.
  Result<Incident> close(const std::string& id, const std::string& note, const std::string& by);
  Result<Incident> reopen(const std::string& id, const std::string& note, const std::string& by);

  Result<Incident> link(const std::string& id, const std::string& alert_id, const std::string& by);
  Result<Incident> unlink(const std::string& id, const std::string& alert_id, const std::string& by);
  // `happened_at`: when what is noted took place, where that is not now.
  Result<Incident> note(const std::string& id, const std::string& text, std::optional<WallTime> happened_at,
                        const std::string& by);
  // The mark that a report went out. kConflict: there is one already; kNotFound: no such clock of this
  // incident.
  Result<Incident> report_sent(const std::string& id, const SentReport& report);
  Result<Incident> withdraw_report(const std::string& id, const ClockKey& key, const std::string& by);

  Result<Incident> merge(const std::string& id, const std::string& into, const std::string& by);
  Result<Incident> unmerge(const std::string& id, const std::string& by);
  // A new incident with the facts, regimes and severity of this one; the alerts named move to it. Reports are
  // not taken over: whether they cover the new one too is for a person to say.
  Result<Incident> split(const std::string& id, const std::string& title,
                         const std::vector<std::string>& alerts, const std::string& by);

  // Reports clocks of which half the time is gone, two hours are left, or the time has passed, each once, and
  // what is over. Call it about every half minute. How many it reported.
  Result<std::size_t> check_clocks();

  using Changed = std::function<void(const std::string& incident_id)>;  // after the commit, any thread
  void on_change(Changed changed);  // replaces the one before; empty: nobody

  // What the other parts of a case (tasks, observables, evidence) are done through: the incident is loaded
  // and refused if it is merged, or closed where it must be open; the deed runs; what it did goes into
  // timeline and audit log. One transaction; the writer's thread. What an action did, for the timeline and
  // the audit log.
  struct Deed {
    std::string kind = {};
    std::map<std::string, std::string> arguments = {};
    std::optional<WallTime> happened_at = {};
    // Something beside the incident's own fields: its revision stays, so that whoever is changing them is not
    // refused because a colleague ticked a task.
    bool beside = false;
  };
  using Act = std::function<Result<Deed>(store::Session&, Incident&)>;
  enum class When { kOpen, kAny };  // whether it may be done to a closed incident
  Result<Incident> act(const std::string& id, const std::string& by, When when, const Act& deed);

 private:
  void tell(const std::string& incident_id);
  Result<void> write_down(store::Session& session, const Incident& incident, const Deed& deed,
                          const std::string& by);
  Result<void> check_people(store::Session& session, const IncidentRoles& before, const IncidentRoles& after);
  Result<std::vector<LegalClock>> clocks(store::Session& session, const Incident& incident) const;

  store::Database& database_;
  Desk& desk_;
  const Clock& clock_;
  const std::shared_ptr<const RegimeSet> regimes_;
  std::mutex changed_mutex_;
  Changed changed_;
};

}  // namespace vedette::desk
