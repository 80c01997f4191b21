#include "sites/render/renderer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <set>

#include "sites/render/chromium_process.h"
#include "sites/render/process_tree.h"
#include "sites/render/test_site.h"

namespace vedette::sites {
namespace {

using testing::HasSubstr;
using testing::Not;

// One Chromium for all tests of this file: a start costs more than a page.
class RendererTest : public testing::Test {
 protected:
  void SetUp() override {
    if (find_chromium().empty()) GTEST_SKIP() << "no Chromium on this machine: rendering is not tested";
  }
  static void TearDownTestSuite() { shared().reset(); }

  static RenderOptions options() {
    RenderOptions out;
    out.allow_loopback = true;
    out.start_timeout = std::chrono::seconds(150);
    return out;
  }
  static std::unique_ptr<Renderer>& shared() {
    static std::unique_ptr<Renderer> renderer;
    return renderer;
  }
  static Renderer& renderer() {
    if (!shared()) shared() = make_renderer(options(), clock(), metrics());
    return *shared();
  }
  static const Clock& clock() {
    static SystemClock clock;
    return clock;
  }
  static Metrics& metrics() {
    static Metrics metrics;
    return metrics;
  }

  // With time enough for a machine that is ten times slower: a test that waits for less must say why.
  static RenderRequest request_for(const std::string& url) {
    RenderRequest out;
    out.url = url;
    out.settle = std::chrono::milliseconds(200);
    out.timeout = std::chrono::seconds(150);
    return out;
  }
  Result<Rendered> render(const std::string& path) { return renderer().render(request_for(site_.url(path))); }
  static std::set<std::string> kinds_from(const Rendered& rendered, const std::string& origin) {
    std::set<std::string> out;
    for (const auto& item : rendered.origins) {
      if (item.origin == origin) out.insert(item.kind);
    }
    return out;
  }

  TestSite site_;
};

TEST_F(RendererTest, ShowsAPageWithItsStatusTextPictureAndOrigins) {
  site_.put("/", {R"(<!doctype html><title>Báo</title><link rel=stylesheet href=/a.css><h1>Xin chào</h1>
                    <img src="/p.png"><script>console.error('e')</script>)"});
  site_.put("/a.css", {"h1{color:red}", "text/css"});
  auto got = render("/");
  ASSERT_TRUE(got.has_value()) << got.error().full();
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->final_url, site_.url("/"));
  EXPECT_TRUE(got->loaded);
  EXPECT_THAT(got->dom, HasSubstr("<h1>Xin chào</h1>"));
  EXPECT_THAT(got->dom, HasSubstr("<!DOCTYPE html>"));
  EXPECT_EQ(got->screenshot_png.substr(1, 3), "PNG");
  std::string origin = site_.url("");
  EXPECT_THAT(kinds_from(*got, origin), testing::IsSupersetOf({"document", "image", "stylesheet"}));
  EXPECT_EQ(got->console_errors, 1);
  EXPECT_TRUE(got->blocked.empty());
}

TEST_F(RendererTest, SeesWhatScriptsBuildShadowRootsIncluded) {
  site_.put("/shell", {R"(<!doctype html><div id=app></div><script src=/app.js></script>)"});
  site_.put("/app.js", {R"(fetch('/data').then(r => r.text()).then(t => {
      document.getElementById('app').innerHTML = '<p>' + t + '</p><div id=host></div>';
      document.getElementById('host').attachShadow({mode: 'open'}).innerHTML = '<b>in the shadow</b>';
    });)",
                        "text/javascript"});
  site_.put("/data", {"made by script", "text/plain"});
  auto got = render("/shell");
  ASSERT_TRUE(got.has_value()) << got.error().full();
  EXPECT_THAT(got->dom, HasSubstr("<p>made by script</p>"));
  EXPECT_THAT(got->dom, HasSubstr("<b>in the shadow</b>"));
  EXPECT_THAT(kinds_from(*got, site_.url("")), testing::IsSupersetOf({"script", "fetch"}));
}

