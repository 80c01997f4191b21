// SeenSample: what the events looked like of late, by a sample, so that it can be said which rules cannot
// fire as things are: no event of their log source came, or none with a field they need. The first events of
// each sender are looked at, then every kSampleEvery-th.
//
// All calls are thread-safe. Memory: bounded by sigma::Seen. It is not kept over a restart, so a rule is
// called blind again until its events come.
#pragma once

#include <mutex>
#include <vector>

#include "logs/sigma/explain.h"
#include "logs/watch/rule_snapshot.h"

namespace vedette::logs {

class SeenSample {
 public:
  static constexpr std::uint64_t kFirstOfSender = 1'000, kSampleEvery = 61;

  explicit SeenSample(const std::vector<sigma::Pipeline>& pipelines) : seen_(pipelines) {}
  // `number`: how many events of the sender came before.
  static bool wants(std::uint64_t number) { return number < kFirstOfSender || number % kSampleEvery == 0; }
  void add(const EventView& event);
  // One for each of `rules.facts`, in their order. A correlation is blind where all its rules are. Nothing is
  // blind before the first event.
  std::vector<sigma::Blind> blind(const RuleSnapshot& rules) const;

 private:
  mutable std::mutex mutex_;
  sigma::Seen seen_;
};

}  // namespace vedette::logs
