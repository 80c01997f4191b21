// Vigil: when a watchdog shouts. It is told what each look at the server came to, and says whether people
// must be told now. Pure; one thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"

namespace vedette::cli {

struct VigilOptions {
  std::chrono::seconds silent_after{15};  // not well for so long: shout
  std::chrono::seconds again_every{300};  // and again, until it is well
};

enum class Sight { kWell, kIll, kSilent };  // ill: it answers, and says that something is wrong
enum class Shout { kNone, kIll, kSilent, kBack };

class Vigil {
 public:
  Vigil(VigilOptions options, SteadyTime begin) : options_(options), well_at_(begin) {}
  Shout look(Sight sight, SteadyTime now);

 private:
  const VigilOptions options_;
  SteadyTime well_at_;
  std::optional<SteadyTime> shouted_at_;
  Sight shouted_about_ = Sight::kWell;
};

}  // namespace vedette::cli
