// Heartbeats: takes the calls of other systems and finds those that have stopped calling. What the API and
// the address /heartbeat/{token} call.
//
// Silence is measured with the steady clock, so that a jump of the wall clock makes nobody silent or alive.
// Over a restart it goes on from the stored time of the last call. Where this server itself was away for
// longer than a moment, calls may have found nobody: everybody has the whole time again. "Missing" and its
// finding are one transaction, and so are a call that ends it and the finding that says so. Every change
// writes its audit row with it. Thread-safe; blocks for a read or a commit.
#pragma once

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "desk/desk.h"
#include "desk/heartbeats/heartbeat.h"

namespace vedette::desk {

class Heartbeats {
 public:
  Heartbeats(store::Database& database, Desk& desk, const Clock& clock);

  // Before the first check. `alive_until`: until when this server ran before; nothing: its first start.
  Result<void> start(std::optional<WallTime> alive_until);

  Result<std::vector<Heartbeat>> heartbeats();
  Result<std::pair<Heartbeat, std::string>> add(Heartbeat heartbeat);  // and its token, shown once
  // Name, times, severity and pause of the one with this id.
  Result<Heartbeat> change(const Heartbeat& heartbeat, const std::string& by);
  Result<void> remove(const std::string& id, const std::string& by);

  // A sign of life. Durable when it returns. kNotFound: nobody's token.
  Result<void> beat(const std::string& token);

  // Reports who has been silent for too long; how many. Call it every few seconds.
  Result<std::size_t> check();

 private:
  void heard(const std::string& id);
  SteadyTime last_heard(const std::string& id);
  Result<bool> report_missing(const Heartbeat& heartbeat);

  store::Database& database_;
  Desk& desk_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, SteadyTime> heard_;  // when the silence of each began
};

}  // namespace vedette::desk
