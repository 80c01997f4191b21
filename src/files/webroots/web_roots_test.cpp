#include "files/webroots/web_roots.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>

#include "model/message.h"

namespace vedette::files {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// Keeps what was reported; refuses as long as it is told to.
class Collected final : public FindingSink {
 public:
  Result<void> report(const std::vector<Finding>& findings) override {
    std::lock_guard lock(mutex_);
    if (refuse_) {
      ++refused_;
      return fail(ErrorCode::kUnavailable, "the spool is full");
    }
    found_.insert(found_.end(), findings.begin(), findings.end());
    return {};
  }
  void refuse(bool refuse) {
    std::lock_guard lock(mutex_);
    refuse_ = refuse;
  }
  int refused() const {
    std::lock_guard lock(mutex_);
    return refused_;
  }
  std::vector<Finding> found() const {
    std::lock_guard lock(mutex_);
    return found_;
  }
  // The kinds with the file they are about, sorted.
  std::vector<std::string> kinds() const {
    std::vector<std::string> out;
    for (const auto& finding : found()) out.push_back(finding.kind);
    std::ranges::sort(out);
    return out;
  }
  bool has(const std::string& kind, const std::string& where_ends) const {
    for (const auto& finding : found())
      if (finding.kind == kind && finding.where.ends_with(where_ends)) return true;
    return false;
  }

 private:
  mutable std::mutex mutex_;
  bool refuse_ = false;
  int refused_ = 0;
  std::vector<Finding> found_;
};

constexpr std::string_view kFrontPage =
    "<!doctype html><html><head><title>Cổng thông tin</title></head><body><h1>Cổng thông tin điện tử</h1>"
    "<p>Tin tức trong ngày</p></body></html>\n";
constexpr std::string_view kOrdinaryScript =
    "<?php\n$db = new PDO('sqlite:x');\nfunction ask($s) { global $db; return $db->query($s); }\n";
constexpr std::string_view kShell = "<?php @eval($_POST['x']); ?>\n";

// Both ways of hearing of changes; what they tell must be the same.
class WebRootsTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam() && ::geteuid() != 0) GTEST_SKIP() << "fanotify needs root";
    std::string name = (fs::temp_directory_path() / "vedette-webroots-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::create_directories(root() / "uploads");
    fs::create_directories(root() / "inc");
    write("index.html", kFrontPage);
    write("inc/db.php", kOrdinaryScript);
    write(".htaccess", "Options -Indexes\n");
    write("uploads/a.jpg", std::string("\xff\xd8\xff\xe0") + std::string(2000, 'j'));
  }
  void TearDown() override {
    watch_.reset();
    std::error_code error;
    if (!folder_.empty()) fs::remove_all(folder_, error);
  }
  fs::path root() const { return folder_ / "root"; }
  void write(const std::string& path, std::string_view text) const {
    std::ofstream out(root() / path, std::ios::binary | std::ios::trunc);
    out << text;
    ASSERT_TRUE(out.flush().good()) << path;
  }
  WebRootsOptions options() const {
    WebRootsOptions out;
    out.roots = {{root().string(), {"example.gov.vn"}, "given"}};
    out.state = folder_ / "state";
    out.host_id = out.host_name = "web1";
    out.fanotify = GetParam();
    out.settle = 50ms;
    out.settle_max = 200ms;
    out.burst_calm = 300ms;
    return out;
  }
  void start() {
    watch_ = std::make_unique<WebRoots>(options(), clock_, sink_, metrics_);
    auto started = watch_->start();
    ASSERT_TRUE(started) << started.error().full();
    ASSERT_TRUE(soon([&] { return watch_->status().roots.at(0).learned; }));
  }
  void stop() { watch_.reset(); }
  static bool soon(const std::function<bool()>& holds) {
    for (auto until = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < until;) {
      if (holds()) return true;
      std::this_thread::sleep_for(10ms);
    }
    return holds();
  }
  // A change that must stay silent is followed by one that must not: when that was told, the first was
  // judged.
  void pass_by(const std::string& marker) {
    write("inc/" + marker, "<?php function marker() { return 1; }\n");
    ASSERT_TRUE(soon([&] { return sink_.has("script_new", marker); })) << marker;
  }

  fs::path folder_;
  SystemClock clock_;
  Metrics metrics_;
  Collected sink_;
  std::unique_ptr<WebRoots> watch_;
};

