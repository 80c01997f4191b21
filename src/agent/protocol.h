// The agent's side of /agent/v1 (server/hosts/agent_routes.h): JSON over HTTPS with mutual TLS.
#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <optional>
#include <string_view>

#include "agent/enrolment.h"

namespace vedette::agent {

boost::json::object facts_json(const HostFacts& facts);

// kUnauthorized: the server does not know this host any more. kConflict: send again. kLimit (429) and
// kUnavailable (503): later; `retry_after` is when, where the server says so (at most an hour). Others as
// http_call(). Hostile input: an answer is at most 4 MiB, nested 8 deep.
Result<boost::json::object> call_server(const Identity& identity, std::string_view name,
                                        const boost::json::object& body, bool with_certificate = true,
                                        std::chrono::seconds* retry_after = nullptr);
// The seconds of a Retry-After header (RFC 9110, 10.2.3); a date or nonsense is nothing.
std::optional<std::chrono::seconds> retry_after_of(std::string_view value);

}  // namespace vedette::agent
