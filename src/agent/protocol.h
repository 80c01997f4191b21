// The agent's side of /agent/v1 (server/hosts/agent_routes.h): JSON over HTTPS with mutual TLS.
#pragma once

#include <boost/json/fwd.hpp>
#include <string_view>

#include "agent/enrolment.h"

namespace vedette::agent {

boost::json::object facts_json(const HostFacts& facts);

// kUnauthorized: the server does not know this host any more. kConflict: send again. Others as http_call().
Result<boost::json::object> call_server(const Identity& identity, std::string_view name,
                                        const boost::json::object& body, bool with_certificate = true);

}  // namespace vedette::agent
