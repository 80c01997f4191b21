#include "cli/vigil.h"

namespace vedette::cli {

Shout Vigil::look(Sight sight, SteadyTime now) {
  if (sight == Sight::kWell) {
    well_at_ = now;
    bool shouted = shouted_at_.has_value();
    shouted_at_.reset();
    return shouted ? Shout::kBack : Shout::kNone;
  }
  if (now - well_at_ < options_.silent_after) return Shout::kNone;
  // One that answered badly and now not at all is news; one that answers again and is still ill is none.
  bool worse = sight == Sight::kSilent && shouted_about_ == Sight::kIll;
  if (shouted_at_ && !worse && now - *shouted_at_ < options_.again_every) return Shout::kNone;
  shouted_at_ = now;
  shouted_about_ = sight;
  return sight == Sight::kIll ? Shout::kIll : Shout::kSilent;
}

}  // namespace vedette::cli
