#include "logs/match/matcher.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "logs/match/random_case.h"
#include "logs/sigma/evaluate.h"

namespace vedette::logs::match {
namespace {

using sigma::Comparison;
using sigma::Expression;

sigma::Rule rule_of(std::vector<sigma::Predicate> predicates,
                    Expression::Kind kind = Expression::Kind::kAnd) {
  sigma::Rule rule;
  rule.condition.kind = kind;
  for (std::uint32_t i = 0; i < predicates.size(); ++i)
    rule.condition.of.push_back({Expression::Kind::kPredicate, i, {}});
  rule.predicates = std::move(predicates);
  return rule;
}

sigma::Predicate of(std::string field, Comparison comparison, std::string text) {
  sigma::Predicate out;
  out.field = std::move(field);
  out.comparison = comparison;
  out.text = std::move(text);
  return out;
}

std::vector<std::uint32_t> matched(Matcher& matcher, std::vector<Field> fields) {
  EventView event;
  event.fields = fields;
  const auto found = matcher.match(event);
  return {found.begin(), found.end()};
}

using Numbers = std::vector<std::uint32_t>;

TEST(MatcherTest, ClassesDecideWhichRulesAreAsked) {
  const std::vector rules = {
      rule_of({of("Channel", Comparison::kEquals, "Sysmon"), of("EventID", Comparison::kEquals, "1"),
               of("Image", Comparison::kEndsWith, "\\cmd.exe")}),
      rule_of(
          {of("Channel", Comparison::kEquals, "Security"), of("Image", Comparison::kEndsWith, "\\cmd.exe")}),
      rule_of({of("Image", Comparison::kContains, "cmd")})};
  const auto compiled = CompiledRules::compile(rules);
  Matcher matcher(compiled);
  EXPECT_EQ(matched(matcher, {{"Channel", "SYSMON"},
                              {"EventID", "1", ValueKind::kNumber},
                              {"Image", R"(C:\\Windows\\CMD.EXE)", ValueKind::kString, true}}),
            (Numbers{0, 2}));
  EXPECT_EQ(matcher.counters().rules_asked, 2) << "the rule of the other channel is not asked";
  EXPECT_EQ(matched(matcher, {{"Channel", "security"}, {"Image", "x\\cmd.exe"}}), (Numbers{1, 2}));
  EXPECT_EQ(matched(matcher, {{"Channel", "other"}, {"Image", "\\cmd.exe"}}), (Numbers{2}));
  EXPECT_EQ(matched(matcher, {{"Image", "\\cmd.exe"}}), (Numbers{2})) << "no channel at all";
  EXPECT_EQ(
      matched(matcher,
              {{"Channel", "sysmon"}, {"Channel", "security"}, {"EventID", "1"}, {"Image", "\\cmd.exe"}}),
      (Numbers{0, 1, 2}))
      << "any value of a field may hold";
}

TEST(MatcherTest, EscapesHideNothing) {
  const std::vector rules = {rule_of({of("CommandLine", Comparison::kContains, "-EncodedCommand")}),
                             rule_of({of("CommandLine", Comparison::kRegex, "e[mn]coded")})};
  Matcher matcher(CompiledRules::compile(rules));
  EXPECT_EQ(matched(matcher, {{"CommandLine", R"(x -\u0065ncoded\u0043ommand y)", ValueKind::kString, true}}),
            (Numbers{0, 1}));
}

TEST(MatcherTest, RulesThatHoldWhenNothingDoes) {
  auto nothing = rule_of({of("Image", Comparison::kNull, "")});
  sigma::Rule negated = rule_of({of("User", Comparison::kEquals, "root")});
  negated.condition = {Expression::Kind::kNot, 0, {negated.condition}};
  Matcher matcher(CompiledRules::compile(std::vector{nothing, negated}));
  EXPECT_EQ(matched(matcher, {}), (Numbers{0, 1}));
  EXPECT_EQ(matched(matcher, {{"Image", "x"}, {"User", "ROOT"}}), (Numbers{}));
  EXPECT_EQ(matched(matcher, {{"Image", "null", ValueKind::kNull}, {"User", "ROOT"}}), (Numbers{0}));
}

TEST(MatcherTest, OnlyWokenRulesAreAsked) {
  std::vector<sigma::Rule> rules;
  for (int i = 0; i < 500; ++i)
    rules.push_back(rule_of({of("Image", Comparison::kEndsWith, ".exe"),
                             of("CommandLine", Comparison::kContains, "needle-" + std::to_string(i) + ";")}));
  Matcher matcher(CompiledRules::compile(rules));
  EXPECT_EQ(matched(matcher, {{"Image", "a.exe"}, {"CommandLine", "x needle-321; y"}}), (Numbers{321}));
  EXPECT_EQ(matcher.counters().rules_asked, 1);
}

TEST(MatcherTest, TheMemoAnswersWhatItSaw) {
  const std::vector rules = {rule_of({of("Image", Comparison::kContains, "mimikatz")})};
  Matcher matcher(CompiledRules::compile(rules), {.memo_bytes = 1 << 20});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(matched(matcher, {{"Image", "C:\\MimiKatz.exe"}}), (Numbers{0}));
    EXPECT_EQ(matched(matcher, {{"Image", "C:\\other.exe"}}), (Numbers{}));
  }
  EXPECT_EQ(matcher.counters().memo_hits, 4);
  // Far more values than it holds: it stays right.
  for (int i = 0; i < 50'000; ++i)
    ASSERT_EQ(matched(matcher, {{"Image", std::to_string(i) + (i % 7 == 0 ? "mimikatz" : "x")}}).size(),
              i % 7 == 0);
}

TEST(MatcherTest, LearnsWhichWitnessIsRare) {
  // By its look the longer literal is the rarer one; in this stream it is in every event.
  const std::vector rules = {rule_of({of("CallTrace", Comparison::kContains, "unknown-module"),
                                      of("Access", Comparison::kContains, "0x1")})};
  Matcher matcher(CompiledRules::compile(rules, {.every = 1, .events = 16}));
  const auto asked = [&](const char* access) {
    const auto before = matcher.counters().rules_asked;
    const auto found = matched(matcher, {{"CallTrace", "a|unknown-module|b"}, {"Access", access}});
    EXPECT_EQ(found.size(), std::string_view(access) == "0x1" ? 1 : 0);
    return matcher.counters().rules_asked - before;
  };
  EXPECT_EQ(asked("0x2"), 1);
  for (int i = 0; i < 16; ++i) asked("0x2");
  EXPECT_EQ(asked("0x2"), 0) << "what is in every event wakes nobody any more";
  EXPECT_EQ(asked("0x1"), 1);
}

TEST(RequiredLiteralsTest, TellWhatARegexNeeds) {
  EXPECT_EQ(required_literals("cmd.{0,5}/c.+invoke"), (std::vector<std::string>{"invoke"}));
  EXPECT_EQ(required_literals("(?i)POWERSHELL|(pw|zz)sh\\.exe"),
            (std::vector<std::string>{"zzsh.exe", "pwsh.exe", "powershell"}));
  EXPECT_EQ(required_literals("a?b*"), std::vector<std::string>());
  EXPECT_EQ(required_literals("(abc|x)"), std::vector<std::string>()) << "x is too short to look for";
  EXPECT_EQ(required_literals("é"), std::vector<std::string>());
}

// The definition and the fast way, side by side. VEDETTE_DIFFERENTIAL_EVENTS and _SEED for long runs.
TEST(MatcherTest, MeansWhatThePlainEvaluatorMeans) {
  const auto from_environment = [](const char* name, std::uint64_t otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
  };
  const auto wanted = from_environment("VEDETTE_DIFFERENTIAL_EVENTS", 100'000);
  const auto first = from_environment("VEDETTE_DIFFERENTIAL_SEED", 1);
  std::uint64_t events = 0, hits = 0, pairs = 0;
  for (auto seed = first; events < wanted; ++seed) {
    RandomCase random(seed);
    const auto rules = random.rules(24);
    const auto compiled = CompiledRules::compile(rules);
    // Learns early, so that most events are matched by what was learnt.
    const auto learning = CompiledRules::compile(rules, {.every = 1, .events = 1 + seed % 8});
    Matcher plain(compiled), remembering(learning, {.memo_bytes = 1 << 14});
    for (int i = 0; i < 200; ++i, ++events) {
      const auto event = random.event();
      Numbers expected;
      for (std::uint32_t rule = 0; rule < rules.size(); ++rule)
        if (sigma::holds(rules[rule], event)) expected.push_back(rule);
      const auto found = plain.match(event), remembered = remembering.match(event);
      ASSERT_EQ(Numbers(found.begin(), found.end()), expected) << "seed " << seed << ", event " << i;
      ASSERT_EQ(Numbers(remembered.begin(), remembered.end()), expected)
          << "memo and learnt, seed " << seed << ", event " << i;
      hits += expected.size();
      pairs += rules.size();
    }
  }
  RecordProperty("events", static_cast<int>(events));
  // A comparison in which nothing or everything matches says nothing.
  EXPECT_GT(hits, pairs / 20);
  EXPECT_LT(hits, pairs * 19 / 20);
  if (wanted > 100'000)
    fmt::print("{} events, {} rules on events, {} held: no difference\n", events, pairs, hits);
}

}  // namespace
}  // namespace vedette::logs::match
