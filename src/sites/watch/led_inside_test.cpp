// A watched public page that leads into the own network: the running watch, real servers at public and inner
// addresses.
#include "net/own_network.h"
#include "sites/watch/watch_fixture.h"

namespace vedette::sites::test {
namespace {

class LedInsideWatchTest : public WatchTest {
 protected:
  void SetUp() override {}
  void TearDown() override {}
  std::string at(const std::string& address, const std::string& path) const {
    return "http://" + address + url(path).substr(url("").find(':', 5));
  }
  Site outage(const std::string& id) {
    check(id);
    return check(id);
  }
};

TEST_F(LedInsideWatchTest, IsAnOutageThatSaysWhyUntilTheInnerHostIsWatched) {
  const std::string outside = "203.0.113.10", inside = "10.20.30.40";
  bool permitted = net::testing_server::in_own_network({outside, inside}, [&] {
    std::filesystem::create_directories(folder_);
    publish("index.html", own_page(1));
    ASSERT_NO_FATAL_FAILURE(nginx_.start(
        "listen " + outside + ":@HTTP@; listen " + inside +
        ":@HTTP@; types { text/html html; } location = /lead { return 302 http://" + inside + ":@HTTP@/; }"));
    auto database = store::open_sqlite({.path = folder_ / "state.db"}, site_migrations(), clock_, metrics_);
    ASSERT_TRUE(database) << database.error().full();
    database_ = *std::move(database);
    auto options = this->options();
    options.failure_retry = std::chrono::hours(1);
    start(options);

    auto leading = add(at(outside, "/lead"));
    auto down = outage(leading);
    EXPECT_EQ(down.state, SiteState::kUnavailable);
    EXPECT_EQ(down.last_error_message.key, "sites.outage.led_inside");
    EXPECT_NE(down.last_error.find(at(outside, "/lead") + " -> " + at(inside, "/")), std::string::npos)
        << down.last_error;
    EXPECT_TRUE(eventually([&] { return sink_.of("unavailable").size() == 1; })) << sink_.kinds();
    EXPECT_EQ(sink_.of("unavailable").at(0).reason.key, "sites.outage.led_inside");

    options.inner_hosts = {inside};
    watch_->reload(options);
    EXPECT_EQ(check(leading).last_error, "");
    watch_->reload(this->options());
    EXPECT_EQ(check(leading).last_error_message.key, "sites.outage.led_inside");
    add(at(inside, "/"));
    EXPECT_EQ(check(leading).last_error, "");
    watch_.reset();
    database_.reset();
  });
  std::filesystem::remove_all(folder_);
  if (!permitted) GTEST_SKIP() << "no network namespace can be made here";
}

}  // namespace
}  // namespace vedette::sites::test
