// Reporter: carries findings from the watch's outbox in the store to the sink. One thread.
//
// A finding stays in the outbox until the sink has it; a sink that fails is asked again after 1 s, later 2, 4
// … 30 s. So a finding is reported at least once, across restarts; the sink drops the repeats by uid.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/metrics.h"
#include "model/finding_sink.h"
#include "store/database.h"

namespace vedette::sites {

class Reporter {
 public:
  Reporter(store::Database& database, FindingSink& sink, const Clock& clock, Metrics& metrics);
  ~Reporter();
  void start();
  void stop();
  void wake();  // there may be something in the outbox

  std::size_t waiting() const { return waiting_; }
  bool failing() const { return failing_; }

 private:
  void run(std::stop_token stop);
  Result<std::size_t> carry();

  store::Database& database_;
  FindingSink& sink_;
  const Clock& clock_;
  Counter& reported_;
  Counter& failures_;
  Histogram& delay_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  bool wanted_ = true;  // a restart begins with what was left
  std::atomic<std::size_t> waiting_ = 0;
  std::atomic<bool> failing_ = false;
  std::jthread thread_;
};

}  // namespace vedette::sites
