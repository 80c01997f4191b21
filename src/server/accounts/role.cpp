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
                                         {"roster", {kLead, kAnalyst}}, {"periods", {kLead, kLead}},
                                         {"evidence", {kLead, kLead}}};
// Incidents to read, and what goes to authorities. Nothing else.
constexpr AreaReach kLegalAreas[] = {{"session", {kViewer, kViewer}}, {"meta", {kViewer, kNone}},
                                     {"incidents", {kViewer, kNone}}, {"evidence", {kViewer, kNone}},
                                     {"reports", {kLead, kLead}},     {"directives", {kLead, kLead}},
                                     {"roster", {kViewer, kNone}}};  // who the people of an incident are
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

// Scopes. `kReads` and `kWorks` are as far as an analyst goes; what a lead decides takes "config" or "admin".
constexpr Reach kReads{kAnalyst, kNone}, kWorks{kNone, kAnalyst}, kNothing{kNone, kNone};
constexpr AreaReach kAlertsRead[] = {{"alerts", kReads}}, kAlertsWrite[] = {{"alerts", kWorks}},
                    kIncidentsRead[] = {{"incidents", kReads}}, kIncidentsWrite[] = {{"incidents", kWorks}},
                    kEvidenceRead[] = {{"evidence", kReads}}, kEvidenceWrite[] = {{"evidence", kWorks}},
                    kReportsRead[] = {{"reports", kReads}}, kReportsWrite[] = {{"reports", kWorks}},
                    kDirectivesRead[] = {{"directives", kReads}},
                    kDirectivesWrite[] = {{"directives", kWorks}},
                    kAdvisoriesRead[] = {{"advisories", kReads}},
                    kAdvisoriesWrite[] = {{"advisories", kWorks}}, kHandoversRead[] = {{"handovers", kReads}},
                    kHandoversWrite[] = {{"handovers", kWorks}}, kPeriodsRead[] = {{"periods", kReads}},
                    kPeriodsWrite[] = {{"periods", kWorks}}, kHostsRead[] = {{"hosts", kReads}},
                    kHostsWrite[] = {{"hosts", kWorks}}, kSitesRead[] = {{"sites", kReads}},
                    kSitesWrite[] = {{"sites", {kNone, kLead}}}, kLogsRead[] = {{"logs", kReads}},
                    kSearchesWrite[] = {{"logs", kWorks}}, kIngest[] = {{"ingest", {kNone, kAdmin}}},
                    kRosterRead[] = {{"roster", kReads}}, kHealthRead[] = {{"health", kReads}};
// Whom alerts reach, when, and what is judged by; not what is watched, nor who may sign in.
constexpr AreaReach kConfig[] = {{"channels", {kLead, kLead}}, {"escalation", {kLead, kLead}},
                                 {"roster", {kLead, kLead}},   {"heartbeats", {kLead, kLead}},
                                 {"periods", {kLead, kLead}},  {"logs", {kLead, kLead}},
                                 {"units", {kLead, kLead}}};
// What was taken in as evidence is opened with a scope of its own.
constexpr AreaReach kReadAreas[] = {{"evidence", {kViewer, kNone}}};

struct ScopeRow {
  std::string_view name;
  Reach elsewhere;
  std::span<const AreaReach> areas;
};
constexpr ScopeRow kScopes[] = {
    {"alerts:read", kNothing, kAlertsRead},
    {"alerts:write", kNothing, kAlertsWrite},
    {"incidents:read", kNothing, kIncidentsRead},
    {"incidents:write", kNothing, kIncidentsWrite},
    {"evidence:read", kNothing, kEvidenceRead},
    {"evidence:write", kNothing, kEvidenceWrite},
    {"reports:read", kNothing, kReportsRead},
    {"reports:write", kNothing, kReportsWrite},
    {"directives:read", kNothing, kDirectivesRead},
    {"directives:write", kNothing, kDirectivesWrite},
    {"advisories:read", kNothing, kAdvisoriesRead},
    {"advisories:write", kNothing, kAdvisoriesWrite},
    {"handovers:read", kNothing, kHandoversRead},
    {"handovers:write", kNothing, kHandoversWrite},
    {"periods:read", kNothing, kPeriodsRead},
    {"periods:write", kNothing, kPeriodsWrite},
    {"hosts:read", kNothing, kHostsRead},
    {"hosts:write", kNothing, kHostsWrite},
    {"sites:read", kNothing, kSitesRead},
    {scope::kSitesDeploy, kNothing, {}},
    {"sites:write", kNothing, kSitesWrite},
    {"logs:read", kNothing, kLogsRead},
    {"logs:searches", kNothing, kSearchesWrite},
    {"logs:write", kNothing, kIngest},
    {"roster:read", kNothing, kRosterRead},
    {"health:read", kNothing, kHealthRead},
    {"read", kReads, kReadAreas},
    {"config", kNothing, kConfig},
    {scope::kAdmin, {kAdmin, kAdmin}, {}},
};

Reach reach_in(const Reach& elsewhere, std::span<const AreaReach> areas, std::string_view area) {
  auto found = std::ranges::find(areas, area, &AreaReach::area);
  return found == areas.end() ? elsewhere : found->reach;
}

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
  return reach_in(row.elsewhere, row.areas, area);
}

std::vector<std::string_view> scope_names() {
  std::vector<std::string_view> out;
  for (const auto& row : kScopes) out.push_back(row.name);
  return out;
}

std::optional<Reach> reach_of_scope(std::string_view scope, std::string_view area) {
  auto found = std::ranges::find(kScopes, scope, &ScopeRow::name);
  if (found == std::end(kScopes)) return std::nullopt;
  return reach_in(found->elsewhere, found->areas, area);
}

bool scope_allows(std::string_view scope, const Permission& permission) {
  auto reach = reach_of_scope(scope, permission.area);
  return reach && reaches(permission.reads ? reach->read : reach->change, permission.least);
}

std::string_view scope_for(const Permission& permission) {
  for (const auto& row : kScopes)
    if (scope_allows(row.name, permission)) return row.name;
  return scope::kAdmin;
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

bool Principal::may(const Permission& permission, std::string_view also) const {
  if (kind == Kind::kUser) return server::may(user.role, permission) && !lacks_second_factor;
  if (kind != Kind::kToken) return false;
  return std::ranges::any_of(scopes, [&](std::string_view one) {
    return (!also.empty() && one == also) || scope_allows(one, permission);
  });
}

}  // namespace vedette::server
