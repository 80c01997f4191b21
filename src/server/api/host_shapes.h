// The shapes of hosts, their groups and what the file watch saw on them.
#pragma once

#include "server/api/schema.h"

namespace vedette::server {

Schema enrolment_shape();
Schema host_shape();
Schema policy_shape();
Schema host_command_shape();
Schema file_incident_shape();
Schema file_incident_detail_shape();

Schema policy_input();
Schema group_name();

}  // namespace vedette::server