TEST_F(RendererTest, APageCannotAnswerForItsDocument) {
  site_.put("/liar", {R"(<p>defaced</p><script>
      Object.defineProperty(Element.prototype, 'outerHTML', {get: () => 'all is well'});
      String.prototype.slice = () => 'all is well';</script>)"});
  auto got = render("/liar");
  ASSERT_TRUE(got.has_value()) << got.error().full();
  EXPECT_THAT(got->dom, HasSubstr("<p>defaced</p>"));
}

TEST_F(RendererTest, StopsAScriptThatNeverEnds) {
  site_.put("/loop", {"<p>before</p><script>for(;;);</script>"});
  auto request = request_for(site_.url("/loop"));
  request.timeout = std::chrono::seconds(16);  // of which 12 pass before the script is stopped
  auto got = renderer().render(request);
  ASSERT_TRUE(got.has_value()) << got.error().full();
  EXPECT_TRUE(got->interrupted);
  EXPECT_FALSE(got->loaded);
  EXPECT_THAT(got->dom, HasSubstr("<p>before</p>"));
}

TEST_F(RendererTest, GivesUpOnAServerThatDoesNotAnswer) {
  site_.put("/hang", {"", "", "", "", true});
  auto request = request_for(site_.url("/hang"));
  request.timeout = std::chrono::milliseconds(1'500);
  auto got = renderer().render(request);
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code(), ErrorCode::kTimeout);
}

TEST_F(RendererTest, ShowsWhatIsThereWhenAPartNeverComes) {
  site_.put("/part", {"<p>there</p><img src=/never.png>"});
  site_.put("/never.png", {"", "", "", "", true});
  auto request = request_for(site_.url("/part"));
  request.timeout = std::chrono::seconds(16);
  auto got = renderer().render(request);
  ASSERT_TRUE(got.has_value()) << got.error().full();
  EXPECT_FALSE(got->loaded);
  EXPECT_THAT(got->dom, HasSubstr("<p>there</p>"));
  EXPECT_FALSE(got->screenshot_png.empty());
}

TEST_F(RendererTest, DismissesDialogs) {
  site_.put("/alert",
            {"<script>alert('HACKED');onbeforeunload=e=>{e.preventDefault()};</script><p>after</p>"});
  auto got = render("/alert");
  ASSERT_TRUE(got.has_value()) << got.error().full();
  EXPECT_GE(got->dialogs, 1);
  EXPECT_THAT(got->dom, HasSubstr("<p>after</p>"));
}

TEST_F(RendererTest, DeniesDownloads) {
  site_.put("/file", {"MZ...", "application/octet-stream", "200 OK", "Content-Disposition: attachment\r\n"});
  auto got = render("/file");
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(got.error().message(), HasSubstr("download"));
}

TEST_F(RendererTest, BlocksMetadataAndOtherSchemesAndListsForeignOrigins) {
  TestSite other;
  other.put("/x.js", {"window.foreign=1;document.write('<i>foreign ran</i>')", "text/javascript"});
  site_.put("/ssrf", {"<script src=\"" + other.url("/x.js") + R"x("></script>
      <img src="http://169.254.169.254/latest/meta-data/">
      <iframe src="http://[fd00:ec2::254]/"></iframe>
      <script>fetch('http://169.254.169.254./latest/').catch(()=>0);
      new Worker(URL.createObjectURL(new Blob(["fetch('http://169.254.169.253/w')"])));</script>)x"});
  auto got = render("/ssrf");
  ASSERT_TRUE(got.has_value()) << got.error().full();
  EXPECT_THAT(got->dom, HasSubstr("<i>foreign ran</i>"));
  EXPECT_THAT(kinds_from(*got, other.url("")), testing::Contains("script"));
  std::set<std::string> blocked;
  for (const auto& item : got->blocked) {
    if (item.reason == "address") blocked.insert(item.url);
  }
  EXPECT_THAT(blocked, testing::Contains("http://169.254.169.254/latest/meta-data/"));
  EXPECT_THAT(blocked, testing::Contains("http://[fd00:ec2::254]/"));
}

TEST_F(RendererTest, RefusesARedirectToTheMetadataService) {
  site_.put("/to-meta", {"", "text/html", "302 Found", "Location: http://169.254.169.254/latest/\r\n"});
  auto got = render("/to-meta");
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code(), ErrorCode::kForbidden) << got.error().full();
}

TEST_F(RendererTest, LoopbackNeedsPermission) {
  RenderOptions strict = options();
  strict.allow_loopback = false;
  auto renderer = make_renderer(strict, clock(), metrics());
  site_.put("/", {"secret"});
  for (const char* host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"}) {
    auto request = request_for(site_.url("/", host));
    auto got = renderer->render(request);
    ASSERT_FALSE(got.has_value()) << host;
    EXPECT_EQ(got.error().code(), ErrorCode::kForbidden) << host << ": " << got.error().full();
  }
  EXPECT_TRUE(site_.requests("/").empty());
}

TEST_F(RendererTest, ANameThatLeadsToLoopbackIsRefusedByTheGate) {
  char name[256] = {};
  ASSERT_EQ(gethostname(name, sizeof name - 1), 0);
  RenderOptions strict = options();
  strict.allow_loopback = false;
  auto renderer = make_renderer(strict, clock(), metrics());
  site_.put("/", {"secret"});
  auto request = request_for(site_.url("/", name));
  auto got = renderer->render(request);
  // Debian gives its own host name 127.0.1.1; elsewhere the name is unknown. Never may the page be reached.
  ASSERT_FALSE(got.has_value());
  EXPECT_TRUE(site_.requests("/").empty());
}

TEST_F(RendererTest, RendersGivenTextWithoutAnyNetwork) {
  site_.put("/pixel.png", {"x", "image/png"});
  auto request = request_for("https://defaced.example/index.html");
  request.html = "<title>t</title><p>Hacked by X</p><img src=\"" + site_.url("/pixel.png") +
                 "\"><script>document.write('<b>'+location.origin+'</b>');new WebSocket('ws://127.0.0.1:" +
                 site_.url("/ws").substr(17) + "');</script>";
  auto got = renderer().render(request);
  ASSERT_TRUE(got.has_value()) << got.error().full();
  EXPECT_THAT(got->dom, HasSubstr("<b>https://defaced.example</b>"));
  EXPECT_EQ(got->status, 0);
  ASSERT_FALSE(got->blocked.empty());
  EXPECT_EQ(got->blocked[0].reason, "offline");
  EXPECT_TRUE(site_.requests("/pixel.png").empty());
  EXPECT_TRUE(site_.requests("/ws").empty());
}

TEST_F(RendererTest, SecretsReachOnlyTheSiteItself) {
  TestSite other;
  other.put("/x.js", {"1", "text/javascript"});
  site_.put("/login", {"<script src=\"" + other.url("/x.js") + "\"></script>"});
  auto request = request_for(site_.url("/login"));
  request.bearer_token = Secret("s3cret");
  request.headers = {{"X-Watch", "1"}};
  auto got = renderer().render(request);
  ASSERT_TRUE(got.has_value()) << got.error().full();
  ASSERT_EQ(site_.requests("/login").size(), 1u);
  EXPECT_THAT(site_.requests("/login")[0], HasSubstr("Authorization: Bearer s3cret"));
  EXPECT_THAT(site_.requests("/login")[0], HasSubstr("X-Watch: 1"));
  EXPECT_THAT(site_.requests("/login")[0], Not(HasSubstr("Headless")));
  ASSERT_EQ(other.requests("/x.js").size(), 1u);
  EXPECT_THAT(other.requests("/x.js")[0], Not(HasSubstr("s3cret")));
}

TEST_F(RendererTest, CutsAHugeDocument) {
  site_.put("/huge", {"<script>document.write('<p>' + 'ắ'.repeat(3e6) + '</p>')</script>"});
  auto request = request_for(site_.url("/huge"));
  request.dom_bytes_max = 100'000;
  auto got = renderer().render(request);
  ASSERT_TRUE(got.has_value()) << got.error().full();
  EXPECT_TRUE(got->dom_truncated);
  EXPECT_LE(got->dom.size(), 100'000u);
  EXPECT_GT(got->dom.size(), 99'000u);
}

TEST_F(RendererTest, ACrashedChromiumIsStartedAgain) {
  shared().reset();  // what is killed is this test's own
  auto renderer = make_renderer(options(), clock(), metrics());
  site_.put("/", {"<p>one</p>"});
  auto request = request_for(site_.url("/"));
  request.settle = {};
  ASSERT_TRUE(renderer->render(request).has_value());
  // While a page hangs, the whole process is killed from outside.
  site_.put("/hang", {"", "", "", "", true});
  std::atomic<bool> over = false;
  std::jthread killer([&] {
    while (site_.requests("/hang").empty() && !over)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // until Chromium has asked for it
    for (pid_t pid : process_tree(getpid())) {
      if (pid == getpid()) continue;
      std::error_code gone;
      std::string path =
          std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", gone).string();
      if (path.find("chrom") != std::string::npos) kill(pid, SIGKILL);
    }
  });
  request.url = site_.url("/hang");
  auto dead = renderer->render(request);
  over = true;
  killer.join();
  ASSERT_FALSE(dead.has_value());
  EXPECT_EQ(dead.error().code(), ErrorCode::kUnavailable) << dead.error().full();
  request.url = site_.url("/");
  auto again = renderer->render(request);
  ASSERT_TRUE(again.has_value()) << again.error().full();
  EXPECT_EQ(renderer->status().restarts, 2u);
}

TEST_F(RendererTest, StartsAFreshProcessAfterSoManyPages) {
  RenderOptions few = options();
  few.pages_per_process = 1;
  auto renderer = make_renderer(few, clock(), metrics());
  site_.put("/", {"<p>one</p>"});
  auto request = request_for(site_.url("/"));
  request.settle = {};
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(renderer->render(request).has_value());
  EXPECT_EQ(renderer->status().restarts, 2u);
}

TEST_F(RendererTest, EndsAProcessThatTakesTooMuchMemory) {
  RenderOptions small = options();
  small.memory_max_bytes = 1u << 20;  // no Chromium is that small
  auto renderer = make_renderer(small, clock(), metrics());
  site_.put("/hang", {"", "", "", "", true});
  auto request = request_for(site_.url("/hang"));
  auto got = renderer->render(request);
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code(), ErrorCode::kUnavailable);
  EXPECT_GE(renderer->status().killed_for_memory, 1u);  // a second try is ended like the first
}

TEST_F(RendererTest, LeavesNothingBehind) {
  shared().reset();  // it may end by itself while this test counts processes
  auto folder = std::filesystem::temp_directory_path() / ("render_test_" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  std::filesystem::permissions(folder, std::filesystem::perms(0755));
  RenderOptions own = options();
  own.temp_folder = folder;
  site_.put("/", {"<p>one</p>"});
  auto request = request_for(site_.url("/"));
  std::size_t before = process_tree(getpid()).size();
  {
    auto renderer = make_renderer(own, clock(), metrics());
    ASSERT_TRUE(renderer->render(request).has_value());
    EXPECT_GT(process_tree(getpid()).size(), before);
    EXPECT_FALSE(std::filesystem::is_empty(folder));
  }
  EXPECT_LE(process_tree(getpid()).size(), before);
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove_all(folder);
}

// Behind a proxy of the organisation, which is played by the test's site: names need no address here.
TEST_F(RendererTest, APageOfTheOutsideReachesNoPrivateNetworkAndOneOfTheInsideDoes) {
  auto behind = options();
  behind.proxy = site_.url("");
  auto renderer = make_renderer(behind, clock(), metrics());
  const std::string page = "<!doctype html><p>Town</p><script src=http://10.1.2.3/router></script>";
  const std::string router = "http://10.1.2.3/router";
  site_.put("http://town.example.invalid/", {page});
  site_.put("http://10.9.9.9/", {page});
  site_.put(router, {"document.title='reached'", "text/javascript"});

  auto outside = renderer->render(request_for("http://town.example.invalid/"));
  ASSERT_TRUE(outside.has_value()) << outside.error().full();
  EXPECT_THAT(outside->dom, HasSubstr("Town"));
  EXPECT_THAT(outside->dom, Not(HasSubstr("reached")));
  EXPECT_TRUE(site_.requests(router).empty());
  EXPECT_TRUE(std::ranges::any_of(
      outside->blocked, [&](const BlockedRequest& b) { return b.url == router && b.reason == "address"; }));

  auto inside = renderer->render(request_for("http://10.9.9.9/"));
  ASSERT_TRUE(inside.has_value()) << inside.error().full();
  EXPECT_THAT(inside->dom, HasSubstr("reached"));
  EXPECT_EQ(site_.requests(router).size(), 1u);
}

TEST(RendererWithoutChromium, SaysWhatItCannotSee) {
  SystemClock clock;
  Metrics metrics;
  RenderOptions options;
  options.chromium = "/nonexistent/chromium";
  auto renderer = make_renderer(options, clock, metrics);
  RenderRequest request;
  request.url = "https://example.org/";
  auto got = renderer->render(request);
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code(), ErrorCode::kUnsupported);
  ASSERT_EQ(renderer->sights().size(), 1u);
  EXPECT_FALSE(renderer->sights()[0].ok);
  EXPECT_EQ(render(renderer->sights()[0].reason, Language::kEnglish).find("sites."), std::string::npos);
  options.chromium = "none";
  EXPECT_EQ(make_renderer(options, clock, metrics)->sights()[0].reason.key, "sites.render.off");
}

}  // namespace
}  // namespace vedette::sites
