#include "sites/watch/render_view.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sites/watch/render_due.h"
#include "sites/watch/test_pages.h"

namespace vedette::sites {
namespace {

Picture plain(std::uint8_t seed) {
  Picture out{640, 640, std::vector<std::uint8_t>(640 * 640 * 3)};
  for (std::size_t y = 0; y < 640; ++y) {
    for (std::size_t x = 0; x < 640; ++x) {
      auto value = static_cast<std::uint8_t>(
          ((x / 64) * 37 + (y / 64) * 91 + seed * ((x / 64) * 13 + (y / 64) * 7)) % 256);
      for (std::size_t c = 0; c < 3; ++c) out.rgb[(y * 640 + x) * 3 + c] = value;
    }
  }
  return out;
}

PageView look_at(const std::string& dom, std::vector<RuntimeOrigin> origins = {}, std::uint8_t picture = 0,
                 std::string words = {}) {
  PageView out;
  out.rendered.final_url = "https://town.example.org/";
  out.rendered.status = 200;
  out.rendered.dom = dom;
  out.rendered.loaded = true;
  out.rendered.origins = std::move(origins);
  out.picture = plain(picture);
  out.words = std::move(words);
  return out;
}

ShownProfiles learnt(int looks = kLooksLearned) {
  ShownProfiles out;
  for (int i = 1; i <= looks; ++i)
    learn_look(
        out, look_at(test::own_page(i), {{"https://cdn.example.net", "script", 1}}, 0, "Welcome to the town"),
        false);
  return out;
}

std::vector<std::string> kinds(const Judgement& judgement) {
  std::vector<std::string> out;
  for (const auto& f : judgement.findings) out.push_back(f.kind);
  return out;
}
using Kinds = std::vector<std::string>;
const LookContext kPlain{"Town", false, nullptr};

TEST(RenderView, WhatWasLearntIsNoNews) {
  auto judgement = judge_look(
      learnt(), look_at(test::own_page(9), {{"https://a.cdn.example.net", "script", 3}}, 0, "Welcome"),
      kPlain);
  EXPECT_EQ(kinds(judgement), Kinds{});
  EXPECT_EQ(judgement.verdict, Verdict::kOk);
}

TEST(RenderView, WordsInThePictureAloneAreNamedAndWordsOfTheTextAreLeftToTheJudge) {
  auto hostile =
      judge_look(learnt(), look_at(test::own_page(9), {}, 0, "HACKED BY GH0ST TEAM\nGreetz to all"), kPlain);
  ASSERT_EQ(kinds(hostile), Kinds{"hostile_picture"});
  EXPECT_EQ(hostile.verdict, Verdict::kCritical);
  auto article = test::own_page(
      9, "Police explain how the library's site was hacked by thieves, with greetz to nobody.");
  auto written = kinds(
      judge_look(learnt(), look_at(article, {}, 0, "hacked by thieves, with greetz to nobody"), kPlain));
  EXPECT_EQ(std::ranges::count(written, "hostile_picture"), 0);
  auto known = learnt();
  learn_look(known, look_at(test::own_page(8), {}, 0, "Exhibition: hacked by art"), false);
  EXPECT_EQ(kinds(judge_look(known, look_at(test::own_page(9), {}, 0, "Exhibition: hacked by art"), kPlain)),
            Kinds{});
}

TEST(RenderView, AnOriginAskedForTheFirstTimeIsReportedUnlessThePageKeepsAskingNewOnes) {
  std::vector<RuntimeOrigin> asked{{"https://evil.example", "script", 1},
                                   {"https://pictures.example", "image", 4}};
  auto judgement = judge_look(learnt(), look_at(test::own_page(9), asked), kPlain);
  ASSERT_EQ(kinds(judgement), Kinds{"runtime_origin"});
  EXPECT_EQ(judgement.findings[0].where, "https://evil.example");
  EXPECT_EQ(judgement.verdict, Verdict::kWarn);
  Profile raw;
  std::string html = "<script src=https://evil.example/a.js></script>" + test::own_page(1);
  raw.learn({"https://town.example.org/", 200, "text/html", html});
  EXPECT_EQ(kinds(judge_look(learnt(), look_at(test::own_page(9), asked), {"Town", false, &raw})), Kinds{});
  // A link to a host, or its name in a script, does not license what runs from there.
  const std::string linked =
      test::own_page(1) + "<a href=https://evil.example/>evil</a><script>let a='evil.example'</script>";
  Profile links;
  links.learn({"https://town.example.org/", 200, "text/html", linked});
  const std::vector<RuntimeOrigin> evil{{"https://evil.example", "script", 1}};
  EXPECT_EQ(kinds(judge_look(learnt(), look_at(test::own_page(9), evil), {"Town", false, &links})),
            Kinds{"runtime_origin"});
  auto restless = learnt();
  for (int i = 0; i < 4; ++i)
    learn_look(restless,
               look_at(test::own_page(i), {{"https://ads" + std::to_string(i) + ".example", "frame", 1}}),
               false);
  EXPECT_EQ(kinds(judge_look(restless, look_at(test::own_page(9), asked), kPlain)), Kinds{});
}

TEST(RenderView, AnotherPictureOfTheSamePageIsReported) {
  EXPECT_EQ(kinds(judge_look(learnt(), look_at(test::own_page(9), {}, 77), kPlain)),
            Kinds{"picture_changed"});
}

// Lines of text, as grey bars on white paper, from a height on.
Picture lines(std::uint32_t from, std::uint8_t paper = 255) {
  Picture out{1'280, 1'600, std::vector<std::uint8_t>(std::size_t{1'280} * 1'600 * 3, paper)};
  for (std::uint32_t y = from; y < 1'500; ++y) {
    bool line = (y - from) % 40 < 14 && (y - from) / 40 % 7 < 5;
    if (!line) continue;
    auto length = 200 + (y - from) / 40 * 137 % 900;
    std::fill_n(out.rgb.begin() + static_cast<std::ptrdiff_t>((std::size_t{y} * 1'280 + 40) * 3), length * 3,
                std::uint8_t{90});
  }
  return out;
}

TEST(RenderView, APictureThatOnlyMovedIsNoNewsWhenTheDocumentSaysWhy) {
  ShownProfiles known;
  auto at = [](int page, const Picture& picture, const std::string& extra = "") {
    auto out = look_at(test::own_page(page) + extra);
    out.picture = picture;
    return out;
  };
  for (int i = 1; i <= kLooksLearned; ++i) learn_look(known, at(i, lines(100)), false);
  auto moved = lines(270);
  auto difference = known.visual.compare(moved);
  ASSERT_GE(difference.changed_share, kPictureNew);
  ASSERT_GE(difference.dhash_distance, kPictureHashBits);
  EXPECT_LT(difference.tone, 0.015);
  const std::string line = "<p>The town hall stays closed on the first Monday of the month.</p>";
  EXPECT_EQ(kinds(judge_look(known, at(9, moved, line), kPlain)), Kinds{});
  EXPECT_EQ(kinds(judge_look(known, at(1, moved), kPlain)), Kinds{"picture_changed"}) << "no reason to move";
  EXPECT_EQ(kinds(judge_look(known, at(9, lines(270, 20), line), kPlain)), Kinds{"picture_changed"});
}

TEST(RenderView, AShellIsJudgedByWhatItsScriptsBuilt) {
  const LookContext shell{"Town", true, nullptr};
  auto judgement = judge_look(learnt(kShellLooksLearned), look_at(test::other_page()), shell);
  EXPECT_GE(judgement.verdict, Verdict::kWarn);
  EXPECT_EQ(kinds(judge_look(learnt(), look_at(test::other_page()), kPlain)), Kinds{});
  EXPECT_EQ(judge_look(learnt(), look_at(test::defaced_page()), kPlain).verdict, Verdict::kCritical);
}

// What scripts of a shell build, as a browser writes it out; title and script stay whatever they build.
std::string built(const std::string& content) {
  return "<!doctype html><html><head><title>Town</title></head><body><div id=app>" + content +
         "</div><script src=/app.js></script></body></html>";
}
std::string sections(std::initializer_list<const char*> words) {
  std::string out;
  for (const char* word : words)
    out += fmt::format(
        "<section><h2>{0} {0} of {0}</h2><p>{0} {0} with {0}, {0} and {0} {0} again</p></section>", word);
  return out;
}
const auto kLibrary = {"books", "shelves", "readers", "archives", "papers", "maps", "letters"};
const auto kHarbour = {"ships", "cranes", "sailors", "docks", "ropes", "tides", "pilots"};

TEST(RenderView, AnotherBuiltPageIsReportedAndOtherTextInTheSameStructureIsNot) {
  const LookContext shell{"Town", true, nullptr};
  ShownProfiles known;
  for (int i = 0; i < kShellLooksLearned; ++i) learn_look(known, look_at(built(sections(kLibrary))), false);
  EXPECT_EQ(kinds(judge_look(known, look_at(built(sections(kLibrary))), shell)), Kinds{});
  EXPECT_EQ(kinds(judge_look(known, look_at(built(sections(kHarbour))), shell)), Kinds{});
  std::string table = "<table>";
  for (int i = 0; i < 20; ++i)
    table += fmt::format(
        "<tr><td>Bicycle model {0}</td><td>Frame of steel with {0} gears and a bell</td></tr>", i);
  auto replaced = judge_look(known, look_at(built(table + "</table>"), {}, 77), shell);
  ASSERT_EQ(std::ranges::count(kinds(replaced), "page_replaced"), 1);
  EXPECT_EQ(replaced.verdict, Verdict::kCritical);
  EXPECT_FALSE(doubtful(known, look_at(built(table + "</table>")), shell));
}

TEST(RenderView, ALookThatIsNotWholeIsDoubtful) {
  const LookContext shell{"Town", true, nullptr};
  auto known = learnt();
  auto look = look_at(test::own_page(1));
  EXPECT_FALSE(doubtful(known, look, shell));
  look.rendered.parts_failed = 1;
  EXPECT_TRUE(doubtful(known, look, shell));
  learn_look(known, look, false);  // it is so on this page
  EXPECT_FALSE(doubtful(known, look, shell));
  look.rendered.loaded = false;
  EXPECT_TRUE(doubtful(known, look, shell));
  EXPECT_FALSE(whole(look));
  EXPECT_TRUE(doubtful(known, look_at(built("<p>Loading</p>")), shell));
  EXPECT_FALSE(doubtful(known, look_at(built("<p>Loading</p>")), kPlain));

  // A new origin that does not answer is news; a known one that does not may be why a page asks elsewhere.
  auto reaching = look_at(test::own_page(9), {{"https://collect.example", "fetch", 1}});
  reaching.rendered.parts_failed = known.state.parts_failed + 1;
  reaching.rendered.failed_at = {{"https://collect.example", 1}};
  EXPECT_FALSE(doubtful(known, reaching, kPlain));
  reaching.rendered.failed_at = {{"https://town.example.org", 1}};
  EXPECT_TRUE(doubtful(known, reaching, kPlain));
}

TEST(RenderView, StateSurvivesItsJson) {
  auto state = shown_from_json(shown_to_json(learnt().state));
  EXPECT_EQ(state.domains, learnt().state.domains);
  EXPECT_EQ(shown_from_json("nonsense").domains, std::vector<std::string>{});
}

TEST(RenderDue, PolicyLearningAlarmsAndRota) {
  Site site;
  site.config.url = "https://town.example.org/";
  site.learned = 8;
  SiteMemory memory;
  memory.content = Verdict::kOk;
  SiteWatchOptions options;
  WallTime now(std::chrono::hours(1'000'000));
  auto due = [&](std::chrono::seconds later) { return look_due(site, memory, options, now + later); };
  using namespace std::chrono_literals;
  EXPECT_EQ(due(0s), LookDue::kRota);  // soon after learning
  memory.shown.tried_at = now;
  EXPECT_EQ(due(1s), LookDue::kNo);
  EXPECT_EQ(due(15s), LookDue::kRota);
  memory.shown.learned = kLooksLearned;
  EXPECT_EQ(due(3600s), LookDue::kNo);
  EXPECT_EQ(due(6h), LookDue::kRota);
  site.config.render = RenderPolicy::kAlways;
  EXPECT_EQ(due(60s), LookDue::kNo);
  EXPECT_EQ(due(180s), LookDue::kRota);
  site.config.render = RenderPolicy::kNever;
  EXPECT_EQ(due(7h), LookDue::kNo);
  site.config.render = RenderPolicy::kAuto;
  memory.shell = true;
  EXPECT_EQ(due(15s), LookDue::kRota);  // a shell is looked at more often before it counts as learnt
  memory.shown.learned = kShellLooksLearned;
  EXPECT_EQ(due(60s), LookDue::kScripts);
  EXPECT_EQ(due(600s), LookDue::kRota);
  memory.body_sha256 = "other";
  EXPECT_EQ(due(60s), LookDue::kRota);
  memory.shown.restless = kRestlessBody;
  EXPECT_EQ(due(60s), LookDue::kScripts);
  memory.shown.doubts = 1;
  EXPECT_EQ(due(120s), LookDue::kRota);
  memory.availability.down = true;
  EXPECT_EQ(due(7h), LookDue::kNo);
}

TEST(RenderDue, AChangedScriptAsksForALookAndARestlessOneLessAndLess) {
  using namespace std::chrono_literals;
  Site site;
  site.config.url = "https://town.example.org/";
  site.learned = 8;
  SiteMemory memory;
  memory.content = Verdict::kOk;
  auto& shown = memory.shown;
  shown.learned = kLooksLearned;
  SiteWatchOptions options;
  WallTime now(std::chrono::hours(1'000'000));
  shown.tried_at = now;
  auto due = [&] { return look_due(site, memory, options, now); };
  EXPECT_EQ(due(), LookDue::kNo);
  int looks = 0;
  for (int minute = 0; minute < 6 * 60; ++minute, now += 1min) {  // another script at every check
    script_changed(shown, now);
    if (due() == LookDue::kNo) continue;
    EXPECT_EQ(due(), LookDue::kChanged);
    ++looks;
    shown.tried_at = now;
    script_shown(shown, now, false);
    EXPECT_EQ(due(), LookDue::kNo);
  }
  EXPECT_EQ(looks, 9);  // the waits between them: 1, 2, 4 … 256 minutes
  now += 24h;           // quiet for a day: the next one counts at once
  shown.script_at = {};
  shown.tried_at = now - 24h;
  script_changed(shown, now);
  EXPECT_EQ(shown.calm, 0);
  EXPECT_EQ(due(), LookDue::kChanged);
  // A change that came while the browser was looking has not been seen.
  script_shown(shown, now - 1s, false);
  EXPECT_EQ(due(), LookDue::kChanged);
  // A look that fails is tried again, later each time.
  shown.tried_at = now;
  script_not_shown(shown);
  EXPECT_EQ(due(), LookDue::kNo);
  now += 1min;
  EXPECT_EQ(due(), LookDue::kChanged);
}

}  // namespace
}  // namespace vedette::sites
