#include "server/api/incident_shapes.h"

#include "desk/incidents/incident.h"
#include "server/api/shapes.h"

namespace vedette::server {
using namespace shape;
namespace {

using Limits = desk::IncidentLimits;

Schema tlp_name() { return one_of({"red", "amber+strict", "amber", "green", "clear"}); }
Schema status_name() { return one_of({"verified", "unverified"}); }
Schema start_name() { return one_of({"detected", "aware", "request_received", "finished", "sent"}); }
Schema regime_ids() { return list(text(40, 1), Limits::kRegimes); }
Schema flag_names() { return list(one_of({"beyond_capacity", "urgent"})); }
Schema day() { return text(10, 10); }

std::vector<SchemaField> incident_fields() {
  return {required("id", id()),
          required("reference", text(20)),
          required("revision", count()),
          required("title", text(Limits::kTitleBytes)),
          required("summary", text(Limits::kTextBytes)),
          required("severity", severity_name()),
          required("tlp", tlp_name()),
          required("state", incident_state_name(true)),
          required("regimes", regime_ids()),
          required("detected_at", nullable(time())),
          required("aware_at", nullable(time())),
          required("request_received_at", nullable(time())),
          required("finished_at", nullable(time())),
          required("beyond_capacity", boolean()),
          required("urgent", boolean()),
          required("commander", nullable(id())),
          required("deputy", nullable(id())),
          required("scribe", nullable(id())),
          required("liaison", nullable(id())),
          required("merged_into", nullable(id())),
          required("split_from", nullable(id())),
          required("created_at", time()),
          required("created_by", text()),
          required("updated_at", time()),
          required("closed_at", nullable(time())),
          required("closed_by", nullable(text())),
          required("close_note", nullable(text(Limits::kTextBytes)))};
}

std::vector<SchemaField> clock_fields() {
  return {required("regime", text(40)),
          required("regime_name", text(2'000)),
          required("step", text(40)),
          required("step_name", text(2'000)),
          required("state", one_of({"waiting", "running", "overdue", "done", "done_late", "not_in_force"})),
          required("status", status_name()),
          required("start", start_name()),
          required("starts_at", nullable(time())),
          required("due_at", nullable(time())),
          required("remaining_seconds", nullable(integer(INT64_MIN, INT64_MAX))),
          required("sent_at", nullable(time())),
          required("zone", text(64)),
          required("counted", text(2'000)),
          required("assumptions", list(text(2'000))),
          required("recipients", list(text(2'000))),
          required("form", text(2'000)),
          required("citation", text(2'000))};
}

}  // namespace

Schema incident_state_name(bool closed) {
  if (closed) return one_of({"new", "triaged", "contained", "eradicated", "recovered", "closed"});
  return one_of({"new", "triaged", "contained", "eradicated", "recovered"});
}

Schema incident_shape() { return object(incident_fields()); }

Schema incident_detail_shape() {
  auto fields = incident_fields();
  auto report = object({required("regime", text(40)), required("step", text(40)), required("sent_at", time()),
                        required("recorded_at", time()), required("by", text()),
                        required("note", text(Limits::kTextBytes))});
  fields.push_back(required("clocks", list(reference("Clock"))));
  fields.push_back(required("reports", list(std::move(report))));
  fields.push_back(required("alerts", list(id())));
  fields.push_back(required("merged", list(id())));
  fields.push_back(required("units", list(text(64))));
  return object(std::move(fields));
}

Schema incident_entry_shape() {
  return object({required("id", id()), required("incident_id", id()), required("at", time()),
                 required("happened_at", nullable(time())), required("kind", text(40)),
                 required("actor", text()), required("text", text(100'000))});
}

Schema incident_input(bool fresh) {
  std::vector<SchemaField> fields = {{"title", text(Limits::kTitleBytes, 1), fresh},
                                     {"severity", severity_name(), fresh},
                                     optional("summary", text(Limits::kTextBytes)),
                                     optional("tlp", tlp_name()),
                                     optional("regimes", regime_ids()),
                                     optional("detected_at", nullable(time())),
                                     optional("aware_at", nullable(time())),
                                     optional("request_received_at", nullable(time())),
                                     optional("finished_at", nullable(time())),
                                     optional("beyond_capacity", boolean()),
                                     optional("urgent", boolean()),
                                     optional("commander", nullable(id())),
                                     optional("deputy", nullable(id())),
                                     optional("scribe", nullable(id())),
                                     optional("liaison", nullable(id()))};
  fields.push_back(fresh ? optional("alerts", list(id(), Limits::kAlerts)) : required("revision", count()));
  return object(std::move(fields));
}

Schema clock_shape() { return object(clock_fields()); }

Schema open_clock_shape() {
  auto fields = clock_fields();
  fields.push_back(required("incident_id", id()));
  fields.push_back(required("reference", text(20)));
  fields.push_back(required("title", text(Limits::kTitleBytes)));
  return object(std::move(fields));
}

Schema regime_shape() {
  auto step =
      object({required("id", text(40)), required("name", text(2'000)), required("start", start_name()),
              required("after", nullable(text(40))),
              required("unit", one_of({"at_once", "hours", "days", "whole_days", "working_days", "months"})),
              required("amount", nullable(count())), required("when", flag_names()),
              required("unless", flag_names()), required("recipients", list(text(2'000))),
              required("form", text(2'000)), required("citation", text(2'000))});
  return object({required("id", text(40)), required("name", text(2'000)), required("applies_to", text(2'000)),
                 required("kind", one_of({"law", "internal"})), required("status", status_name()),
                 required("verified_on", nullable(day())), required("citation", text(2'000)),
                 required("in_force_from", nullable(day())), required("in_force_to", nullable(day())),
                 required("zone", text(64)), required("steps", list(std::move(step)))});
}

}  // namespace vedette::server
