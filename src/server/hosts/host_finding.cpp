#include "server/hosts/host_finding.h"

#include <fmt/format.h>

#include "base/id.h"

namespace vedette::server {

Finding host_finding(const Clock& clock, const Host& host, Watch watch, std::string_view kind,
                     Severity severity, std::map<std::string, std::string> arguments) {
  Finding out;
  out.uid = new_id(clock);
  out.watch = watch;
  out.kind = kind;
  out.severity = severity;
  out.confidence = 100;
  out.asset = {"host", host.id, host.name()};
  arguments["host"] = host.name();
  auto key = [&](std::string_view part) { return fmt::format("hosts.{}.{}", kind, part); };
  out.title = {key("title"), arguments};
  out.reason = {key("reason"), arguments};
  out.next_step = {key("next"), std::move(arguments)};
  out.observed_at = clock.wall();
  return out;
}

}  // namespace vedette::server
