#include "logs/watch/match_reports.h"

#include <gtest/gtest.h>

#include <set>

namespace vedette::logs {
namespace {

class MatchReportsTest : public testing::Test {
 protected:
  MatchReportsTest() {
    auto snapshot = std::make_shared<RuleSnapshot>();
    snapshot->facts.push_back(
        {"5ad1", "Password guessing", "Many failures.", "rules/a.yml", 3, Severity::kHigh, {"T1110"}});
    auto& ours = snapshot->facts[0];
    ours.title_vi = "Dò mật khẩu";
    ours.next_en = "Block it.";
    ours.next_vi = "Chặn nó.";
    snapshot_ = snapshot;
  }
  LogHit hit(std::string host, std::string actor) const {
    return {&snapshot_->facts[0], snapshot_, std::move(host), std::move(actor), "syslog",
            "the line",           7,         clock_.wall()};
  }
  static std::string count_of(const Finding& finding) { return finding.reason.arguments.at("count"); }

  ManualClock clock_;
  std::shared_ptr<const RuleSnapshot> snapshot_;
  MatchReports reports_{std::chrono::seconds(10)};
};

TEST_F(MatchReportsTest, TheFirstHitIsToldAtOnceAndExplainsItself) {
  auto finding = reports_.hit(hit("web-1", "192.0.2.7"), clock_);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->watch, Watch::kLogs);
  EXPECT_EQ(finding->severity, Severity::kHigh);
  EXPECT_EQ(finding->attack, std::vector<std::string>{"T1110"});
  EXPECT_EQ(finding->after, "the line");
  for (auto language : {Language::kEnglish, Language::kVietnamese}) {
    auto reason = render(finding->reason, language);
    EXPECT_NE(reason.find("192.0.2.7"), std::string::npos) << reason;
    EXPECT_EQ(reason.find('{'), std::string::npos) << reason;
  }
}

TEST_F(MatchReportsTest, SpeaksTheLanguageOfTheReaderWhereTheRuleDoes) {
  auto finding = *reports_.hit(hit("web-1", "a"), clock_);
  EXPECT_EQ(render(finding.title, Language::kVietnamese), "Dò mật khẩu trên web-1");
  EXPECT_EQ(render(finding.title, Language::kEnglish), "Password guessing on web-1");
  EXPECT_EQ(render(finding.next_step, Language::kVietnamese), "Chặn nó. (Luật: rules/a.yml:3)");
}

TEST_F(MatchReportsTest, RepeatsAreCountedAndToldTogether) {
  ASSERT_TRUE(reports_.hit(hit("web-1", "192.0.2.7"), clock_));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(reports_.hit(hit("web-1", "192.0.2.7"), clock_));
  EXPECT_TRUE(reports_.due(clock_).empty()) << "not yet";
  clock_.advance(std::chrono::seconds(10));
  auto due = reports_.due(clock_);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(count_of(due[0]), "1000");
  EXPECT_TRUE(reports_.due(clock_).empty()) << "told once";
}

TEST_F(MatchReportsTest, AHitAfterTheTimeTakesTheUntoldOnesWithIt) {
  ASSERT_TRUE(reports_.hit(hit("web-1", "a"), clock_));
  EXPECT_FALSE(reports_.hit(hit("web-1", "a"), clock_));
  clock_.advance(std::chrono::seconds(11));
  auto again = reports_.hit(hit("web-1", "a"), clock_);
  ASSERT_TRUE(again);
  EXPECT_EQ(count_of(*again), "2");
}

TEST_F(MatchReportsTest, HostAndActorMakeAnAlertOfTheirOwn) {
  std::set<std::string> keys;
  for (const char* host : {"web-1", "web-2"})
    for (const char* actor : {"a", "b"}) keys.insert(reports_.hit(hit(host, actor), clock_)->dedup_key);
  EXPECT_EQ(keys.size(), 4u);
}

TEST_F(MatchReportsTest, BeyondTheBoundActorsAreJoinedAndNothingIsLost) {
  std::size_t told = 0;
  for (std::size_t i = 0; i < MatchReports::kKeysMax + 500; ++i)
    told += reports_.hit(hit("web-1", std::to_string(i)), clock_).has_value();
  EXPECT_EQ(told, MatchReports::kKeysMax + 1) << "those beyond share one key";
  EXPECT_EQ(reports_.joined(), 500u);
  clock_.advance(std::chrono::seconds(10));
  auto due = reports_.due(clock_);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(count_of(due[0]), "499");
}

}  // namespace
}  // namespace vedette::logs
