#include "server/break_glass_finding.h"

#include "desk/own_finding.h"

namespace vedette::server {

Finding break_glass_finding(const User& user, const Peer& peer, const Clock& clock) {
  const std::map<std::string, std::string> arguments{{"name", user.username}, {"address", peer.address}};
  auto out = desk::own_finding(clock, "break_glass_used");
  out.severity = Severity::kCritical;
  out.asset = {"account", user.id, user.username};
  out.title = {"server.break_glass.title", arguments};
  out.reason = {"server.break_glass.reason", arguments};
  out.next_step = {"server.break_glass.next_step", arguments};
  out.where = peer.address;
  out.attack = {"T1078"};
  // Each use is an alert of its own: one that is known must not hide the next.
  out.dedup_key = "desk/break_glass/" + out.uid;
  return out;
}

}  // namespace vedette::server
