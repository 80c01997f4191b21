#include "sites/watch/dns_watch.h"

#include <gtest/gtest.h>

namespace vedette::sites {
namespace {

using Values = std::vector<std::string>;

std::vector<DnsAnswer> all(const std::string& type, const Values& values) {
  return {{"r1", type, values, ""}, {"r2", type, values, ""}, {"r3", type, values, ""}};
}

class DnsWatch : public ::testing::Test {
 protected:
  DnsRound round(std::vector<DnsAnswer> answers, bool window = false) {
    state_ = dns_from_json(dns_to_json(state_));  // every round also goes through the store's form
    return see_dns(state_, std::move(answers), "example.org", window);
  }
  void learn(const std::string& type, const Values& values) {
    for (int i = 0; i < kDnsLearnRounds; ++i) {
      auto seen = round(all(type, values));
      EXPECT_TRUE(seen.events.empty() && seen.conditions.empty());
    }
  }
  DnsState state_;
};

TEST_F(DnsWatch, AnAgreedNewAnswerIsReportedOnceInItsSecondRound) {
  learn("NS", {"ns1.example.org", "ns2.example.org"});
  EXPECT_TRUE(round(all("NS", {"ns1.evil.example"})).events.empty());
  auto seen = round(all("NS", {"ns1.evil.example"}));
  ASSERT_EQ(seen.events.size(), 1u);
  EXPECT_EQ(seen.events[0].kind, "dns_changed");
  EXPECT_EQ(seen.events[0].severity, Severity::kHigh);
  EXPECT_EQ(seen.events[0].after, "ns1.evil.example");
  EXPECT_TRUE(round(all("NS", {"ns1.evil.example"})).events.empty());
  EXPECT_TRUE(round(all("NS", {"ns1.example.org", "ns2.example.org"})).events.empty());
}

TEST_F(DnsWatch, PoolsInTheirNetworksAreNoNews) {
  learn("A", {"192.0.2.1", "192.0.2.2"});
  for (int i = 3; i < 10; ++i) {
    auto seen = round(all("A", {"192.0.2." + std::to_string(i)}));
    EXPECT_TRUE(seen.events.empty() && seen.conditions.empty());
  }
  round(all("A", {"203.0.113.7"}));
  EXPECT_EQ(round(all("A", {"203.0.113.9"})).events.size(), 1u);
}

TEST_F(DnsWatch, AHostWhoseNetworksKeepChangingIsNotJudged) {
  for (int i = 0; i < 40; ++i) {
    auto seen = round(all("A", {std::to_string(10 + i) + ".1.2.3"}));
    EXPECT_TRUE(seen.events.empty() && seen.conditions.empty()) << i;
  }
}

TEST_F(DnsWatch, OneResolverThatStraysForThreeRoundsIsACondition) {
  learn("A", {"192.0.2.1"});
  auto stray = [] {
    return std::vector<DnsAnswer>{
        {"r1", "A", {"192.0.2.1"}, ""}, {"r2", "A", {"192.0.2.1"}, ""}, {"r3", "A", {"198.51.100.66"}, ""}};
  };
  EXPECT_TRUE(round(stray()).conditions.empty());
  EXPECT_TRUE(round(stray()).conditions.empty());
  auto seen = round(stray());
  ASSERT_EQ(seen.conditions.size(), 1u);
  EXPECT_EQ(seen.conditions[0].kind, "dns_disagree");
  EXPECT_TRUE(seen.events.empty());
  EXPECT_TRUE(round(all("A", {"192.0.2.1"})).conditions.empty());
}

TEST_F(DnsWatch, FailingResolversAreCountedAndChangeNothing) {
  learn("MX", {"10 mail.example.org"});
  auto seen = round(
      {{"r1", "MX", {}, "SERVFAIL"}, {"r2", "MX", {"10 mail.example.org"}, ""}, {"r3", "MX", {}, "timeout"}});
  EXPECT_EQ(seen.asked, 3);
  EXPECT_EQ(seen.failing, 2);
  EXPECT_TRUE(seen.events.empty() && seen.conditions.empty());
}

TEST_F(DnsWatch, AChangeWindowLearns) {
  learn("A", {"192.0.2.1"});
  round(all("A", {"203.0.113.7"}), true);
  EXPECT_TRUE(round(all("A", {"203.0.113.7"})).events.empty());
  EXPECT_TRUE(round(all("A", {"203.0.113.7"})).events.empty());
}

}  // namespace
}  // namespace vedette::sites
