#include "logs/read/patterns.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "logs/read/text_parser.h"

namespace vedette::logs {
namespace {

const PatternSet& patterns() {
  static const PatternSet set = PatternSet::built_in().value();
  return set;
}

// Every file tells lines that its patterns must match, with what fields, and lines that are no failure.
TEST(Patterns, TheLinesInsideTheFiles) {
  std::set<std::string> files, negatives;
  for (const PatternSet::Example& example : patterns().examples()) {
    FieldList fields;
    PatternMatcher matcher(patterns());
    const bool matched = matcher.apply(example.program, example.line, fields);
    const std::string where = example.file + ": " + example.pattern + ": " + example.line;
    files.insert(example.file);
    if (example.pattern.empty()) {
      negatives.insert(example.file);
      EXPECT_NE(fields.value("event.outcome").value_or(""), "failure") << where;
      continue;
    }
    ASSERT_TRUE(matched) << where;
    for (const auto& [name, value] : example.fields)
      EXPECT_EQ(fields.value(name).value_or("(none)"), value) << where;
  }
  EXPECT_EQ(files, negatives) << "each file needs lines that must match (yes) and that must not (no)";
  EXPECT_GT(files.size(), 10u);
}

constexpr std::string_view kTiny = R"(
service = "door"
programs = ["doord"]
category = "authentication"
[[pattern]]
name = "knock"
match = '^knock (?P<session>\d+) from {ip}$'
remember = true
[[pattern]]
name = "wrong-key"
match = '^wrong key (?P<session>\d+)$'
suspect = true
recall = true
[[pattern]]
name = "left-after-wrong-key"
match = '^left (?P<session>\d+)$'
when = "suspect"
recall = true
outcome = "failure"
[[pattern]]
name = "left"
match = '^left (?P<session>\d+)$'
[[pattern]]
name = "opened"
match = '^opened (?P<session>\d+)$'
forget = true
)";

TEST(Patterns, AFailureInSeveralLines) {
  const std::pair<std::string_view, std::string_view> source{"door.toml", kTiny};
  const PatternSet set = PatternSet::parse({&source, 1}).value();
  PatternMatcher matcher(set);
  const auto say = [&](std::string_view line) {
    FieldList fields;
    EXPECT_TRUE(matcher.apply("doord", line, fields)) << line;
    return std::string(fields.value("event.action").value_or("")) + " " +
           std::string(fields.value("source.ip").value_or("-"));
  };
  EXPECT_EQ(say("knock 1 from 192.0.2.1"), "knock 192.0.2.1");
  EXPECT_EQ(say("knock 2 from 192.0.2.2"), "knock 192.0.2.2");
  EXPECT_EQ(say("left 2"), "left -");
  EXPECT_EQ(say("wrong key 1"), "wrong-key 192.0.2.1");
  EXPECT_EQ(say("left 1"), "left-after-wrong-key 192.0.2.1");
  EXPECT_EQ(say("left 1"), "left -");
  EXPECT_EQ(say("wrong key 2"), "wrong-key 192.0.2.2");
  EXPECT_EQ(say("opened 2"), "opened -");
  EXPECT_EQ(say("left 2"), "left -");
}

TEST(Patterns, SessionsAreBounded) {
  const std::pair<std::string_view, std::string_view> source{"door.toml", kTiny};
  const PatternSet set = PatternSet::parse({&source, 1}).value();
  PatternMatcher matcher(set);
  for (std::size_t i = 0; i < PatternMatcher::kSessionsMax + 100; ++i) {
    FieldList fields;
    ASSERT_TRUE(matcher.apply("doord", "knock " + std::to_string(i) + " from 192.0.2.1", fields));
  }
  EXPECT_EQ(matcher.sessions_forgotten(), 100u);
}

TEST(Patterns, AFileThatIsWrongIsNamed) {
  const auto refused = [](std::string_view text) {
    const std::pair<std::string_view, std::string_view> source{"mine.toml", text};
    auto set = PatternSet::parse({&source, 1});
    EXPECT_FALSE(set.has_value());
    return set.has_value() ? "" : set.error().full();
  };
  EXPECT_NE(
      refused("service = \"x\"\n[[pattern]]\nname = \"p\"\nmatch = '('\n").find("mine.toml: pattern \"p\""),
      std::string::npos);
  EXPECT_NE(refused("service = ").find("line 1"), std::string::npos);
  EXPECT_NE(refused("[[pattern]]\nname = \"p\"\nmatch = 'a'\n").find("`service`"), std::string::npos);
}

}  // namespace
}  // namespace vedette::logs
