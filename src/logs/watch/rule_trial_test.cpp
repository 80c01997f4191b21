#include "logs/watch/rule_trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "logs/read/patterns.h"
#include "logs/watch/seen_sample.h"
#include "logs/watch/sender_rate.h"

namespace vedette::logs {
namespace {
using namespace std::chrono_literals;

constexpr const char* kRules = R"(
title: Command shell
id: shell
logsource: {product: windows}
detection:
  a: {Image|endswith: '\cmd.exe'}
  filter: {User: SYSTEM}
  condition: a and not filter
---
title: Failed password
id: password
logsource: {product: linux}
detection:
  a: {user.name: root}
  condition: a
---
title: Many
id: many
correlation:
  type: event_count
  rules: [shell, password]
  group-by: [host.name]
  timespan: 1m
  condition: {gte: 3}
)";

struct RuleTrialTest : testing::Test {
  RuleTrialTest() {
    sigma::RuleSet set;
    sigma::read_rules(kRules, "rules.yml", {}, set);
    EXPECT_TRUE(set.refused.empty()) << set.refused[0].reason;
    rules = make_snapshot(std::move(set));
  }
  Result<RuleTrial> trial(std::string_view rule, std::string_view event) {
    return try_rule(*rules, rule, event, {clock, Zone::system(), patterns});
  }
  ManualClock clock;
  PatternSet patterns = PatternSet::built_in().value();
  std::shared_ptr<const RuleSnapshot> rules;
};

TEST_F(RuleTrialTest, TellsWhichPredicateHeld) {
  auto tried = trial("shell", R"(  {"Image":"C:\\Windows\\cmd.exe","User":"SYSTEM"} )");
  ASSERT_TRUE(tried) << tried.error().full();
  EXPECT_TRUE(tried->is_json && tried->read);
  ASSERT_EQ(tried->parts.size(), 1u);
  const auto& why = tried->parts[0].why;
  EXPECT_FALSE(why.held);
  ASSERT_EQ(why.of.size(), 2u);
  EXPECT_TRUE(why.of[0].held);
  EXPECT_EQ(why.of[0].predicate->comparison, sigma::Comparison::kEndsWith);
  EXPECT_EQ(why.of[1].kind, sigma::Expression::Kind::kNot);
  EXPECT_FALSE(why.of[1].held);
  EXPECT_TRUE(tried->matches.empty());
  auto other = trial("password", R"({"Image":"C:\\Windows\\cmd.exe","User":"an"})");
  ASSERT_TRUE(other);
  ASSERT_EQ(other->matches.size(), 1u) << "all rules are asked, not only the one";
  EXPECT_EQ(other->matches[0]->id, "shell");
}

TEST_F(RuleTrialTest, ReadsALineAsTheWatchDoes) {
  auto tried = trial("password",
                     "<38>1 2026-01-02T03:04:05Z web-1 sshd 42 - - Failed password for root from "
                     "192.0.2.7 port 4711 ssh2\n");
  ASSERT_TRUE(tried) << tried.error().full();
  EXPECT_FALSE(tried->is_json);
  EXPECT_TRUE(tried->read);
  EXPECT_TRUE(tried->parts[0].why.held);
  EXPECT_THAT(tried->fields, testing::HasSubstr("192.0.2.7"));
  EXPECT_EQ(trial("password", "one\ntwo").error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(trial("password", " \n").error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(trial("none", "x").error().code(), ErrorCode::kNotFound);
}

TEST_F(RuleTrialTest, ALineThatCannotBeParsedIsSearchedAsTheWatchDoes) {
  sigma::RuleSet set;
  sigma::read_rules(R"(
title: Words
id: words
logsource: {product: linux}
detection:
  words: ['out of cheese']
  condition: words
)",
                    "words.yml", {}, set);
  rules = make_snapshot(std::move(set));
  auto tried = trial("words", "error: out of cheese, redo from start");
  ASSERT_TRUE(tried) << tried.error().full();
  EXPECT_FALSE(tried->is_json || tried->read);
  EXPECT_THAT(tried->fields, testing::HasSubstr(R"("message":"error: out of cheese)"));
  EXPECT_TRUE(tried->parts[0].why.held);
}

TEST_F(RuleTrialTest, OfACorrelationTriesTheRulesItSpeaksOf) {
  auto tried = trial("many", R"({"user.name":"root"})");
  ASSERT_TRUE(tried) << tried.error().full();
  ASSERT_EQ(tried->parts.size(), 2u);
  EXPECT_FALSE(tried->parts[0].why.held);
  EXPECT_TRUE(tried->parts[1].why.held);
}

TEST_F(RuleTrialTest, ACorrelationIsBlindWhereAllItsRulesAre) {
  const std::vector<sigma::Pipeline> none;
  SeenSample seen(none);
  auto came = [&](const Field& field) {
    EventView event;
    event.fields = {&field, 1};
    seen.add(event);
  };
  auto why = [&] {
    std::vector<std::string> out;
    for (const auto& one : seen.blind(*rules)) out.push_back(one.text());
    return out;
  };
  EXPECT_THAT(why(), testing::ElementsAre("", "", "")) << "before the first event nothing is known";
  came({"x", "1"});
  EXPECT_THAT(why(), testing::ElementsAre("no event has the field Image", "no event has the field user.name",
                                          "no event has the field Image"));
  came({"user.name", "an"});
  EXPECT_THAT(why(), testing::ElementsAre("no event has the field Image", "", ""));
}

TEST(SenderRateTest, KeepsTheLastHour) {
  const auto begin = from_unix_ms(1'700'000'040'000);  // a whole minute
  SenderRate rate;
  rate.add(begin, 3);
  rate.add(begin + 59s, 4);
  rate.add(begin + 60s, 5);
  rate.add(begin + 10s, 1);  // the clock was set back
  auto minutes = rate.last_minutes(begin + 60s);
  ASSERT_EQ(minutes.size(), 60u);
  EXPECT_EQ(minutes[58], 7u);
  EXPECT_EQ(minutes[59], 6u);
  EXPECT_EQ(rate.last_minutes(begin + 60min)[0], 6u);
  EXPECT_EQ(rate.last_minutes(begin + 61min), std::vector<std::uint64_t>(60, 0));
  rate.add(begin + 24h, 2);
  EXPECT_EQ(rate.last_minutes(begin + 24h)[59], 2u);
  EXPECT_EQ(rate.last_minutes(begin + 24h)[0], 0u);
}

}  // namespace
}  // namespace vedette::logs
