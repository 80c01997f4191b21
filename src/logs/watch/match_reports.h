// MatchReports: from hits to findings. Hits of one rule on one host by one actor, or of one indicator of an
// advisory on one host, are one alert at the desk;
// the first is reported at once, and while more come, one finding every `repeat_after` tells how many there
// were since. So an attack of a million events is one alert with a count, not a million.
//
// Bounded: at most kKeysMax rule/host/actor at a time; where that is reached the actor is no longer told
// apart (counted), so nothing goes unreported. Not thread-safe; time comes with each call.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "logs/watch/rule_snapshot.h"
#include "logs/watch/watch_list.h"
#include "model/finding.h"

namespace vedette::logs {

struct LogHit {
  const RuleFacts* rule = nullptr;  // of `snapshot`; null: an advisory's indicator was met
  std::shared_ptr<const void> snapshot;
  std::string host, actor, source, excerpt;
  std::uint64_t event_id = 0;  // in the event store
  WallTime time{};
  const AdvisoryFacts* advisory = nullptr;  // of `snapshot`; its indicator is `actor`
};

// What stored events of before hold of an advisory, as one finding: `count` events of `hit.host`, the newest
// of them at hit.time. It joins the alert that the same indicator makes when it is met today.
Finding looked_back(const LogHit& hit, std::uint64_t count, WallTime from, const Clock& clock);

class MatchReports {
 public:
  static constexpr std::size_t kKeysMax = 50'000;
  explicit MatchReports(std::chrono::milliseconds repeat_after) : repeat_after_(repeat_after) {}

  // The finding to report now, or nothing: it is counted for later.
  std::optional<Finding> hit(const LogHit& hit, const Clock& clock);
  // What was counted and is due. Call it about once a second.
  std::vector<Finding> due(const Clock& clock);
  // Keys are told apart again when old ones are forgotten.
  std::uint64_t joined() const { return joined_; }

 private:
  struct Key {
    std::string rule, host, actor;
    auto operator<=>(const Key&) const = default;
  };
  struct Told {
    SteadyTime at{};
    std::uint64_t since = 0;  // hits not told yet
    LogHit last;
  };
  static Finding finding_of(const LogHit& hit, std::uint64_t count, const Clock& clock);
  const std::chrono::milliseconds repeat_after_;
  std::map<Key, Told> told_;
  std::uint64_t joined_ = 0;
};

}  // namespace vedette::logs
