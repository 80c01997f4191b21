// The shapes of people and rosters.
#pragma once

#include "server/api/schema.h"

namespace vedette::server {

Schema local_time();  // "2026-02-14T00:00"
Schema layer_input();
Schema person_shape();
Schema person_input(bool all);
Schema roster_shape();
Schema roster_input(bool with_revision);
Schema tier_shifts_shape();
Schema on_call_shape();
Schema coverage_gap_shape();
Schema override_shape();
Schema swap_shape();
Schema leave_shape();
Schema calendar_feed_shape();

}  // namespace vedette::server
