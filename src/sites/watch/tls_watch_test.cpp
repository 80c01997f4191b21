#include "sites/watch/tls_watch.h"

#include <gtest/gtest.h>

namespace vedette::sites {
namespace {

using std::chrono::days;
const Asset kAsset{"site", "s1", "Example"};
const WallTime kNow = from_unix_ms(1'700'000'000'000);

net::PeerCertificate certificate(std::string key, std::string issuer, days since, days left) {
  net::PeerCertificate out;
  out.key_sha256 = std::move(key);
  out.issuer = std::move(issuer);
  out.not_before = kNow - since;
  out.not_after = kNow + left;
  out.names = {"example.org", "*.example.org"};
  return out;
}

TEST(TlsWatch, WarnsInFourSteps) {
  auto severity = [](int left) {
    TlsState state;
    auto answer = see_certificate(state, certificate("k", "CA", days(300), days(left)), kAsset, kNow, true);
    return answer.conditions.empty() ? Severity::kInformational : answer.conditions[0].severity;
  };
  EXPECT_EQ(severity(60), Severity::kInformational);
  EXPECT_EQ(severity(29), Severity::kLow);
  EXPECT_EQ(severity(13), Severity::kMedium);
  EXPECT_EQ(severity(6), Severity::kHigh);
  EXPECT_EQ(severity(0), Severity::kCritical);
}

TEST(TlsWatch, AShortLivedCertificateIsNotExpiringFromItsFirstDay) {
  TlsState state;
  EXPECT_TRUE(see_certificate(state, certificate("k", "CA", days(1), days(5)), kAsset, kNow, false)
                  .conditions.empty());
  EXPECT_FALSE(see_certificate(state, certificate("k", "CA", days(5), days(1)), kAsset, kNow, false)
                   .conditions.empty());
}

TEST(TlsWatch, ARenewalInItsWindowIsNoNews) {
  TlsState state;
  see_certificate(state, certificate("k1", "CA", days(65), days(25)), kAsset, kNow, true);
  EXPECT_TRUE(
      see_certificate(state, certificate("k2", "CA", days(0), days(90)), kAsset, kNow, false).events.empty());
}

TEST(TlsWatch, AnotherIssuerOutsideTheWindowIsReportedOnce) {
  TlsState state;
  see_certificate(state, certificate("k1", "CA", days(10), days(355)), kAsset, kNow, true);
  auto answer = see_certificate(state, certificate("k2", "Other CA", days(0), days(90)), kAsset, kNow, false);
  ASSERT_EQ(answer.events.size(), 1u);
  EXPECT_EQ(answer.events[0].kind, "tls_issuer_changed");
  EXPECT_EQ(answer.events[0].severity, Severity::kHigh);
  // Servers of one pool may answer in turn: both are known now.
  EXPECT_TRUE(see_certificate(state, certificate("k1", "CA", days(10), days(355)), kAsset, kNow, false)
                  .events.empty());
  EXPECT_TRUE(see_certificate(state, certificate("k2", "Other CA", days(0), days(90)), kAsset, kNow, false)
                  .events.empty());
}

TEST(TlsWatch, ANewKeyFromTheSameIssuerFarFromExpiryIsMedium) {
  TlsState state;
  see_certificate(state, certificate("k1", "CA", days(10), days(355)), kAsset, kNow, true);
  auto answer = see_certificate(state, certificate("k2", "CA", days(0), days(365)), kAsset, kNow, false);
  ASSERT_EQ(answer.events.size(), 1u);
  EXPECT_EQ(answer.events[0].kind, "tls_key_changed");
  EXPECT_EQ(answer.events[0].severity, Severity::kMedium);
}

TEST(TlsWatch, SaysWhyACertificateWasRefused) {
  auto good = certificate("k", "CA", days(1), days(50));
  auto kind = [](const net::PeerCertificate* leaf, std::string_view host) {
    return refused_certificate(leaf, host, "verify failed", kAsset, kNow).at(0).kind;
  };
  auto old = certificate("k", "CA", days(100), days(-1));
  EXPECT_EQ(kind(&old, "example.org"), "tls_expired");
  EXPECT_EQ(kind(&good, "example.com"), "tls_wrong_name");
  EXPECT_EQ(kind(&good, "www.example.org"), "tls_untrusted");
  EXPECT_EQ(kind(nullptr, "example.org"), "tls_untrusted");
}

TEST(NameMatches, FollowsRfc9525) {
  EXPECT_TRUE(name_matches({"*.example.org"}, "WWW.example.org"));
  EXPECT_FALSE(name_matches({"*.example.org"}, "example.org"));
  EXPECT_FALSE(name_matches({"*.example.org"}, "a.b.example.org"));
  EXPECT_TRUE(name_matches({"192.0.2.1"}, "192.0.2.1"));
}

}  // namespace
}  // namespace vedette::sites
