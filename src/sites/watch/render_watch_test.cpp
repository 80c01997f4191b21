// The running watch with a real Chromium, tesseract and nginx: what only a browser sees.
#include <signal.h>

#include "sites/render/chromium_process.h"
#include "sites/render/process_tree.h"
#include "sites/render/test_site.h"
#include "sites/watch/render_view.h"
#include "sites/watch/watch_fixture.h"

namespace vedette::sites {
namespace {

using namespace std::chrono_literals;

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

class RenderWatchTest : public test::WatchTest {
 protected:
  void SetUp() override {
    WatchTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    publish("style.css", "body{font-family:sans-serif}");
    publish("app.js", "");
  }
  void make(const std::string& chromium, std::chrono::seconds resources = 600s) {
    auto quick = options();
    quick.resource_interval = resources;
    quick.learn_interval = 0s;
    quick.chromium = chromium;
    quick.look_timeout = 150s;
    start(quick);
  }
  bool browser() {
    if (find_chromium().empty()) return false;
    make("");
    return true;
  }
  // Watches `address` until the raw page is learnt.
  std::string learn(const std::string& address, std::chrono::seconds interval = 1h) {
    auto id = add(address, interval);
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
      if (sight.what == "sites.sight.rendered")
        return sight.reason + (sight.arguments.contains("detail") ? " " + sight.arguments.at("detail") : "");
    }
    return "missing";
  }
  // Looks until the browser's part is learnt, too.
  void learn_shown(const std::string& id, int least = kLooksLearned) {
    for (int looks = 1; looks <= least; ++looks) {
      check(id);
      ASSERT_TRUE(eventually([&] { return memory(id, "learned") >= looks; })) << shown_sight(id);
    }
  }
  // One more check, and the look that it asked for.
  void look(const std::string& id) {
    auto before = memory(id, "tried_at");
    auto looked = [&] { return memory(id, "tried_at") != before && memory(id, "tried_at") != 0; };
    check(id);
    ASSERT_TRUE(eventually(looked)) << shown_sight(id);
  }
  // A number of the stored part about looks.
  std::int64_t memory(const std::string& id, const std::string& name) {
    std::string json;
    auto read = database_->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto rows, session.query("SELECT memory FROM sites_site WHERE id = ?", {id}));
      json = rows.empty() ? "" : rows[0].text(0);
      return {};
    });
    EXPECT_TRUE(read);
    auto at = json.find("\"shown\"");
    at = at == std::string::npos ? at : json.find("\"" + name + "\":", at);
    return at == std::string::npos ? 0 : std::atoll(json.c_str() + at + name.size() + 3);
  }
  const Sight* sight(const std::vector<Sight>& all, std::string_view what) {
    for (const auto& one : all) {
      if (one.what == what) return &one;
    }
    return nullptr;
  }
};

// A page that scripts build: the script of the town, of a bicycle dealer, of a town whose news are never the
// same.
constexpr std::string_view kShell =
    "<!doctype html><html><head><title>Town</title></head><body><div id=app></div>"
    "<script src=/app.js></script></body></html>";
TestSite::Answer script(const std::string& text) { return {text, "text/javascript"}; }
const TestSite::Answer kTown = script(
    "const services=['library','harbour','swimming pool','registry','school','fire "
    "brigade','market','museum',"
    "'theatre','waterworks','cemetery','tram'];let out='<h1>Services of the town</h1>';for(const s of "
    "services)"
    "out+='<section><h2>The '+s+'</h2><p>Citizens find the '+s+' here, with the hours and the address of the "
    "office that runs the '+s+'.</p></section>';document.getElementById('app').innerHTML=out;");
const TestSite::Answer kBicycles = script(
    "document.getElementById('app').innerHTML='<table>'+Array.from({length:20},(_,i)=>'<tr><td>Bicycle model "
    "'+i+'</td><td>Frame of steel with '+i+' gears and a bell</td></tr>').join('')+'</table>';");
const TestSite::Answer kRotating = script(
    "const word=()=>Math.random().toString(36).slice(2).replace(/[0-9]/g,'x');let out='<h1>News</h1>';"
    "const kinds=['section','article','div'];const kind=kinds[Math.floor(Math.random()*3)];"
    "for(let i=0;i<15;i++)out+='<'+kind+'><h2>'+word()+' '+word()+'</h2><p>'+Array.from({length:14},word)"
    ".join(' ')+'</p></'+kind+'>';document.getElementById('app').innerHTML=out;");

TEST_F(RenderWatchTest, ALearntPageHasItsPictureBeforeAndADefacedOneItsPictureAfter) {
  if (!browser()) GTEST_SKIP() << "no Chromium on this machine: looks through a browser are not tested";
  auto id = learn(url("/"));
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
  EXPECT_EQ(evidence, (std::map<std::string, int>{{"screenshot before", 1},
                                                  {"screenshot after", 1},
                                                  {"rendered_page before", 1},
                                                  {"rendered_page after", 1}}));
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
  auto id = learn(url("/"));
  learn_shown(id);
  EXPECT_EQ(site(id).state, SiteState::kOk);
  publish("banner.svg", kDefacement);  // the page's own bytes stay the same
  check(id);
  ASSERT_TRUE(eventually([&] { return !sink_.of("hostile_picture").empty(); })) << sink_.kinds();
  EXPECT_TRUE(eventually([&] { return site(id).state == SiteState::kCritical; }));
  EXPECT_TRUE(sink_.of("hostile_picture")[0].dedup_key.ends_with("/shown"));
}

