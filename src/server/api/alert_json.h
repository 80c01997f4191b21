// Alerts as the API shows them, in the language asked for.
#pragma once

#include <boost/json.hpp>

#include "desk/desk.h"
#include "model/message.h"

namespace vedette::server {

boost::json::object alert_json(const desk::Alert& alert, Language language);
boost::json::object finding_json(const Finding& finding, Language language);
boost::json::object timeline_json(const desk::TimelineEntry& entry, Language language);
boost::json::object notification_json(const desk::Notification& notification);

}  // namespace vedette::server
