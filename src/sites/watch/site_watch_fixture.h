// For tests: a running watch of slow learning, and the page it has learnt.
#pragma once

#include "sites/watch/question.h"
#include "sites/watch/watch_fixture.h"

namespace vedette::sites::test {

class SiteWatchTest : public WatchTest {
 protected:
  void SetUp() override {
    WatchTest::SetUp();
    options_ = options();
    options_.learn_interval = std::chrono::seconds(100);
    if (!IsSkipped() && !HasFatalFailure()) make();
  }
  void make() { start(options_); }
  void show(const std::string& page) { publish("index.html", page); }
  using WatchTest::add;
  std::string add(SiteConfig config) {
    config.interval = std::chrono::hours(1);
    auto added = watch_->add(config);
    EXPECT_TRUE(added) << added.error().full();
    auto id = added ? added->id : "";
    EXPECT_TRUE(eventually([&] { return site(id).last_check_at.has_value(); }));
    return id;
  }
  std::string learnt() {
    auto id = add(url("/"));
    for (int i = 2; i < 20 && site(id).learned < 4; ++i) {
      show(own_page(i));
      check(id);
    }
    EXPECT_EQ(site(id).learned, 4);
    return id;
  }
  int content_findings(Severity least) {
    int count = 0;
    for (const auto& f : sink_.all()) {
      count += f.state == FindingState::kPresent && f.dedup_key.ends_with("/content") && f.severity >= least;
    }
    return count;
  }

  SiteWatchOptions options_;
};

}  // namespace vedette::sites::test
