// The shapes of what the API answers with, shared by the operations that answer it.
#pragma once

#include "server/api/schema.h"

namespace vedette::server {

Schema session_shape();
Schema site_shape();
Schema site_detail_shape();
Schema check_shape();
Schema snapshot_shape();
Schema ignore_shape();
Schema alert_shape();
Schema alert_detail_shape();
Schema channel_shape();
Schema ladder_shape();
Schema user_shape();
Schema token_shape();
Schema mail_shape();
Schema audit_shape();
Schema health_shape();
Schema tour_shape();
Schema channel_kind();
Schema severity_name();
Schema scope_name();  // one of server/accounts/role.h

// Shared by Site and what is sent to make or change one.
std::vector<SchemaField> site_settings(bool url_required);
std::vector<SchemaField> site_fields();
std::vector<SchemaField> alert_fields();

}  // namespace vedette::server