TEST_P(WebRootsTest, LearnsWhatIsThereWithoutAnAlarm) {
  start();
  pass_by("after.php");
  EXPECT_EQ(sink_.kinds(), std::vector<std::string>{"script_new"});
  EXPECT_GE(watch_->status().roots.at(0).files, 4);
  auto method = watch_->status().method;
  if (GetParam() && method != "fanotify") GTEST_SKIP() << "this file system or kernel allows inotify only";
  EXPECT_EQ(method, GetParam() ? "fanotify" : "inotify");
}

TEST_P(WebRootsTest, TellsAWebShellThatWasThereBefore) {
  write("uploads/old.php", kShell);
  start();
  ASSERT_TRUE(soon([&] { return sink_.has("web_shell", "uploads/old.php"); }));
}

TEST_P(WebRootsTest, TellsEachKindOfChangeWithBeforeAndAfter) {
  start();
  write("uploads/b.php", kShell);
  ASSERT_TRUE(soon([&] { return sink_.has("web_shell", "uploads/b.php"); }));
  write("uploads/c.php", "<?php echo 1 + 1;\n");
  ASSERT_TRUE(soon([&] { return sink_.has("upload_executable", "uploads/c.php"); }));
  write(".htaccess", "Options -Indexes\nAddType application/x-httpd-php .jpg\n");
  ASSERT_TRUE(soon([&] { return sink_.has("config_changed", ".htaccess"); }));
  write("index.html", "<html><body><h1>HACKED BY Xx_Crew_xX</h1></body></html>\n");
  ASSERT_TRUE(soon([&] { return sink_.has("page_defaced", "index.html"); }));
  write("inc/db.php", std::string(kOrdinaryScript) + "function more() { return 2; }\n");
  ASSERT_TRUE(soon([&] { return sink_.has("script_changed", "inc/db.php"); }));
  fs::remove(root() / "inc/db.php");
  ASSERT_TRUE(soon([&] { return sink_.has("page_removed", "inc/db.php"); }));
  for (const auto& finding : sink_.found()) {
    EXPECT_EQ(finding.watch, Watch::kFiles);
    EXPECT_EQ(finding.asset.id, "web1");
    EXPECT_EQ(finding.dedup_key, "files/web1/webroot" + root().string()) << "one alert for a root";
    EXPECT_EQ(finding.reason.arguments.at("hosts"), "example.gov.vn");
    for (const auto* message : {&finding.title, &finding.reason, &finding.next_step}) {
      for (auto language : {language_from("en"), language_from("vi")}) {
        auto text = render(*message, language);
        EXPECT_NE(text, message->key) << "no text";
        EXPECT_EQ(text.find('{'), std::string::npos) << text;
      }
    }
    if (finding.kind == "config_changed") {
      EXPECT_NE(finding.after.find("x-httpd-php"), std::string::npos) << finding.after;
      EXPECT_EQ(finding.before.find("x-httpd-php"), std::string::npos) << finding.before;
    }
    if (finding.kind == "page_defaced") {
      EXPECT_EQ(finding.severity, Severity::kCritical);
      EXPECT_NE(finding.before.find("Cổng thông tin điện tử"), std::string::npos) << finding.before;
    }
  }
}

TEST_P(WebRootsTest, ChangesOfAProgramItselfAndPicturesAreNoAlarm) {
  fs::create_directories(root() / "cache");
  start();
  write("uploads/b.jpg", std::string("\xff\xd8\xff\xe0") + std::string(5000, 'k'));
  write("cache/page.php", "<?php return array('a' => 1);\n");
  write("news.html", "<html><body><p>Một bài mới</p></body></html>\n");
  write("uploads/index.php", "<?php // Silence is golden.\n");
  pass_by("z.php");
  EXPECT_EQ(sink_.kinds(), std::vector<std::string>{"script_new"});
}

