#include "server/accounts/role.h"

#include <algorithm>

namespace vedette::server {

std::string_view to_string(Role role) {
  switch (role) {
    case Role::kViewer:
      return "viewer";
    case Role::kAnalyst:
      return "analyst";
    case Role::kLead:
      return "lead";
    case Role::kAdmin:
      return "admin";
  }
  return "viewer";
}

std::optional<Role> role_from(std::string_view text) {
  for (Role role : {Role::kViewer, Role::kAnalyst, Role::kLead, Role::kAdmin}) {
    if (text == to_string(role)) return role;
  }
  return std::nullopt;
}

bool Principal::may(Role role, std::string_view needed) const {
  if (kind == Kind::kUser) return user.role >= role && !lacks_second_factor;
  if (kind != Kind::kToken) return false;
  auto has = [&](std::string_view one) { return std::ranges::find(scopes, one) != scopes.end(); };
  return has(scope::kAdmin) || has(needed) || (needed == scope::kSitesDeploy && has(scope::kSitesWrite));
}

}  // namespace vedette::server
