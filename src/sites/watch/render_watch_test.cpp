// The running watch with a real Chromium, tesseract and nginx: what only a browser sees.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/id.h"
#include "sites/render/chromium_process.h"
#include "sites/watch/site_watch.h"
#include "sites/watch/test_pages.h"

namespace vedette::sites {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class Heard final : public FindingSink {
 public:
  Result<void> report(const std::vector<Finding>& findings) override {
    std::lock_guard lock(mutex_);
    for (const auto& f : findings) all_[f.uid] = f;
    return {};
  }
  std::vector<Finding> of(std::string_view kind) {
    std::lock_guard lock(mutex_);
    std::vector<Finding> out;
    for (const auto& [uid, f] : all_) {
      if (f.kind == kind && f.state == FindingState::kPresent) out.push_back(f);
    }
    return out;
  }
  std::string kinds() {
    std::lock_guard lock(mutex_);
    std::string out;
    for (const auto& [uid, f] : all_) out += f.kind + " ";
    return out;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Finding> all_;
};

int unused_port() {
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

constexpr std::string_view kDefacement =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1200\" height=\"700\"><rect width=\"1200\" "
    "height=\"700\" "
    "fill=\"white\"/><g font-family=\"DejaVu Sans, sans-serif\" font-size=\"64\" fill=\"black\"><text "
    "x=\"60\" "
    "y=\"140\">HACKED BY GHOST TEAM</text><text x=\"60\" y=\"280\">Your site has been "
    "hacked</text></g></svg>";
constexpr std::string_view kHarmless =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1200\" height=\"700\"><rect width=\"1200\" "
    "height=\"700\" "
    "fill=\"#dde\"/><circle cx=\"300\" cy=\"300\" r=\"200\" fill=\"#345\"/></svg>";

// Readable in a browser, which test::defaced_page() is not: black on black.
std::string readable_defacement() {
  return "<html><head><title>Hacked By Gh0st Team</title></head><body bgcolor=white><center><h1 "
         "style='font-size:60px'>"
         "HACKED BY GHOST TEAM</h1><p style='font-size:40px'>Your site has been hacked, admin. We were "
         "here.</p>"
         "</center></body></html>";
}

class RenderWatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::access("/usr/sbin/nginx", X_OK) != 0) GTEST_SKIP() << "nginx is not installed";
    fs::create_directories(folder_ / "www");
    fs::permissions(folder_, fs::perms::all);
    publish("style.css", "body{font-family:sans-serif}");
    publish("app.js", "");
    publish("index.html", test::own_page(1));
    std::ofstream(folder_ / "nginx.conf") << fmt::format(
        "daemon off; pid {0}/pid; error_log /dev/null; worker_processes 1; events {{}}\n"
        "http {{ access_log off; client_body_temp_path {0}/t1; proxy_temp_path {0}/t2; fastcgi_temp_path "
        "{0}/t3;"
        " uwsgi_temp_path {0}/t4; scgi_temp_path {0}/t5; types {{ text/html html; image/svg+xml svg; "
        "text/css css;"
        " text/javascript js; }} default_type text/html;\nserver {{ listen 127.0.0.1:{1}; root {0}/www; }} "
        "}}\n",
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
  void make(const std::string& chromium) {
    SiteWatchOptions options;
    options.snapshot_folder = folder_ / "snapshots";
    options.allow_loopback = true;
    options.learn_interval = 0s;
    options.learn_fetches = 4;
    options.confirm_after = 0s;
    options.chromium = chromium;
    watch_ = make_site_watch(options, *database_, sink_, clock_, metrics_);
    ASSERT_TRUE(watch_->start());
  }
  bool browser() {
    if (find_chromium().empty()) return false;
    make("");
    return true;
  }
  void publish(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / "www" / "new") << text;
    fs::rename(folder_ / "www" / "new", folder_ / "www" / name);
  }
  template <class Condition>
  bool eventually(Condition condition) {  // the watch works on its own threads, in real time
    std::mutex mutex;
    std::condition_variable never;
    for (auto end = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < end;) {
      if (condition()) return true;
      std::unique_lock lock(mutex);
      never.wait_for(lock, 20ms);
    }
    return false;
  }
  Site site(const std::string& id) { return watch_->get(id).value_or(Site{}); }
  Site check(const std::string& id) {
    auto before = site(id).last_check_at;
    EXPECT_TRUE(watch_->check_now(id));
    EXPECT_TRUE(eventually([&] { return site(id).last_check_at != before; }));
    return site(id);
  }
  std::string add() {
    SiteConfig config;
    config.url = fmt::format("http://127.0.0.1:{}/", port_);
    config.interval = 3600s;
    auto added = watch_->add(config);
    EXPECT_TRUE(added) << added.error().full();
    auto id = added ? added->id : "";
    EXPECT_TRUE(eventually([&] { return site(id).learned >= 4; }));
    return id;
  }
  std::vector<Snapshot> snapshots(const std::string& id, std::string_view kind) {
    std::vector<Snapshot> out;
    auto all = watch_->snapshots(id, {});
    EXPECT_TRUE(all);
    for (const auto& s : all->items) {
      if (s.kind == kind) out.push_back(s);
    }
    return out;
  }
  std::string shown_sight(const std::string& id) {
    auto sights = watch_->site_sights(id);
    for (const auto& sight : *sights) {
      if (sight.what == "sites.sight.rendered") return sight.reason;
    }
    return "missing";
  }
  // Looks until the browser's part is learnt, too.
  void learn_shown(const std::string& id) {
    for (int looks = 1; looks <= 3; ++looks) {
      check(id);
      ASSERT_TRUE(eventually([&] { return learned(id) >= looks; })) << shown_sight(id);
    }
  }
  int learned(const std::string& id) {
    std::string json;
    auto read = database_->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto rows, session.query("SELECT memory FROM sites_site WHERE id = ?", {id}));
      json = rows.empty() ? "" : rows[0].text(0);
      return {};
    });
    EXPECT_TRUE(read);
    auto at = json.find("\"shown\"");
    at = at == std::string::npos ? at : json.find("\"learned\":", at);
    return at == std::string::npos ? 0 : std::atoi(json.c_str() + at + 10);
  }
  const Sight* sight(const std::vector<Sight>& all, std::string_view what) {
    for (const auto& one : all) {
      if (one.what == what) return &one;
    }
    return nullptr;
  }

  fs::path folder_ = fs::temp_directory_path() / ("render-watch-" + random_token(9));
  int port_ = unused_port();
  pid_t nginx_ = 0;
  SystemClock clock_;
  Metrics metrics_;
  Heard sink_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<SiteWatch> watch_;
};

