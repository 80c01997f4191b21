// FaultOracle: what the desk had acknowledged before it died, and what reached the receiver. It knows nothing
// else of it. Times are the machine's steady clock; one thread.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "webhook_sink.h"

namespace vedette::crash {

inline constexpr int kSteps = 3;  // of the policy: at once, after one and after two minutes of the desk

// What a life says: 'S' it has started, 'F' a finding, 'B' an alert that it is about to acknowledge, 'A' that
// this was done; the alert's name and the desk's steady time then.
struct Said {
  char what;
  char name[23];
  std::int64_t at_ms;
};

struct Verdict {
  int told = 0;                  // steps
  int missed = 0;                // that never reached the receiver
  int after = 0;                 // that came in a life after the one in which its acknowledgement returned
  int two_keys = 0;              // that were sent under two keys
  int twice_in_a_life = 0;       // keys sent twice without a kill between
  int repeated = 0;              // sent again with the same key
  std::size_t most_repeats = 0;  // by one kill
  std::chrono::milliseconds latest{};   // a step, by the machine's time
  std::chrono::milliseconds longest{};  // a step, by the time in which a desk that had started was alive
  // By how many steps that were due a minute of the desk later one was overtaken: it does not depend on how
  // fast the machine is.
  int overtaken = 0;
};

class FaultOracle {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `began`: from when the desk's clock runs `speed` times faster.
  FaultOracle(Time began, int speed) : began_(began), speed_(speed) {}

  void hear(const Said& said, std::int64_t life);
  // A desk that had started was alive then. In order.
  void lived(Time from, Time to) { lives_.push_back({from, to}); }
  Verdict judge(const std::vector<WebhookSink::Call>& calls) const;

  std::size_t reported() const { return reported_.size(); }
  std::size_t acknowledged() const { return acknowledged_.size(); }

 private:
  struct Step {
    std::set<std::string> keys;
    Time first = Time::max();
    std::int64_t last_life = 0;
  };
  using Steps = std::map<std::pair<std::string, int>, Step>;

  using Waits = std::vector<std::pair<Time, Time>>;  // due, told

  Waits judge_steps(const Steps& steps, Verdict& verdict) const;
  std::chrono::nanoseconds alive(Time from, Time to) const;

  const Time began_;
  const int speed_;
  std::map<std::string, Time> reported_;              // when report() returned
  std::map<std::string, std::int64_t> acknowledged_;  // the life in which that returned
  std::set<std::string> in_doubt_;                    // begun to be acknowledged: done or not, both are right
  std::vector<std::pair<Time, Time>> lives_;
};

}  // namespace vedette::crash
