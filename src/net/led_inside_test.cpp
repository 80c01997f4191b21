// Where the outside may lead: real servers at public and inner addresses in a network of their own.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "net/fetcher.h"
#include "net/nginx_fixture.h"
#include "net/own_network.h"

namespace vedette::net {
namespace {

constexpr const char* kOutside = "203.0.113.10";
constexpr const char* kInside = "10.20.30.40";
constexpr const char* kOtherInside = "192.168.7.7";

class LedInsideTest : public ::testing::Test {
 protected:
  void run(const std::function<void()>& test) {
    if (!testing_server::in_own_network({kOutside, kInside, kOtherInside}, [&] {
          std::string listen;
          for (const char* address : {kOutside, kInside, kOtherInside})
            listen += fmt::format("listen {}:@HTTP@; listen {}:@TLS@ ssl;", address, address);
          nginx_.start(listen + R"(
            location /to { return 302 $arg_where; }
            location /secret { access_log @DIR@/secret.log; default_type text/plain; return 200 "inside"; }
          )");
          fetcher_ = make_fetcher({}, clock_, metrics_);
          if (!HasFatalFailure()) test();
          fetcher_.reset();
        }))
      GTEST_SKIP() << "no network namespace can be made here";
  }
  std::string url(const std::string& host, const std::string& path) const {
    return fmt::format("http://{}:{}{}", host, nginx_.http_port(), path);
  }
  static std::string to(const std::string& where) { return "/to?where=" + where; }
  FetchRequest request(const std::string& url) const {
    FetchRequest out;
    out.url = url;
    out.allow_loopback = true;
    out.verify_tls = false;
    for (auto [name, address] : {std::pair{"outside.example", kOutside}, {"inside.example", kInside}})
      out.resolve.push_back(fmt::format("{}:{}:{}", name, nginx_.http_port(), address));
    out.resolve.push_back(fmt::format("outside.example:{}:{}", nginx_.https_port(), kInside));  // rebound
    return out;
  }
  FetchResult get(FetchRequest request) { return fetch_once(*fetcher_, std::move(request)); }
  FetchResult get(const std::string& url) { return get(request(url)); }
  std::string asked() const {
    std::ifstream log(std::filesystem::path(nginx_.certificate()).parent_path() / "secret.log");
    return (std::ostringstream() << log.rdbuf()).str();
  }

  testing_server::Nginx nginx_;
  SystemClock clock_;
  Metrics metrics_;
  std::unique_ptr<Fetcher> fetcher_;
};

TEST_F(LedInsideTest, TheOutsideLeadsNowhereInside) {
  run([&] {
    for (const auto& host : {kInside, "inside.example", kOtherInside, "127.0.0.1", "localhost"}) {
      auto result = get(url("outside.example", to(url(host, "/secret"))));
      EXPECT_EQ(result.failure, FetchFailure::kLedInside) << host << ": " << result.failure_detail;
      EXPECT_THAT(result.failure_detail, testing::HasSubstr("http://outside.example"));
      EXPECT_THAT(result.failure_detail, testing::HasSubstr(std::string("-> http://") + host));
      EXPECT_EQ(result.body, "");
    }
    EXPECT_EQ(asked(), "") << "nobody was asked";
    // Nor over a connection that another fetch had opened.
    EXPECT_EQ(get(url("inside.example", "/secret")).status, 200);
    EXPECT_EQ(get(url(kOutside, to(url("inside.example", "/secret")))).failure, FetchFailure::kLedInside);
  });
}

TEST_F(LedInsideTest, ALinkOfAPublicPageNeither) {
  run([&] {
    auto linked = request(url("inside.example", "/secret"));
    linked.from_outside = true;
    EXPECT_EQ(get(linked).failure, FetchFailure::kLedInside);
    EXPECT_EQ(asked(), "");
    linked.inner_host = [](std::string_view host, std::uint16_t) { return host == "inside.example"; };
    EXPECT_EQ(get(linked).body, "inside");
  });
}

TEST_F(LedInsideTest, AKnownInnerHostMayBeLedTo) {
  run([&] {
    auto known = request(url("outside.example", to(url(kInside, "/secret"))));
    known.inner_host = [&](std::string_view host, std::uint16_t port) {
      return host == kInside && port == nginx_.http_port();
    };
    auto result = get(known);
    EXPECT_EQ(result.body, "inside") << result.failure_detail;
    EXPECT_TRUE(result.outside);
    // But the outside goes on leading: what an inner host then names is not known.
    known.url = url(kOutside, to(url(kInside, to(url(kOtherInside, "/secret")))));
    EXPECT_EQ(get(known).failure, FetchFailure::kLedInside);
  });
}

TEST_F(LedInsideTest, InsideIsFreeAndMayComeBackFromASignInOutside) {
  run([&] {
    auto result = get(url("inside.example", to(url(kOtherInside, "/secret"))));
    EXPECT_EQ(result.body, "inside");
    EXPECT_FALSE(result.outside);
    result = get(url(kInside, to(url("outside.example", to(url(kInside, "/secret"))))));
    EXPECT_EQ(result.body, "inside") << result.failure_detail;
    EXPECT_FALSE(result.outside) << "its first and its last page stand inside";
    result = get(url(kInside, to(url("outside.example", to(url(kOtherInside, "/secret"))))));
    EXPECT_EQ(result.failure, FetchFailure::kLedInside);
    EXPECT_TRUE(get(url(kOutside, "/none")).outside);
  });
}

TEST_F(LedInsideTest, ANameThatIsReboundInsideIsNoInnerHost) {
  run([&] {
    auto rebound = request(
        url("outside.example", to(fmt::format("https://outside.example:{}/secret", nginx_.https_port()))));
    rebound.inner_host = [](std::string_view, std::uint16_t) { return true; };
    EXPECT_EQ(get(rebound).failure, FetchFailure::kLedInside);
    EXPECT_EQ(asked(), "");
  });
}

TEST_F(LedInsideTest, BehindAProxyAddressesAreStillJudged) {
  run([&] {
    auto proxied = request("http://some.example" + to(url(kInside, "/secret")));
    proxied.proxy = nginx_.http_url();  // it resolves the name; this machine cannot
    auto result = get(proxied);
    ASSERT_EQ(result.redirects.size(), 1u) << result.failure_detail;
    EXPECT_EQ(result.failure, FetchFailure::kLedInside);
    EXPECT_EQ(asked(), "");
  });
}

}  // namespace
}  // namespace vedette::net
