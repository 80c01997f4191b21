// SlowRota: takes the slow looks (slow_look.h) at every site, each kind at its own interval, jittered by a
// tenth, on two threads.
//
// Each look of each site stands in the rota at most once, so the sites bound it; a look that begins later
// than a whole interval has missed rounds, which missed() counts. After a restart each look goes on when it
// was due; overdue ones are spread. A site that is learnt or does not answer is asked again soon.
// add() and remove() may be called from any thread, also while start() or stop() run.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "sites/watch/schedule.h"
#include "sites/watch/slow_look.h"

namespace vedette::sites {

class SlowRota {
 public:
  explicit SlowRota(WatchParts parts);
  ~SlowRota();
  void start();
  void close() { looks_.close(); }  // before the fetcher goes
  void stop();                      // after it has gone: waits for the looks that run

  void add(const RecordPtr& record);  // not under its lock; also after its settings changed
  void remove(const std::string& id);

  std::size_t depth() const;     // looks that are due and wait
  std::size_t capacity() const;  // looks in the rota
  std::uint64_t missed() const { return missed_count_; }
  SlowLook::Resolvers resolvers() const { return looks_.resolvers(); }

 private:
  void run(std::stop_token stop);
  std::chrono::milliseconds take(const RecordPtr& record, Look look);  // returns when again; 0: never
  std::chrono::milliseconds interval(Look look) const;                 // 0: switched off

  WatchParts parts_;
  SlowLook looks_;
  Counter& taken_;
  Counter& missed_;
  mutable std::mutex mutex_;
  std::condition_variable_any woken_;
  Schedule schedule_;
  Jitter jitter_;
  std::set<std::string> running_;
  std::atomic<std::uint64_t> missed_count_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace vedette::sites
