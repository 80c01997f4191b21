#include "sites/watch/availability.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace vedette::sites {
namespace {

constexpr std::uint32_t kWindow = (1u << 10) - 1;
constexpr int kRunMax = 1'000'000;

int failed_of_ten(const AvailabilityState& state) { return std::popcount(state.history); }

bool unusual(const AvailabilityState& state, double latency_ms, const AvailabilityPolicy& policy) {
  if (state.latency_samples < policy.latency_learn) return false;
  return latency_ms > policy.slow_ms_min && latency_ms > 3 * state.latency_ms &&
         latency_ms > state.latency_ms + 6 * state.deviation_ms;
}

}  // namespace

AvailabilityState after_failure(AvailabilityState state, const AvailabilityPolicy& policy) {
  state.history = ((state.history << 1) | 1u) & kWindow;
  state.failures = std::min(state.failures + 1, kRunMax);
  state.successes = 0;
  if (state.failures >= policy.down_after || failed_of_ten(state) >= policy.flap_failures) state.down = true;
  return state;
}

AvailabilityState after_answer(AvailabilityState state, double latency_ms, const AvailabilityPolicy& policy) {
  state.history = (state.history << 1) & kWindow;
  state.successes = std::min(state.successes + 1, kRunMax);
  state.failures = 0;
  // A flapping site comes back only once its recent past is calm as well.
  if (state.down && state.successes >= policy.up_after && failed_of_ten(state) < policy.flap_failures)
    state.down = false;

  if (unusual(state, latency_ms, policy)) {
    state.slow_run = std::min(state.slow_run + 1, kRunMax);
    if (state.slow_run >= policy.slow_after) state.slow = true;
    return state;  // not learnt: a slow day must not become the usual
  }
  state.slow_run = 0;
  state.slow = false;
  double weight = std::max(0.02, 1.0 / (state.latency_samples + 1));
  double distance = std::abs(latency_ms - state.latency_ms);
  state.deviation_ms += (state.latency_samples == 0 ? 0 : weight * (distance - state.deviation_ms));
  state.latency_ms += weight * (latency_ms - state.latency_ms);
  state.latency_samples = std::min(state.latency_samples + 1, kRunMax);
  return state;
}

bool unsettled(const AvailabilityState& state) {
  return state.down ? state.successes > 0 && state.successes < 4 : state.failures > 0;
}

}  // namespace vedette::sites
