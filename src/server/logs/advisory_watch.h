// AdvisoryWatch: between the desk's advisories and the log watch. Keeps the watch list as the advisories are,
// and looks back: walks through the stored events, newest first, and holds each against one advisory's
// indicators, with the same reading and matching as events that come in.
//
//   advisories ──changed, or a span begins or ends──> watch list ──> log watch
//   advisories ──a look back waits──> thread (1): events, newest first ──> hits and findings, one transaction
//
// A look back ends after so many days, kEventsMax events or kTimeMax, whichever is first, and says which. One
// that was interrupted begins anew at the next start. All calls are thread-safe but start(), stop() and
// tick(), which one thread makes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "desk/advisories/advisories.h"
#include "logs/watch/log_watch.h"
#include "store/events/event_store.h"

namespace vedette::server {

struct AdvisoryWatchOptions {
  std::int64_t events_max = 20'000'000;
  std::chrono::milliseconds time_max{600'000};
};

class AdvisoryWatch {
 public:
  // Alerts of one look back: what more hosts and indicators there are stands with the advisory.
  static constexpr std::size_t kFindingsMax = 100;

  // Borrows all of them.
  AdvisoryWatch(desk::Advisories& advisories, logs::LogWatch& watch, store::EventStore& events,
                const Clock& clock, AdvisoryWatchOptions options = {});
  ~AdvisoryWatch();

  Result<void> start();
  void stop();
  void tick();  // about once a second
  // Makes the list as the advisories are now.
  Result<void> refresh();
  // Looks back for the one that waits longest; false: none waits. The thread of start() calls it.
  Result<bool> look_back_once(const std::stop_token& stop);

 private:
  void run(const std::stop_token& stop);
  Result<void> look_back(const desk::Advisory& advisory, const std::stop_token& stop);

  desk::Advisories& advisories_;
  logs::LogWatch& watch_;
  store::EventStore& events_;
  const Clock& clock_;
  const AdvisoryWatchOptions options_;
  std::mutex refresh_mutex_;  // the newest list is used last
  std::atomic<bool> changed_{false};
  SteadyTime next_refresh_{};
  std::mutex wake_mutex_;
  std::condition_variable_any woken_;
  bool asked_ = true;  // under wake_mutex_
  std::jthread thread_;
};

// For tests and the wiring: advisories as the log watch knows them.
std::shared_ptr<const logs::WatchList> watch_list_of(const std::vector<desk::Advisories::Watched>& watched);

}  // namespace vedette::server
