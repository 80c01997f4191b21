// Which role the groups of a directory or identity provider give. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/accounts/role.h"

namespace vedette::server {

// `roles`: "group=role", as the configuration checked them; the first whose group is among `groups`. Nothing:
// none is.
std::optional<Role> role_of_groups(const std::vector<std::string>& roles,
                                   const std::vector<std::string>& groups);

}  // namespace vedette::server
