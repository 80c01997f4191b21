#include "server/hosts/join_web_root.h"

#include <gtest/gtest.h>

namespace vedette::server {
namespace {

Finding web_shell(std::string hosts) {
  Finding out;
  out.watch = Watch::kFiles;
  out.kind = "web_shell";
  out.asset = {"host", "h1", "web-1"};
  out.reason = {"files.webroot.web_shell.reason", {{"hosts", std::move(hosts)}, {"host", "web-1"}}};
  out.dedup_key = "files/h1/webroot/var/www/html";
  return out;
}

std::optional<Asset> site_of(std::string_view host) {
  if (host == "www.example.org") return Asset{"site", "s7", "Example"};
  return std::nullopt;
}

TEST(JoinWebRoot, TakesTheSiteTheRootIsServedAs) {
  auto finding = web_shell("old.example.org www.example.org");
  EXPECT_TRUE(join_web_root(finding, site_of));
  EXPECT_EQ(finding.asset, (Asset{"site", "s7", "Example"}));
  EXPECT_EQ(finding.dedup_key, "sites/s7/content");
  EXPECT_EQ(finding.reason.arguments.at("host"), "web-1");
}

TEST(JoinWebRoot, LeavesWhatBelongsToNoSite) {
  for (const auto* hosts : {"", "  ", "intranet.example.org", "www.example.orgx"}) {
    auto finding = web_shell(hosts), before = finding;
    EXPECT_FALSE(join_web_root(finding, site_of));
    EXPECT_EQ(finding, before);
  }
}

TEST(JoinWebRoot, LeavesOtherFindingsOfTheHost) {
  auto lost = web_shell("www.example.org");
  lost.dedup_key = "files/h1/webroots/events";
  EXPECT_FALSE(join_web_root(lost, site_of));
  auto other_host = web_shell("www.example.org");
  other_host.dedup_key = "files/h2/webroot/var/www/html";
  EXPECT_FALSE(join_web_root(other_host, site_of));
  auto site = web_shell("www.example.org");
  site.watch = Watch::kSites;
  EXPECT_FALSE(join_web_root(site, site_of));
}

}  // namespace
}  // namespace vedette::server
