// EventFeed: what a guard has to say, as numbered JSON lines to whoever listens on the control socket, and to
// one who comes later: the last kKept lines are kept. A listener that does not read is let go; it comes again
// with the number it has. All calls are thread-safe; publish() never waits.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "files/guard/unique_fd.h"

namespace vedette::files {

class EventFeed {
 public:
  static constexpr std::size_t kKept = 1024, kListenersMax = 8;

  // `run` names this start of the guard: numbers count from 1 in each.
  explicit EventFeed(std::string run) : run_(std::move(run)) {}
  const std::string& run() const { return run_; }
  void publish(boost::json::object event);
  // Sends {"event":"hello","run":…,"last":n}, what came after number `after` of `run` (all that is kept where
  // that is another), and then what comes. A connected stream socket.
  void listen(UniqueFd socket, std::string_view run, std::uint64_t after);

 private:
  const std::string run_;
  std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::deque<std::pair<std::uint64_t, std::string>> kept_;
  std::vector<UniqueFd> listeners_;
};

}  // namespace vedette::files
