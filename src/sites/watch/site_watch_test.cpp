// The running watch against a real nginx, with the real store, fetcher and judge.
#include "sites/watch/site_watch.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/id.h"
#include "sites/check.h"
#include "sites/watch/question.h"
#include "sites/watch/test_pages.h"

namespace vedette::sites {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class Sink final : public FindingSink {
 public:
  Result<void> report(const std::vector<Finding>& findings) override {
    std::lock_guard lock(mutex_);
    if (refuse_ > 0) {
      --refuse_;
      return fail(ErrorCode::kUnavailable, "the test's sink is away");
    }
    for (const auto& f : findings) {
      if (uids_.emplace(f.uid, 0).second) all_.push_back(f);
    }
    return {};
  }
  std::vector<Finding> all() {
    std::lock_guard lock(mutex_);
    return all_;
  }
  void refuse(int times) {
    std::lock_guard lock(mutex_);
    refuse_ = times;
  }

 private:
  std::mutex mutex_;
  std::vector<Finding> all_;
  std::map<std::string, int> uids_;
  int refuse_ = 0;
};

int free_port() {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

class SiteWatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::access("/usr/sbin/nginx", X_OK) != 0) GTEST_SKIP() << "nginx is not installed";
    fs::create_directories(folder_ / "www");
    fs::permissions(folder_, fs::perms::all);
    publish(test::own_page(1));
    std::ofstream(folder_ / "nginx.conf") << fmt::format(
        "daemon off; pid {0}/pid; error_log /dev/null; worker_processes 1; events {{}}\n"
        "http {{ access_log off; client_body_temp_path {0}/t1; proxy_temp_path {0}/t2; fastcgi_temp_path "
        "{0}/t3;"
        " uwsgi_temp_path {0}/t4; scgi_temp_path {0}/t5; types {{ text/html html; }} default_type "
        "text/html;\n"
        "server {{ listen 127.0.0.1:{1}; root {0}/www;"
        " location = /down {{ return 503; }} location = /loop {{ return 302 /loop; }} }} }}\n",
        folder_.string(), port_);
    nginx_ = ::fork();
    if (nginx_ == 0) {
      ::execl("/usr/sbin/nginx", "nginx", "-c", (folder_ / "nginx.conf").c_str(), nullptr);
      ::_exit(127);
    }
    store::DatabaseOptions options;
    options.path = folder_ / "state.db";
    auto database = store::open_sqlite(options, site_migrations(), clock_, metrics_);
    ASSERT_TRUE(database) << database.error().full();
    database_ = *std::move(database);
    make();
  }
  void TearDown() override {
    watch_.reset();
    database_.reset();
    if (nginx_ > 0) {
      ::kill(nginx_, SIGTERM);
      ::waitpid(nginx_, nullptr, 0);
    }
    fs::remove_all(folder_);
  }
  void make() {
    SiteWatchOptions options;
    options.snapshot_folder = folder_ / "snapshots";
    options.allow_loopback = true;
    options.learn_interval = 100s;
    options.learn_fetches = 4;
    options.confirm_after = 0s;
    watch_ = make_site_watch(options, *database_, sink_, clock_, metrics_);
    ASSERT_TRUE(watch_->start());
  }
  void publish(const std::string& page) {
    std::ofstream(folder_ / "www" / "new") << page;
    fs::rename(folder_ / "www" / "new", folder_ / "www" / "index.html");
  }
  template <class Condition>
  bool eventually(Condition condition) {  // the watch works on its own threads, in real time
    std::mutex mutex;
    std::condition_variable never;
    for (auto end = std::chrono::steady_clock::now() + 30s; std::chrono::steady_clock::now() < end;) {
      if (condition()) return true;
      std::unique_lock lock(mutex);
      never.wait_for(lock, 10ms);
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
  std::string add(const std::string& path) {
    SiteConfig config;
    config.url = fmt::format("http://127.0.0.1:{}{}", port_, path);
    config.interval = 3600s;
    auto added = watch_->add(config);
    EXPECT_TRUE(added) << added.error().full();
    auto id = added ? added->id : "";
    EXPECT_TRUE(eventually([&] { return site(id).last_check_at.has_value(); }));
    return id;
  }
  std::string learnt() {
    auto id = add("/");
    for (int i = 2; i < 20 && site(id).learned < 4; ++i) {
      publish(test::own_page(i));
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

  fs::path folder_ = fs::temp_directory_path() / ("site-watch-" + random_token(9));
  int port_ = free_port();
  pid_t nginx_ = 0;
  SystemClock clock_;
  Metrics metrics_;
  Sink sink_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<SiteWatch> watch_;
};

TEST_F(SiteWatchTest, AReplacedPageIsLearntJudgedKeptAndReportedUnderOneKey) {
  auto id = learnt();
  for (int i = 50; i < 55; ++i) {
    publish(test::own_page(i));
    EXPECT_EQ(check(id).state, SiteState::kOk);
  }
  EXPECT_TRUE(sink_.all().empty());
  sink_.refuse(1);  // the sink is away for a moment: nothing is lost
  publish(test::defaced_page());
  EXPECT_EQ(check(id).state, SiteState::kCritical);
  ASSERT_TRUE(eventually([&] { return content_findings(Severity::kHigh) > 0; }));
  auto count = sink_.all().size();
  check(id);
  check(id);
  EXPECT_EQ(sink_.all().size(), count);

  auto now = site(id);
  Snapshot meta;
  auto kept = watch_->snapshot_content(now.last_snapshot, &meta);
  ASSERT_TRUE(kept) << kept.error().full();
  EXPECT_EQ(*kept, test::defaced_page());
  auto rows = watch_->compare(now.reference_snapshot, now.last_snapshot);
  ASSERT_TRUE(rows);
  EXPECT_TRUE(std::ranges::any_of(*rows, [](const CompareBlock& r) {
    return r.op == CompareBlock::Op::kAdded && r.text.find("HACKED BY") != std::string::npos;
  }));

  // A restart knows what the desk was told, and the profile.
  watch_.reset();
  make();
  check(id);
  EXPECT_EQ(sink_.all().size(), count);
  publish(test::own_page(77));
  EXPECT_EQ(check(id).state, SiteState::kOk);
  ASSERT_TRUE(eventually([&] { return sink_.all().size() == count + 1; }));
  EXPECT_EQ(sink_.all().back().state, FindingState::kResolved);
}

TEST_F(SiteWatchTest, ApprovalHoldsAcrossARestart) {
  auto id = learnt();
  publish(test::other_page());
  check(id);
  ASSERT_TRUE(eventually([&] { return content_findings(Severity::kMedium) > 0; }));
  auto before = site(id).last_check_at;
  ASSERT_TRUE(watch_->approve(id, site(id).last_snapshot, "test"));
  ASSERT_TRUE(
      eventually([&] { return site(id).last_check_at != before && site(id).state == SiteState::kOk; }));
  watch_.reset();
  make();
  EXPECT_EQ(check(id).state, SiteState::kOk);
}

TEST_F(SiteWatchTest, AnotherAddressIsLearntAnew) {
  auto id = learnt();
  std::ofstream(folder_ / "www" / "bicycles.html") << test::other_page();
  auto config = site(id).config;
  config.url += "bicycles.html";
  ASSERT_TRUE(watch_->update(id, config));
  EXPECT_LE(site(id).learned, 1);
  ASSERT_TRUE(eventually([&] { return site(id).last_check_at && site(id).learned == 1; }));
  for (int i = 0; i < 3; ++i) EXPECT_NE(check(id).state, SiteState::kCritical);
  EXPECT_EQ(site(id).state, SiteState::kOk);
  watch_.reset();
  make();
  EXPECT_EQ(check(id).state, SiteState::kOk);
  EXPECT_EQ(content_findings(Severity::kInformational), 0);
}

TEST_F(SiteWatchTest, SaysWhatItDoesNotLookAt) {
  auto id = add("/");
  auto sights = watch_->site_sights(id).value_or(std::vector<Sight>{});
  auto reason = [&](std::string_view what) {
    auto found = std::ranges::find_if(sights, [&](const Sight& s) { return s.what == what; });
    return found == sights.end() ? std::string("absent") : found->reason;
  };
  EXPECT_EQ(reason("sites.sight.resources"), "sites.sight.not_yet");
  EXPECT_EQ(reason("sites.sight.cloaking"), "sites.sight.not_yet");
  EXPECT_EQ(reason("sites.sight.dns"), "absent");  // the address has no name
  SiteWatchOptions options;
  options.allow_loopback = true;
  options.cloak_interval = 0s;
  watch_->reload(options);
  sights = watch_->site_sights(id).value_or(std::vector<Sight>{});
  EXPECT_EQ(reason("sites.sight.cloaking"), "sites.sight.off");
  sights = watch_->sights();
  EXPECT_EQ(reason("sites.sight.cloaking"), "sites.sight.off");
  auto queues = watch_->queues();
  EXPECT_TRUE(std::ranges::any_of(queues, [](const Queue& q) { return q.name == "sites.slow_looks"; }));
}

TEST_F(SiteWatchTest, OutagesAreNeverContent) {
  for (std::string path : {"/down", "/loop"}) {
    auto id = add(path);
    check(id);
    EXPECT_EQ(check(id).state, SiteState::kUnavailable) << path;
    EXPECT_FALSE(site(id).last_error.empty());
  }
  EXPECT_EQ(content_findings(Severity::kInformational), 0);
}

TEST_F(SiteWatchTest, RefusesWhatCannotBeWatched) {
  auto add_url = [&](std::string url) {
    SiteConfig config;
    config.url = std::move(url);
    auto added = watch_->add(config);
    return added ? std::string("added") : std::string(to_string(added.error().code()));
  };
  EXPECT_EQ(add_url("ftp://example.org/"), "invalid");
  EXPECT_EQ(add_url("http://169.254.169.254/latest"), "invalid");
  EXPECT_EQ(add_url("http://user:secret@example.org/"), "invalid");
  add("/");
  EXPECT_EQ(add_url(fmt::format("http://127.0.0.1:{}", port_)), "conflict");
}

TEST_F(SiteWatchTest, AStandAloneCheckNamesADefacedPage) {
  auto fetcher = net::make_fetcher({}, clock_, metrics_);
  CheckOptions options;
  options.allow_loopback = true;
  auto url = fmt::format("http://127.0.0.1:{}/", port_);
  auto clean = check_page(url, options, *fetcher, clock_);
  EXPECT_EQ(clean.failure, "");
  EXPECT_EQ(check_exit_code({clean}), 0) << check_text(clean, Language::kEnglish);
  publish(test::defaced_page());
  EXPECT_EQ(check_exit_code({check_page(url, options, *fetcher, clock_)}), 1);
  EXPECT_EQ(check_exit_code({check_page(url + "down", options, *fetcher, clock_)}), 2);
}

}  // namespace
}  // namespace vedette::sites
