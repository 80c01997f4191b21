#include "logs/sigma/regex.h"

#include <gtest/gtest.h>

namespace vedette::logs::sigma {
namespace {

bool found(std::string_view pattern, std::string_view text, RegexFlags flags = {},
           Comparison engine = Comparison::kRegex) {
  auto translated = translate_regex(pattern, flags);
  EXPECT_TRUE(translated.has_value()) << pattern;
  if (!translated) return false;
  EXPECT_EQ(translated->comparison, engine) << pattern;
  auto regex = Regex::compile(translated->comparison, translated->text);
  EXPECT_TRUE(regex.has_value()) << translated->text;
  if (!regex) return false;
  // Where both engines take the pattern they agree.
  if (auto other =
          Regex::compile(Comparison::kRegexBacktracking,
                         std::string(flags.ignore_case ? "(?i)" : "") + (flags.multi_line ? "(?m)" : "") +
                             (flags.dot_all ? "(?s)" : "") + std::string(pattern))) {
    EXPECT_EQ(regex->found_in(text), other->found_in(text)) << pattern << " in " << text;
  }
  return regex->found_in(text);
}

TEST(SigmaRegexTest, FindsAnywhereAndAsWritten) {
  EXPECT_TRUE(found("b+c", "abbbcd"));
  EXPECT_FALSE(found("B+c", "abbbcd"));
  EXPECT_TRUE(found("B+c", "abbbcd", {.ignore_case = true}));
  EXPECT_FALSE(found("^b$", "a\nb\nc"));
  EXPECT_TRUE(found("^b$", "a\nb\nc", {.multi_line = true}));
  EXPECT_FALSE(found("a.b", "a\nb"));
  EXPECT_TRUE(found("a.b", "a\nb", {.dot_all = true}));
}

TEST(SigmaRegexTest, SaysThePcreOfTheRulesInRe2) {
  EXPECT_TRUE(found("end$", "the end\n")) << "`$` is also before the last line feed";
  EXPECT_FALSE(found("end$", "the end\n\n"));
  EXPECT_TRUE(found("a\\sb",
                    "a\x0b"
                    "b"));
  EXPECT_FALSE(found("^\\S+$",
                     "a\x0b"
                     "b"));
  EXPECT_TRUE(found("(?<name>x)y", "xy"));
  EXPECT_TRUE(found("[]a]+\\/[[:digit:]]", "]/7"));
  EXPECT_TRUE(found("[[]x", "[x"));
  EXPECT_TRUE(found("(?i:AB)c", "abc"));
}

TEST(SigmaRegexTest, RunsTheRestWithLimits) {
  constexpr auto kPcre = Comparison::kRegexBacktracking;
  EXPECT_TRUE(found("foo(?!bar)", "foobaz", {}, kPcre));
  EXPECT_FALSE(found("foo(?!bar)", "foobar", {}, kPcre));
  EXPECT_TRUE(found("(?<=a)b", "ab", {}, kPcre));
  EXPECT_TRUE(found("(a|b)\\1", "xbb", {}, kPcre));
  EXPECT_FALSE(found("(a|b)\\1", "xab", {}, kPcre));
  EXPECT_TRUE(found("a\\_b", "a_b", {}, Comparison::kRegex));
  EXPECT_TRUE(found("a\\yb", "ayb", {}, kPcre));
  const auto before = regexes_given_up();
  auto hostile = Regex::compile(kPcre, "^(a|aa|a?)+$(?!x)");
  ASSERT_TRUE(hostile.has_value());
  EXPECT_FALSE(hostile->found_in(std::string(5000, 'a') + "b"));
  EXPECT_GT(regexes_given_up(), before);
}

TEST(SigmaRegexTest, RefusesWithAReason) {
  for (auto wrong : {"(", "[a", "a{3,1}", "*a", "(?<n"}) {
    auto translated = translate_regex(wrong, {});
    ASSERT_FALSE(translated.has_value()) << wrong;
    EXPECT_NE(translated.error().find("is wrong"), std::string::npos);
  }
  EXPECT_FALSE(translate_regex(std::string(kRegexBytesMax + 1, 'a'), {}).has_value());
}

}  // namespace
}  // namespace vedette::logs::sigma
