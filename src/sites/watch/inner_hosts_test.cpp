#include "sites/watch/inner_hosts.h"

#include <gtest/gtest.h>

namespace vedette::sites {
namespace {

TEST(InnerHosts, AWatchedHostAtItsPortsAndThoseOfTheWeb) {
  InnerHosts hosts;
  hosts.watch("https://Intranet.example:8443/start");
  EXPECT_TRUE(hosts.contains("intranet.example", 8443));
  EXPECT_TRUE(hosts.contains("intranet.example", 80)) << "sites lead from http to https";
  EXPECT_TRUE(hosts.contains("intranet.example", 443));
  EXPECT_FALSE(hosts.contains("intranet.example", 6379));
  EXPECT_FALSE(hosts.contains("other.intranet.example", 8443));
  hosts.watch("http://[fd12::1]/");
  EXPECT_TRUE(hosts.contains("fd12::1", 80));
}

TEST(InnerHosts, AsLongAsOneSiteStandsThere) {
  InnerHosts hosts;
  hosts.watch("http://10.0.0.5:8080/a");
  hosts.watch("http://10.0.0.5:8080/b");
  hosts.unwatch("http://10.0.0.5:8080/a");
  EXPECT_TRUE(hosts.contains("10.0.0.5", 8080));
  hosts.unwatch("http://10.0.0.5:8080/b");
  EXPECT_FALSE(hosts.contains("10.0.0.5", 8080));
  EXPECT_FALSE(hosts.contains("10.0.0.5", 80));
  hosts.unwatch("http://10.0.0.5:8080/b");
}

TEST(InnerHosts, AllowedOnesAtEveryPortUntilOthersAreNamed) {
  InnerHosts hosts;
  hosts.allow({"SSO.example", "10.1.2.3", "fd12::1", "[fd12::2]"});
  for (auto host : {"sso.example", "10.1.2.3", "fd12::1", "fd12::2"})
    EXPECT_TRUE(hosts.contains(host, 9000)) << host;
  hosts.allow({"10.1.2.4"});
  EXPECT_FALSE(hosts.contains("sso.example", 9000));
  EXPECT_TRUE(hosts.contains("10.1.2.4", 1));
}

}  // namespace
}  // namespace vedette::sites