TEST_F(RenderWatchTest, AShellWhoseScriptBuildsAnotherPageIsReportedWhenTheScriptChanges) {
  if (!browser()) GTEST_SKIP() << "no Chromium on this machine: looks through a browser are not tested";
  TestSite town;
  town.put("/", {std::string(kShell)});
  town.put("/app.js", kTown);
  auto id = learn(town.url("/"), 5s);
  learn_shown(id, kShellLooksLearned);
  EXPECT_EQ(site(id).state, SiteState::kOk);
  // The watch itself has asked for the script; from then on nobody asks for a check or a look.
  auto asked_by_the_watch = [&] {
    return std::ranges::any_of(town.requests("/app.js"), [](const std::string& head) {
      return head.find("Vedette/") != std::string::npos;
    });
  };
  ASSERT_TRUE(eventually(asked_by_the_watch));
  town.put("/app.js", kBicycles);
  ASSERT_TRUE(eventually([&] { return !sink_.of("page_replaced").empty(); }))
      << sink_.kinds() << shown_sight(id);
  auto finding = sink_.of("page_replaced")[0];
  EXPECT_EQ(finding.severity, Severity::kCritical);
  EXPECT_TRUE(finding.dedup_key.ends_with("/shown"));
  EXPECT_NE(finding.before.find("Service"), std::string::npos) << finding.before;
  EXPECT_NE(finding.after.find("Bicycle"), std::string::npos) << finding.after;
  EXPECT_EQ(finding.reason.key, "sites.built_page.replaced");
  std::multiset<std::string> evidence;
  for (const auto& e : finding.evidence) evidence.insert(e.kind + " " + e.note);
  EXPECT_EQ(evidence, (std::multiset<std::string>{"screenshot before", "screenshot after",
                                                  "rendered_page before", "rendered_page after"}));
  EXPECT_EQ(site(id).state, SiteState::kCritical);
  look(id);
  look(id);
  EXPECT_EQ(sink_.of("page_replaced").size(), 1u) << sink_.kinds();
  EXPECT_EQ(sink_.all().size(), 1u) << sink_.kinds();
  town.put("/app.js", kTown);  // its own content again: the question closes
  check(id);
  EXPECT_TRUE(eventually([&] { return site(id).state == SiteState::kOk; })) << sink_.kinds();
}

// Asks another domain (localhost is another one than 127.0.0.1) without naming it anywhere in one piece.
std::string reaches_out(const TestSite& to) {
  auto url = to.url("/x", "localhost");
  return fmt::format("window.menu=1;fetch(['http:','','local'+'host{}'].join('/'));",
                     url.substr(url.find(':', 7)));
}

TEST_F(RenderWatchTest, ALinkedScriptOfAnOrdinaryPageThatAsksAnotherOriginIsReportedWhenItChanges) {
  if (find_chromium().empty())
    GTEST_SKIP() << "no Chromium on this machine: looks through a browser are not tested";
  make("", 1s);
  TestSite town, elsewhere;
  elsewhere.put("/x", {"{}", "application/json"});
  town.put("/", {test::own_page(1) + "<script src=/app.js></script>"});
  town.put("/app.js", script("window.menu=1;"));
  auto id = learn(town.url("/"));
  learn_shown(id);
  // Nobody asks for a check or a look from here on, and the next ones are hours away.
  ASSERT_TRUE(eventually([&] {
    auto details = watch_->details_json(id);
    return details && details->find("app.js") != std::string::npos;
  }));
  auto looks = memory(id, "tried_at");
  town.put("/app.js", script(reaches_out(elsewhere)));
  ASSERT_TRUE(eventually([&] { return !sink_.of("runtime_origin").empty(); }))
      << sink_.kinds() << shown_sight(id);
  EXPECT_GT(memory(id, "tried_at"), looks);
  auto finding = sink_.of("runtime_origin")[0];
  EXPECT_EQ(finding.where, elsewhere.url("", "localhost"));
  EXPECT_TRUE(finding.dedup_key.ends_with("/shown"));
  EXPECT_FALSE(elsewhere.requests("/x").empty());
  EXPECT_EQ(sink_.kinds(), "runtime_origin ");
}

