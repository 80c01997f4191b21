#include "server/accounts/role.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"

namespace vedette::server {
namespace {

constexpr std::optional<Role> kNone = std::nullopt;
constexpr Role kViewer = Role::kViewer, kAnalyst = Role::kAnalyst, kLead = Role::kLead, kAdmin = Role::kAdmin;

// Reads and changes up to what lead an incident and answer for it; the rest as an analyst.
constexpr AreaReach kCommanderAreas[] = {{"incidents", {kLead, kLead}}, {"reports", {kLead, kLead}},
                                         {"handovers", {kLead, kLead}}, {"directives", {kLead, kLead}},
                                         {"roster", {kLead, kAnalyst}}, {"periods", {kLead, kLead}}};
// Incidents to read, and what goes to authorities. Nothing else.
constexpr AreaReach kLegalAreas[] = {
    {"session", {kViewer, kViewer}}, {"meta", {kViewer, kNone}},
    {"incidents", {kViewer, kNone}}, {"reports", {kLead, kLead}},
    {"directives", {kLead, kLead}},  {"roster", {kViewer, kNone}}};  // who the people of an incident are
// One's own account is all that an auditor or a wall changes.
constexpr AreaReach kAuditorAreas[] = {{"session", {kViewer, kViewer}}};
constexpr AreaReach kWallAreas[] = {{"session", {kViewer, kViewer}}};

struct Row {
  Role role;
  std::string_view name;
  bool weighty;
  Reach elsewhere;
  std::span<const AreaReach> areas;
};
constexpr Row kRoles[] = {
    {Role::kViewer, "viewer", false, {kViewer, kViewer}, {}},
    {Role::kAnalyst, "analyst", false, {kAnalyst, kAnalyst}, {}},
    {Role::kLead, "lead", true, {kLead, kLead}, {}},
    {Role::kAdmin, "admin", true, {kAdmin, kAdmin}, {}},
    {Role::kCommander, "commander", true, {kAnalyst, kAnalyst}, kCommanderAreas},
    {Role::kLegal, "legal", true, {kNone, kNone}, kLegalAreas},
    {Role::kAuditor, "auditor", true, {kAdmin, kNone}, kAuditorAreas},
    {Role::kWall, "wall", false, {kNone, kNone}, kWallAreas},
};

const Row& row_of(Role role) {
  auto found = std::ranges::find(kRoles, role, &Row::role);
  VEDETTE_ASSERT(found != std::end(kRoles));
  return *found;
}

bool reaches(const std::optional<Role>& how_far, const std::optional<Role>& least) {
  return !least || (how_far && *how_far >= *least);
}
bool reaches(const Reach& reach, const Reach& other) {
  return reaches(reach.read, other.read) && reaches(reach.change, other.change);
}

}  // namespace

std::string_view to_string(Role role) { return row_of(role).name; }

std::optional<Role> role_from(std::string_view text) {
  auto found = std::ranges::find(kRoles, text, &Row::name);
  return found == std::end(kRoles) ? std::nullopt : std::optional(found->role);
}

std::vector<std::string_view> role_names() {
  std::vector<std::string_view> out;
  for (const auto& row : kRoles) out.push_back(row.name);
  return out;
}

std::string to_string(const Permission& permission) {
  return fmt::format("{}:{}:{}", permission.area, permission.reads ? "read" : "change",
                     to_string(permission.least));
}

std::span<const AreaReach> areas_of(Role role) { return row_of(role).areas; }

Reach reach_of(Role role, std::string_view area) {
  const auto& row = row_of(role);
  auto found = std::ranges::find(row.areas, area, &AreaReach::area);
  return found == row.areas.end() ? row.elsewhere : found->reach;
}

bool may(Role role, const Permission& permission) {
  VEDETTE_ASSERT(permission.least <= Role::kAdmin);
  if (role == Role::kWall && permission.on_wall) return true;
  auto reach = reach_of(role, permission.area);
  return reaches(permission.reads ? reach.read : reach.change, permission.least);
}

bool covers(Role role, Role other) {
  if (role == other || role == Role::kAdmin) return true;
  if (other == Role::kWall) return reaches(row_of(role).elsewhere, {kViewer, kNone});
  if (!reaches(row_of(role).elsewhere, row_of(other).elsewhere)) return false;
  auto one = [&](const AreaReach& area) {
    return reaches(reach_of(role, area.area), reach_of(other, area.area));
  };
  return std::ranges::all_of(row_of(other).areas, one) && std::ranges::all_of(row_of(role).areas, one);
}

bool weighty(Role role) { return row_of(role).weighty; }

bool Principal::may(const Permission& permission, std::string_view needed) const {
  if (kind == Kind::kUser) return server::may(user.role, permission) && !lacks_second_factor;
  if (kind != Kind::kToken) return false;
  auto has = [&](std::string_view one) { return std::ranges::find(scopes, one) != scopes.end(); };
  return has(scope::kAdmin) || has(needed) || (needed == scope::kSitesDeploy && has(scope::kSitesWrite));
}

}  // namespace vedette::server
