// LayerPlan: one layer's handoffs and windows within a span of time, as moments. Built once for a
// computation; then `turn_at` is a binary search.
#pragma once

#include "desk/roster/roster.h"

namespace vedette::desk {

class LayerPlan {
 public:
  LayerPlan(const Layer& layer, WallTime from, WallTime to);
  // Which turn it is then, counted from the layer's start; nothing when the layer is not on duty.
  std::optional<std::int64_t> turn_at(WallTime at) const;
  // Adds every moment between the span's ends at which turn_at() may change.
  void add_cuts(std::vector<WallTime>& cuts) const;

 private:
  std::int64_t turn_before(const Layer& layer, const Zone& zone, WallTime at) const;

  bool always_off_ = false;
  bool windowed_ = false;
  std::optional<WallTime> end_;
  std::int64_t first_turn_ = 0;                        // of handoffs_[0]
  std::vector<WallTime> handoffs_;                     // ascending, the first not after the span's start
  std::vector<std::pair<WallTime, WallTime>> opened_;  // by the windows: ascending, apart from each other
};

}  // namespace vedette::desk
