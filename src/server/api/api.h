// Api: what the API's handlers work on, and the one table of all operations. Everything is borrowed from the
// wiring (server/instance.h) and outlives the Dispatch.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "desk/advisories/advisories.h"
#include "desk/desk.h"
#include "desk/directives/directives.h"
#include "desk/evidence/evidence_vault.h"
#include "desk/handover/handovers.h"
#include "desk/heartbeats/heartbeats.h"
#include "desk/incidents/incidents.h"
#include "desk/incidents/observables.h"
#include "desk/incidents/tasks.h"
#include "desk/intake/intake_poller.h"
#include "desk/periods/periods.h"
#include "desk/playbooks/playbooks.h"
#include "desk/reports/reports.h"
#include "desk/roster/rosters.h"
#include "desk/units/units.h"
#include "server/accounts/accounts.h"
#include "server/api/health.h"
#include "server/api/operation.h"
#include "server/config/live_config.h"
#include "sites/watch/site_watch.h"
#include "store/database.h"

namespace vedette::server {

class Tour;
class Agents;
class LogService;

struct Api {
  store::Database& database;
  desk::Desk& desk;
  desk::Rosters& rosters;
  desk::Heartbeats& heartbeats;
  desk::Incidents& incidents;
  desk::Reports& reports;
  desk::Handovers& handovers;
  desk::Periods& periods;
  desk::Playbooks& playbooks;
  desk::IncidentTasks& tasks;
  desk::IncidentObservables& observables;
  desk::EvidenceVault& evidence;
  desk::Advisories& advisories;
  desk::Directives& directives;
  desk::Intake& intake;
  desk::IntakePoller& mailboxes;
  desk::Units& units;
  sites::SiteWatch& sites;
  Accounts& accounts;
  Tour& tour;
  LiveConfig& config;
  const Clock& clock;
  std::string version;
  WallTime started_at{};
  std::function<std::string()> openapi;  // the document of the finished table
  Agents* agents = nullptr;              // null: this server takes none
  LogService* logs = nullptr;            // null: this server takes no logs
  std::unique_ptr<Ailments> ailments = std::make_unique<Ailments>();

  // The audit row of a change to a site, for the transaction that stores the change.
  sites::SiteWatch::Alongside audited(const Call& call, std::string_view action,
                                      const boost::json::object& detail = {}) const;
  // A change that has no transaction of ours (the tour): its audit row afterwards. Error: the change
  // happened, but the log of it failed.
  Result<void> audit(const Call& call, std::string_view action, const std::string& object,
                     const boost::json::object& detail = {}) const;
};

// One function a resource, each in its own file; registry.cpp joins them.
std::vector<Operation> session_operations(Api& api);
std::vector<Operation> setup_operations(Api& api);
std::vector<Operation> second_factor_operations(Api& api);
std::vector<Operation> site_operations(Api& api);
std::vector<Operation> site_history_operations(Api& api);
std::vector<Operation> site_answer_operations(Api& api);
std::vector<Operation> alert_operations(Api& api);
std::vector<Operation> alert_action_operations(Api& api);
std::vector<Operation> incident_operations(Api& api);
std::vector<Operation> incident_action_operations(Api& api);
std::vector<Operation> channel_operations(Api& api);
std::vector<Operation> people_operations(Api& api);
std::vector<Operation> roster_operations(Api& api);
std::vector<Operation> roster_change_operations(Api& api);
std::vector<Operation> user_operations(Api& api);
std::vector<Operation> token_operations(Api& api);
std::vector<Operation> enrolment_operations(Api& api);
std::vector<Operation> host_operations(Api& api);
std::vector<Operation> group_operations(Api& api);
std::vector<Operation> file_incident_operations(Api& api);
std::vector<Operation> event_operations(Api& api);
std::vector<Operation> log_operations(Api& api);
std::vector<Operation> log_rule_operations(Api& api);
std::vector<Operation> log_search_operations(Api& api);
std::vector<Operation> audit_operations(Api& api);
std::vector<Operation> health_operations(Api& api);
std::vector<Operation> tour_operations(Api& api);
std::vector<Operation> meta_operations(Api& api);

// "from" and "to" of a query.
std::vector<QueryParameter> span_parameters();
Result<std::pair<WallTime, WallTime>> span_of(const Call& call, WallTime now, std::chrono::hours otherwise);

std::vector<Operation> all_operations(Api& api);
Components all_components();

}  // namespace vedette::server
