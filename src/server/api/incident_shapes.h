// The shapes of incidents, clocks and regimes.
#pragma once

#include "server/api/schema.h"

namespace vedette::server {

Schema incident_shape();
Schema incident_detail_shape();
Schema incident_entry_shape();
Schema incident_input(bool fresh);  // to open one; else to change one, which names its revision
Schema clock_shape();
Schema open_clock_shape();
Schema regime_shape();
Schema incident_state_name(bool closed);

}  // namespace vedette::server
