// What the agent's log spool holds and the server takes (server/hosts/agent_logs.h): a piece of one log, or
// the notice that something of it was gone before it was read. Pure.
//
//   {"kind":"log","source":"/var/log/auth.log","format":"text","zone":"Asia/Ho_Chi_Minh","text":"…"}
//   {"kind":"log_gap","source":…,"count":1}
//
// Bytes that JSON would make much longer or cannot hold come as "base64" in place of "text".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vedette::agent {

std::string log_record(std::string_view source, std::string_view format, std::string_view zone,
                       std::string_view text);
std::string log_gap_record(std::string_view source, std::uint64_t count);

// This host's zone as the IANA database names it, for times in logs that tell none; "" where it cannot be
// told.
std::string system_zone_name();

}  // namespace vedette::agent
