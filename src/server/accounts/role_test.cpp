#include "server/accounts/role.h"

#include <gtest/gtest.h>

namespace vedette::server {
namespace {

constexpr Permission kReadAlerts{"alerts", Role::kViewer}, kAnswerAlerts{"alerts", Role::kAnalyst, false},
    kReadIncidents{"incidents", Role::kViewer}, kWorkIncidents{"incidents", Role::kAnalyst, false},
    kCloseIncident{"incidents", Role::kLead, false}, kApproveReport{"reports", Role::kLead, false},
    kReadAudit{"audit", Role::kAdmin}, kReadUsers{"users", Role::kAdmin},
    kAddUser{"users", Role::kAdmin, false}, kAddSite{"sites", Role::kLead, false},
    kOwnName{"session", Role::kViewer, false}, kWallAlerts{"alerts", Role::kViewer, true, true},
    kLookAtEvidence{"evidence", Role::kAnalyst};

TEST(Role, WhoMayWhat) {
  struct Row {
    Role role;
    std::vector<Permission> may, may_not;
  };
  const Row rows[] = {
      {Role::kViewer,
       {kReadAlerts, kReadIncidents, kOwnName},
       {kAnswerAlerts, kReadAudit, kReadUsers, kApproveReport}},
      {Role::kAnalyst,
       {kAnswerAlerts, kWorkIncidents},
       {kCloseIncident, kApproveReport, kAddSite, kReadAudit}},
      {Role::kLead, {kCloseIncident, kApproveReport, kAddSite}, {kReadAudit, kReadUsers, kAddUser}},
      {Role::kAdmin, {kReadAudit, kAddUser, kCloseIncident, kOwnName}, {}},
      {Role::kCommander,
       {kReadAlerts, kAnswerAlerts, kCloseIncident, kApproveReport, kOwnName},
       {kAddSite, kReadAudit, kAddUser}},
      {Role::kLegal,
       {kReadIncidents, kApproveReport, kOwnName},
       {kReadAlerts, kWallAlerts, kWorkIncidents, kCloseIncident, kAddSite, kReadAudit, kReadUsers,
        kLookAtEvidence}},
      {Role::kAuditor,
       {kReadAlerts, kReadIncidents, kReadAudit, kReadUsers, kOwnName, kLookAtEvidence},
       {kAnswerAlerts, kWorkIncidents, kCloseIncident, kApproveReport, kAddUser, kAddSite}},
      {Role::kWall,
       {kWallAlerts, kOwnName},
       {kReadAlerts, kReadIncidents, kAnswerAlerts, kReadAudit, kReadUsers}},
  };
  for (const auto& row : rows) {
    for (const auto& one : row.may)
      EXPECT_TRUE(may(row.role, one)) << to_string(row.role) << " " << to_string(one);
    for (const auto& one : row.may_not)
      EXPECT_FALSE(may(row.role, one)) << to_string(row.role) << " " << to_string(one);
  }
  EXPECT_EQ(std::size(rows), role_names().size());
}

TEST(Role, NamesAreReadBack) {
  for (auto name : role_names()) EXPECT_EQ(to_string(*role_from(name)), name);
  EXPECT_FALSE(role_from("root"));
  EXPECT_EQ(to_string(kCloseIncident), "incidents:change:lead");
}

TEST(Role, OnlyWhoLosesNothingKeepsTheSessions) {
  EXPECT_TRUE(covers(Role::kLead, Role::kAnalyst));
  EXPECT_FALSE(covers(Role::kAnalyst, Role::kLead));
  for (auto name : role_names()) {
    EXPECT_TRUE(covers(Role::kAdmin, *role_from(name))) << name;
    EXPECT_TRUE(covers(*role_from(name), *role_from(name))) << name;
    EXPECT_EQ(covers(*role_from(name), Role::kAdmin), name == "admin") << name;
  }
  EXPECT_TRUE(covers(Role::kCommander, Role::kAnalyst));
  EXPECT_FALSE(covers(Role::kCommander, Role::kLead));
  EXPECT_FALSE(covers(Role::kAuditor, Role::kViewer)) << "a viewer changes what everybody may";
  EXPECT_TRUE(covers(Role::kViewer, Role::kWall));
  EXPECT_FALSE(covers(Role::kLegal, Role::kWall));
}

TEST(Scope, WhatEachReaches) {
  struct Row {
    std::string_view scope;
    std::vector<Permission> allows, refuses;
  };
  constexpr Permission list_evidence{"evidence", Role::kViewer},
      change_channel{"channels", Role::kLead, false}, send_events{"ingest", Role::kAdmin, false},
      approve_directive{"directives", Role::kLead, false};
  const Row rows[] = {
      {"alerts:read", {kReadAlerts}, {kAnswerAlerts, kReadIncidents}},
      {"alerts:write", {kAnswerAlerts}, {kReadAlerts, kWorkIncidents, send_events}},
      {"incidents:write", {kWorkIncidents}, {kReadIncidents, kCloseIncident, kAnswerAlerts}},
      {"evidence:read", {kLookAtEvidence}, {kReadIncidents}},
      {"directives:write", {}, {approve_directive}},
      {"reports:write", {}, {kApproveReport}},
      {"sites:write", {kAddSite}, {kAnswerAlerts}},
      {"sites:deploy", {}, {kAddSite}},
      {"logs:write", {send_events}, {kReadAlerts, kAnswerAlerts, change_channel}},
      {"read", {kReadAlerts, kReadIncidents, list_evidence}, {kLookAtEvidence, kReadAudit, kAnswerAlerts}},
      {"config", {change_channel}, {kReadAlerts, kAddUser, kApproveReport, kAddSite}},
      {"admin", {kReadAudit, kAddUser, kApproveReport, send_events, kLookAtEvidence}, {}},
  };
  for (const auto& row : rows) {
    for (const auto& one : row.allows)
      EXPECT_TRUE(scope_allows(row.scope, one)) << row.scope << " " << to_string(one);
    for (const auto& one : row.refuses)
      EXPECT_FALSE(scope_allows(row.scope, one)) << row.scope << " " << to_string(one);
  }
}

TEST(Scope, TheNarrowestIsNamed) {
  EXPECT_EQ(scope_for(kReadAlerts), "alerts:read");
  EXPECT_EQ(scope_for(kAddSite), "sites:write");
  EXPECT_EQ(scope_for({"tour", Role::kViewer}), "read");
  EXPECT_EQ(scope_for({"roster", Role::kLead, false}), "config");
  EXPECT_EQ(scope_for(kAddUser), "admin");
  EXPECT_FALSE(reach_of_scope("root", ""));
  EXPECT_FALSE(scope_allows("root", kReadAlerts));
}

TEST(Role, ATokenGoesByItsScopes) {
  Principal token;
  token.kind = Principal::Kind::kToken;
  token.scopes = {"sites:write"};
  EXPECT_TRUE(token.may(kAddSite, scope::kSitesDeploy));
  EXPECT_FALSE(token.may(kReadAlerts));
  token.scopes = {"sites:deploy"};
  EXPECT_FALSE(token.may(kAddSite));
  EXPECT_TRUE(token.may(kAddSite, scope::kSitesDeploy));
  token.scopes = {"alerts:read", "incidents:write"};
  EXPECT_TRUE(token.may(kReadAlerts));
  EXPECT_TRUE(token.may(kWorkIncidents));
  EXPECT_FALSE(token.may(kAnswerAlerts));
  token.scopes = {"admin"};
  EXPECT_TRUE(token.may(kReadAlerts));
  EXPECT_FALSE(Principal().may(kReadAlerts));
}

}  // namespace
}  // namespace vedette::server