TEST_F(RenderWatchTest, ANewInlineScriptOfAnOrdinaryPageIsLookedAt) {
  if (!browser()) GTEST_SKIP() << "no Chromium on this machine: looks through a browser are not tested";
  TestSite town, elsewhere;
  elsewhere.put("/x", {"{}", "application/json"});
  town.put("/", {test::own_page(1)});
  auto id = learn(town.url("/"));
  learn_shown(id);
  town.put("/", {test::own_page(2) + "<script>window.hours={open:8,close:17};</script>"});
  look(id);  // one that asks nobody: looked at, no news
  ASSERT_TRUE(eventually([&] { return memory(id, "calm") == 1; })) << shown_sight(id);
  EXPECT_EQ(sink_.kinds(), "");
  town.put("/", {test::own_page(3) + "<script>" + reaches_out(elsewhere) + "</script>"});
  check(id);
  ASSERT_TRUE(eventually([&] { return !sink_.of("runtime_origin").empty(); }))
      << sink_.kinds() << shown_sight(id);
  EXPECT_EQ(sink_.of("runtime_origin")[0].where, elsewhere.url("", "localhost"));
  EXPECT_EQ(sink_.kinds(), "runtime_origin ");
}

TEST_F(RenderWatchTest, ASiteOfAPrivateAuthorityIsSeen) {
  if (!browser()) GTEST_SKIP() << "no Chromium on this machine: looks through a browser are not tested";
  if (::access("/usr/bin/certutil", X_OK) != 0)
    GTEST_SKIP() << "no certutil on this machine: private authorities in the browser are not tested";
  SiteConfig config;
  config.url = nginx_.https_url() + "/";
  config.ca_file = nginx_.certificate();
  config.interval = 1h;
  auto added = watch_->add(config);
  ASSERT_TRUE(added) << added.error().full();
  ASSERT_TRUE(eventually([&] { return site(added->id).learned >= 1; })) << site(added->id).last_error;
  ASSERT_TRUE(eventually([&] { return check(added->id).learned >= 4; }));
  learn_shown(added->id, 1);
  EXPECT_EQ(snapshots(added->id, "screenshot").size(), 1u);
  EXPECT_EQ(shown_sight(added->id), " ");
}

TEST_F(RenderWatchTest, AShellWhoseContentRotatesIsNoNews) {
  if (!browser()) GTEST_SKIP() << "no Chromium on this machine: looks through a browser are not tested";
  TestSite town;
  town.put("/", {std::string(kShell)});
  town.put("/app.js", kRotating);
  auto id = learn(town.url("/"));
  learn_shown(id, kShellLooksLearned);
  for (int i = 0; i < 4; ++i) look(id);
  ASSERT_TRUE(eventually([&] { return memory(id, "learned") > kShellLooksLearned; })) << shown_sight(id);
  EXPECT_EQ(sink_.kinds(), "");
  EXPECT_EQ(site(id).state, SiteState::kOk);
}

TEST_F(RenderWatchTest, AFailingBrowserAndAHalfLoadedShellAreNoNews) {
  auto chromium = find_chromium();
  if (chromium.empty()) GTEST_SKIP() << "no Chromium on this machine: looks through a browser are not tested";
  // A browser that refuses to start once, and at all while there is a file "broken".
  auto program = folder_ / "browser";
  std::ofstream(program) << fmt::format(
      "#!/bin/sh\nif [ -e {0}/broken ]; then exit 1; fi\n"
      "if [ ! -e {0}/started ]; then touch {0}/started; exit 1; fi\nexec {1} \"$@\"\n",
      folder_.string(), chromium);
  std::filesystem::permissions(program, std::filesystem::perms(0755));
  make(program);
  TestSite town;
  town.put("/", {std::string(kShell)});
  town.put("/app.js", kTown);
  auto id = learn(town.url("/"));
  learn_shown(id, kShellLooksLearned);

  town.put("/app.js", {"busy", "text/plain", "503 Service Unavailable"});
  look(id);
  ASSERT_TRUE(eventually([&] { return memory(id, "doubts") == 1; })) << shown_sight(id);
  EXPECT_TRUE(shown_sight(id).starts_with("sites.sight.rendered.failed")) << shown_sight(id);
  town.put("/app.js", kTown);
  look(id);
  ASSERT_TRUE(eventually([&] { return memory(id, "doubts") == 0; })) << shown_sight(id);

  std::ofstream(folder_ / "broken") << "";
  for (pid_t pid : process_tree(::getpid())) {
    std::error_code gone;
    auto path = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", gone).string();
    if (path.find("chrom") != std::string::npos) ::kill(pid, SIGKILL);
  }
  check(id);
  ASSERT_TRUE(eventually([&] { return shown_sight(id).starts_with("sites.sight.rendered.failed"); }))
      << shown_sight(id);
  EXPECT_EQ(sink_.kinds(), "");
  EXPECT_EQ(site(id).state, SiteState::kOk);
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
  auto id = learn(url("/"));
  publish("index.html", test::defaced_page());
  check(id);
  ASSERT_TRUE(eventually([&] { return !sink_.of("page_replaced").empty(); }));
  EXPECT_TRUE(snapshots(id, "screenshot").empty());
  EXPECT_EQ(shown_sight(id), "sites.sight.rendered.none ");
}

}  // namespace
}  // namespace vedette::sites
