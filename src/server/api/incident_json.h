// Incidents, clocks and regimes as JSON, and the incident that a body describes.
#pragma once

#include <boost/json.hpp>

#include "desk/incidents/incidents.h"
#include "server/api/operation.h"

namespace vedette::server {

boost::json::object incident_json(const desk::Incident& incident);
// `now` is what the remaining time counts from.
boost::json::object clock_json(const desk::LegalClock& clock, WallTime now, Language language);
boost::json::object regime_json(const desk::Regime& regime, Language language);
boost::json::object report_json(const desk::SentReport& report);
boost::json::object entry_json(const desk::IncidentEntry& entry, Language language);

// Sets what the body names; the schema has checked the rest.
Result<void> read_incident(const Call& call, desk::Incident& incident);

}  // namespace vedette::server
