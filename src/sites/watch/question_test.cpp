#include "sites/watch/question.h"

#include <gtest/gtest.h>

namespace vedette::sites {
namespace {

const Asset kAsset{"site", "s1", "Example"};

Condition condition(std::string kind, Severity severity, std::string where = "") {
  Condition c;
  c.kind = std::move(kind);
  c.severity = severity;
  c.where = std::move(where);
  return c;
}

TEST(OpenQuestions, ReportsAConditionOnceAndItsEndOnce) {
  ManualClock clock;
  OpenQuestions open;
  auto first =
      open.answer(Question::kContent, {condition("page_replaced", Severity::kCritical)}, kAsset, clock);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].dedup_key, "sites/s1/content");
  EXPECT_EQ(first[0].state, FindingState::kPresent);
  EXPECT_TRUE(
      open.answer(Question::kContent, {condition("page_replaced", Severity::kCritical)}, kAsset, clock)
          .empty());
  auto gone = open.answer(Question::kContent, {}, kAsset, clock);
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].state, FindingState::kResolved);
  EXPECT_EQ(gone[0].dedup_key, "sites/s1/content");
  EXPECT_TRUE(open.answer(Question::kContent, {}, kAsset, clock).empty());
}

TEST(OpenQuestions, TokensInAPlaceAreNoNewsButAnotherPlaceIs) {
  ManualClock clock;
  OpenQuestions open;
  auto at = [](const char* where) {
    return std::vector{condition("foreign_script", Severity::kHigh, where)};
  };
  EXPECT_EQ(open.answer(Question::kContent, at("https://evil.example/a.js?t=1"), kAsset, clock).size(), 1u);
  EXPECT_EQ(open.answer(Question::kContent, at("https://evil.example/a.js?t=22"), kAsset, clock).size(), 0u);
  EXPECT_EQ(open.answer(Question::kContent, at("https://other.example/a.js"), kAsset, clock).size(), 1u);
}

TEST(OpenQuestions, ReportsWhatHasGrownWorseWorstFirst) {
  ManualClock clock;
  OpenQuestions open;
  open.answer(Question::kTls, {condition("tls_expiring", Severity::kLow)}, kAsset, clock);
  auto worse = open.answer(Question::kTls,
                           {condition("tls_expiring", Severity::kMedium), condition("x", Severity::kHigh)},
                           kAsset, clock);
  ASSERT_EQ(worse.size(), 2u);
  EXPECT_EQ(worse[0].severity, Severity::kHigh);
  EXPECT_EQ(open.worst(Question::kTls), Severity::kHigh);
}

TEST(OpenQuestions, IsBoundedWhateverThePageDoes) {
  ManualClock clock;
  OpenQuestions open;
  std::size_t reported = 0;
  for (int i = 0; i < 100; ++i) {
    std::string where(static_cast<std::size_t>(i + 1), 'a');
    reported +=
        open.answer(Question::kContent, {condition("foreign_script", Severity::kHigh, where)}, kAsset, clock)
            .size();
  }
  EXPECT_EQ(reported, OpenQuestions::kReportedMax);
}

TEST(CutText, IsValidUtf8AndCutBetweenCharacters) {
  EXPECT_EQ(cut_text("Việt", 4), "Vi");
  EXPECT_EQ(cut_text("Việt", 5), "Việ");
  EXPECT_EQ(cut_text(std::string_view("a\xff\xc3"
                                      "b",
                                      4)),
            "a\xEF\xBF\xBD\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(cut_text(std::string_view("\xed\xa0\x80", 3)), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(cut_text(std::string_view("a\0b", 3)),
            "a\xEF\xBF\xBD"
            "b");
}

}  // namespace
}  // namespace vedette::sites
