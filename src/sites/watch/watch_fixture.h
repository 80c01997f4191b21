// For tests: the running watch against a real nginx, with the real store, fetcher and judge.
//
// Waits are for events and end when these come; their limit only ends a test that has failed.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>
#include <set>

#include "base/id.h"
#include "net/nginx_fixture.h"
#include "sites/watch/site_watch.h"
#include "sites/watch/test_pages.h"

namespace vedette::sites::test {

// What the desk would have heard, each finding once.
class Heard final : public FindingSink {
 public:
  Result<void> report(const std::vector<Finding>& findings) override {
    std::lock_guard lock(mutex_);
    if (refuse_ > 0) {
      --refuse_;
      return fail(ErrorCode::kUnavailable, "the test's sink is away");
    }
    for (const auto& f : findings) {
      if (uids_.insert(f.uid).second) all_.push_back(f);
    }
    return {};
  }
  std::vector<Finding> all() {
    std::lock_guard lock(mutex_);
    return all_;
  }
  std::vector<Finding> of(std::string_view kind) {
    auto out = all();
    std::erase_if(out, [&](const Finding& f) { return f.kind != kind || f.state != FindingState::kPresent; });
    return out;
  }
  std::string kinds() {
    std::string out;
    for (const auto& f : all()) out += f.kind + (f.state == FindingState::kPresent ? " " : "(resolved) ");
    return out;
  }
  void refuse(int times) {
    std::lock_guard lock(mutex_);
    refuse_ = times;
  }

 private:
  std::mutex mutex_;
  std::vector<Finding> all_;
  std::set<std::string> uids_;
  int refuse_ = 0;
};

class WatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::access("/usr/sbin/nginx", X_OK) != 0) GTEST_SKIP() << "nginx is not installed";
    std::filesystem::create_directories(folder_);
    std::filesystem::permissions(folder_, std::filesystem::perms::all);
    publish("index.html", own_page(1));
    ASSERT_NO_FATAL_FAILURE(
        nginx_.start("types { text/html html; image/svg+xml svg; text/css css; text/javascript js; } "
                     "default_type text/html; "
                     "location = /down { return 503; } location = /loop { return 302 /loop; }"));
    store::DatabaseOptions options;
    options.path = folder_ / "state.db";
    auto database = store::open_sqlite(options, site_migrations(), clock_, metrics_);
    ASSERT_TRUE(database) << database.error().full();
    database_ = *std::move(database);
  }
  void TearDown() override {
    watch_.reset();
    database_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  // Learns quickly, confirms at once, and opens no browser unless the test asks for one.
  SiteWatchOptions options() const {
    SiteWatchOptions out;
    out.snapshot_folder = folder_ / "snapshots";
    out.allow_loopback = true;
    out.learn_fetches = 4;
    out.confirm_after = std::chrono::seconds(0);
    out.fetch_timeout = std::chrono::seconds(60);
    out.chromium = "none";
    return out;
  }
  void start(const SiteWatchOptions& options) {
    watch_.reset();
    watch_ = make_site_watch(options, *database_, sink_, clock_, metrics_);
    ASSERT_TRUE(watch_->start());
  }

  void publish(const std::string& name, std::string_view text) {
    nginx_.write("html/new", std::string(text));
    auto www = std::filesystem::path(nginx_.certificate()).parent_path() / "html";
    std::filesystem::rename(www / "new", www / name);
  }
  std::string url(const std::string& path) const { return nginx_.http_url() + path; }

  template <class Condition>
  bool eventually(Condition condition) {  // the watch works on its own threads, in real time
    std::mutex mutex;
    std::condition_variable never;
    auto end = std::chrono::steady_clock::now() + std::chrono::minutes(5);
    while (std::chrono::steady_clock::now() < end) {
      if (condition()) return true;
      std::unique_lock lock(mutex);
      never.wait_for(lock, std::chrono::milliseconds(20));
    }
    return false;
  }
  Site site(const std::string& id) { return watch_->get(id).value_or(Site{}); }
  // One more check, finished.
  Site check(const std::string& id) {
    auto before = site(id).last_check_at;
    EXPECT_TRUE(watch_->check_now(id));
    EXPECT_TRUE(eventually([&] { return site(id).last_check_at != before; }));
    return site(id);
  }
  // Watches `url` and waits for its first check.
  std::string add(const std::string& url, std::chrono::seconds interval = std::chrono::hours(1)) {
    SiteConfig config;
    config.url = url;
    config.interval = interval;
    auto added = watch_->add(config);
    EXPECT_TRUE(added) << added.error().full();
    auto id = added ? added->id : "";
    EXPECT_TRUE(eventually([&] { return site(id).last_check_at.has_value(); }));
    return id;
  }

  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("watch-test-" + random_token(9));
  net::testing_server::Nginx nginx_;
  SystemClock clock_;
  Metrics metrics_;
  Heard sink_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<SiteWatch> watch_;
};

}  // namespace vedette::sites::test
