// Hosts and file incidents as the API shows them, in the language asked for.
#pragma once

#include <boost/json.hpp>

#include "model/message.h"
#include "server/hosts/hosts.h"

namespace vedette::server {

boost::json::object host_json(const Host& host, Language language);
boost::json::object enrolment_json(const Hosts::Enrolment& enrolment);
boost::json::object group_json(const Hosts::Group& group);
boost::json::object host_command_json(const HostOrder& order, Language language);
boost::json::object incident_json(const IncidentRow& incident);
boost::json::object incident_detail_json(const IncidentDetail& incident, Language language);

}  // namespace vedette::server
