#include "server/oidc/group_role.h"

#include <algorithm>

namespace vedette::server {

std::optional<Role> role_of_groups(const std::vector<std::string>& roles,
                                   const std::vector<std::string>& groups) {
  for (const auto& one : roles) {
    auto equals = one.rfind('=');  // a distinguished name holds such signs too
    if (std::ranges::find(groups, one.substr(0, equals)) != groups.end())
      return role_from(one.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace vedette::server
