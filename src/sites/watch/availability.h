// Availability of one site, with flap control, and its usual latency. Pure.
//
// Down after `down_after` failures in a row, or when half of the last ten checks failed (a flapping site is
// down, once, not ten times up and down). Back after `up_after` successes in a row. Between the first failure
// and the decision unsettled() asks for a quick retry. Slow: `slow_after` answers in a row far above the
// learnt latency.
#pragma once

#include <cstdint>

namespace vedette::sites {

struct AvailabilityPolicy {
  int down_after = 2;
  int up_after = 2;
  int flap_failures = 5;  // of the last ten
  int slow_after = 5;
  int latency_learn = 10;  // answers before "slow" means anything
  double slow_ms_min = 1000;
};

struct AvailabilityState {
  bool down = false;
  bool slow = false;
  std::uint32_t history = 0;  // one bit a check, newest lowest; 1: failed; ten kept
  int failures = 0;           // in a row
  int successes = 0;          // in a row
  double latency_ms = 0;      // learnt: exponential mean
  double deviation_ms = 0;    // learnt: exponential mean of the distance from it
  int latency_samples = 0;
  int slow_run = 0;
  bool operator==(const AvailabilityState&) const = default;
};

AvailabilityState after_failure(AvailabilityState state, const AvailabilityPolicy& policy);
AvailabilityState after_answer(AvailabilityState state, double latency_ms, const AvailabilityPolicy& policy);
// The next check should come soon: the site may be going down or coming back.
bool unsettled(const AvailabilityState& state);

}  // namespace vedette::sites