TEST_F(RenderWatchTest, ALearntPageHasItsPictureBeforeAndADefacedOneItsPictureAfter) {
  if (!browser()) GTEST_SKIP() << "no Chromium on this machine: looks through a browser are not tested";
  auto id = add();
  check(id);
  ASSERT_TRUE(eventually([&] { return snapshots(id, "screenshot").size() == 1; })) << shown_sight(id);
  EXPECT_EQ(snapshots(id, "screenshot")[0].verdict, "ok");
  publish("index.html", readable_defacement());
  check(id);
  ASSERT_TRUE(eventually([&] { return !sink_.of("page_replaced").empty(); })) << sink_.kinds();
  ASSERT_TRUE(eventually([&] { return !sink_.of("hostile_picture").empty(); })) << sink_.kinds();
  auto finding = sink_.of("hostile_picture")[0];
  EXPECT_EQ(finding.dedup_key, sink_.of("page_replaced")[0].dedup_key);
  EXPECT_EQ(finding.severity, Severity::kCritical);
  std::map<std::string, int> evidence;
  for (const auto& e : finding.evidence) ++evidence[e.kind + " " + e.note];
  EXPECT_EQ(evidence, (std::map<std::string, int>{
                          {"screenshot before", 1}, {"screenshot after", 1}, {"rendered_page after", 1}}));
  auto pictures = snapshots(id, "screenshot");
  EXPECT_EQ(pictures[0].verdict, "critical");
  auto png = watch_->snapshot_content(pictures[0].id, nullptr);
  ASSERT_TRUE(png);
  EXPECT_TRUE(png->starts_with("\x89PNG"));
  auto document = watch_->snapshot_content(snapshots(id, "rendered_page")[0].id, nullptr);
  ASSERT_TRUE(document);
  EXPECT_NE(document->find("HACKED BY"), std::string::npos);
}

TEST_F(RenderWatchTest, WordsThatStandInAPictureAloneAreRead) {
  if (!browser()) GTEST_SKIP() << "no Chromium on this machine: looks through a browser are not tested";
  auto sights = watch_->sights();
  if (auto* ocr = sight(sights, "sites.sight.ocr"); ocr == nullptr || !ocr->ok)
    GTEST_SKIP() << "no tesseract on this machine: words in pictures are not tested";
  publish("banner.svg", kHarmless);
  publish("index.html", "<!doctype html><img src=/banner.svg width=1200 height=700>" + test::own_page(1));
  auto id = add();
  learn_shown(id);
  EXPECT_EQ(site(id).state, SiteState::kOk);
  publish("banner.svg", kDefacement);  // the page's own bytes stay the same
  check(id);
  ASSERT_TRUE(eventually([&] { return !sink_.of("hostile_picture").empty(); })) << sink_.kinds();
  EXPECT_TRUE(eventually([&] { return site(id).state == SiteState::kCritical; }));
  EXPECT_TRUE(sink_.of("hostile_picture")[0].dedup_key.ends_with("/shown"));
}

TEST_F(RenderWatchTest, WithoutABrowserTheWatchWorksAndSaysSo) {
  make("none");
  auto sights = watch_->sights();
  for (std::string_view what : {"sites.sight.rendering", "sites.sight.ocr"}) {
    auto* one = sight(sights, what);
    ASSERT_NE(one, nullptr) << what;
    EXPECT_FALSE(one->ok);
    EXPECT_NE(render({one->reason, one->arguments}, Language::kEnglish), one->reason);
  }
  auto id = add();
  publish("index.html", test::defaced_page());
  check(id);
  ASSERT_TRUE(eventually([&] { return !sink_.of("page_replaced").empty(); }));
  EXPECT_TRUE(snapshots(id, "screenshot").empty());
  EXPECT_EQ(shown_sight(id), "sites.sight.rendered.none");
}

}  // namespace
}  // namespace vedette::sites
