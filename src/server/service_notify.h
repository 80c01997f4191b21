// Tells the service supervisor how we are (sd_notify(3) protocol: a datagram to $NOTIFY_SOCKET). Does nothing
// without one.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace vedette::server {

// "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1"; several separated by newlines.
void notify_service(std::string_view state);
// How often WATCHDOG=1 must come ($WATCHDOG_USEC, halved); nothing when the supervisor does not watch this
// process.
std::optional<std::chrono::milliseconds> watchdog_interval();

}  // namespace vedette::server
