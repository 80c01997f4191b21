// What the server itself finds out about a watched host. Title, reason and next step are hosts.<kind>.title,
// .reason and .next in content/text, with {host} and `arguments`; the dedup key is the caller's. Any thread.
#pragma once

#include "base/clock.h"
#include "model/finding.h"
#include "server/hosts/hosts.h"

namespace vedette::server {

Finding host_finding(const Clock& clock, const Host& host, Watch watch, std::string_view kind,
                     Severity severity, std::map<std::string, std::string> arguments);

}  // namespace vedette::server