TEST_P(WebRootsTest, ADeployWindowIsQuietButForShells) {
  start();
  auto window = watch_->open_deploy(60s, "", "release 4.2");
  ASSERT_TRUE(window) << window.error().full();
  write("inc/db.php", std::string(kOrdinaryScript) + "function more() { return 2; }\n");
  write("inc/shell.php", "<?php system($_GET['c']);\n");
  ASSERT_TRUE(soon([&] { return sink_.has("web_shell", "inc/shell.php"); }));
  ASSERT_TRUE(soon([&] {
    auto list = watch_->recent(50);
    return list && std::ranges::any_of(*list, [](const WebChange& change) {
             return change.path == "inc/db.php" && change.quiet == "deploy";
           });
  }));
  EXPECT_EQ(sink_.kinds(), std::vector<std::string>{"web_shell"});
}

TEST_P(WebRootsTest, WhatChangedWhileNobodyWatchedIsTold) {
  start();
  stop();
  write("index.html", "<html><body><h1>HACKED BY Xx_Crew_xX</h1></body></html>\n");
  fs::remove(root() / "inc/db.php");
  start();
  ASSERT_TRUE(soon([&] { return sink_.has("page_defaced", "index.html"); }));
  ASSERT_TRUE(soon([&] { return sink_.has("page_removed", "inc/db.php"); }));
  auto told = sink_.found().size();
  stop();
  start();
  pass_by("after.php");
  EXPECT_EQ(sink_.found().size(), told + 1) << "what was told is not told again";
}

TEST_P(WebRootsTest, AFindingThatIsNotTakenIsToldAgainAndNotLost) {
  start();
  sink_.refuse(true);
  write("uploads/b.php", kShell);
  ASSERT_TRUE(soon([&] { return sink_.refused() >= 2; }));
  stop();  // and with it what it had in memory
  sink_.refuse(false);
  start();
  ASSERT_TRUE(soon([&] { return sink_.has("web_shell", "uploads/b.php"); }));
}

TEST_P(WebRootsTest, AFloodOfChangesIsOneFinding) {
  start();
  for (int i = 0; i < 200; ++i)
    write("inc/f" + std::to_string(i) + ".php", "<?php return " + std::to_string(i) + ";\n");
  ASSERT_TRUE(soon([&] {
    return watch_->status().held == 0 && watch_->status().pending == 0 &&
           watch_->status().roots.at(0).files >= 204;
  }));
  EXPECT_LE(sink_.found().size(), 20U);
  EXPECT_TRUE(std::ranges::any_of(sink_.found(), [](const Finding& f) { return f.kind == "many_changes"; }));
}

TEST_P(WebRootsTest, ANewFolderAndItsContentAreWatched) {
  start();
  fs::create_directories(root() / "new/deep/deeper");
  write("new/deep/deeper/x.php", kShell);
  ASSERT_TRUE(soon([&] { return sink_.has("web_shell", "new/deep/deeper/x.php"); }));
  write("new/deep/y.php", kShell);
  ASSERT_TRUE(soon([&] { return sink_.has("web_shell", "new/deep/y.php"); }));
}

TEST_P(WebRootsTest, ALinkOutOfTheRootIsToldAndNotFollowed) {
  fs::create_directories(folder_ / "outside");
  std::ofstream(folder_ / "outside/secret.php") << kShell;
  start();
  fs::create_directory_symlink(folder_ / "outside", root() / "out");
  ASSERT_TRUE(soon([&] { return sink_.has("link_out", "/out"); }));
  pass_by("after.php");
  EXPECT_FALSE(sink_.has("web_shell", "secret.php"));
}

INSTANTIATE_TEST_SUITE_P(Ways, WebRootsTest, testing::Values(false, true),
                         [](const auto& info) { return info.param ? "Fanotify" : "Inotify"; });

TEST(WebRoots, NoRootIsAnAnswerOfItsOwn) {
  SystemClock clock;
  Metrics metrics;
  Collected sink;
  WebRootsOptions options;
  options.roots = {{"/nonexistent/web/root", {}, "given"}};
  options.state = fs::temp_directory_path() / ("vedette-webroots-none-" + std::to_string(::getpid()));
  WebRoots roots(options, clock, sink, metrics);
  auto started = roots.start();
  // A root that is not there (yet) is watched for and said; it must never look like health.
  if (started) {
    EXPECT_FALSE(roots.status().blind.empty());
  } else {
    EXPECT_EQ(started.error().code(), ErrorCode::kNotFound);
  }
  roots.stop();
  fs::remove_all(options.state);
}

}  // namespace
}  // namespace vedette::files
