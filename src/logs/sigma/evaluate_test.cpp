#include "logs/sigma/evaluate.h"

#include <gtest/gtest.h>

#include "logs/sigma/load.h"

namespace vedette::logs::sigma {
namespace {

// An event as `name`, `value` pairs of strings.
struct TestEvent {
  std::vector<Field> fields;
  std::string raw;
  bool text = false;
  EventView view() const {
    return {.fields = fields, .raw = raw, .raw_is_text = text, .time = {}, .source = {}};
  }
};
TestEvent event(std::initializer_list<std::pair<std::string_view, std::string_view>> pairs) {
  TestEvent out;
  for (auto [name, value] : pairs) out.fields.push_back({.name = name, .value = value});
  return out;
}

Rule rule_of(const std::string& detection, const Placeholders& placeholders = {}) {
  RuleSet set;
  read_rules("title: t\nlogsource: {product: test}\ndetection:\n" + detection, "t.yml", {placeholders}, set);
  for (const auto& refusal : set.refused)
    ADD_FAILURE() << refusal.line << ": " << refusal.reason << "\n" << detection;
  return set.rules.empty() ? Rule() : set.rules.front();
}

// One detection item against one event.
bool item(const std::string& item, const TestEvent& on, const Placeholders& placeholders = {}) {
  return holds(rule_of("  s:\n    " + item + "\n  condition: s\n", placeholders), on.view());
}
bool item(const std::string& text, std::string_view name, std::string_view value) {
  return item(text, event({{name, value}}));
}

TEST(EvaluateTest, ComparesWholeValuesWithoutCase) {
  EXPECT_TRUE(item("F: 'AbC'", "F", "aBc"));
  EXPECT_FALSE(item("F: abc", "F", "abcd"));
  EXPECT_TRUE(item("F: ĐỎ", "F", "đỏ"));
  EXPECT_FALSE(item("F: abc", "f", "abc")) << "field names are exact";
  EXPECT_FALSE(item("F|cased: 'AbC'", "F", "abc"));
  EXPECT_TRUE(item("F|cased: 'AbC'", "F", "AbC"));
  EXPECT_TRUE(item("F: 4688", "F", "4688"));
  EXPECT_FALSE(item("F: 4688", "F", "46880"));
  EXPECT_TRUE(item("F: true", "F", "true"));
}

TEST(EvaluateTest, PlacesValues) {
  EXPECT_TRUE(item("F|contains: b", "F", "abc"));
  EXPECT_FALSE(item("F|contains: bd", "F", "abc"));
  EXPECT_TRUE(item("F|startswith: ab", "F", "ABC"));
  EXPECT_FALSE(item("F|startswith: bc", "F", "ABC"));
  EXPECT_TRUE(item(R"(F|endswith: '\cmd.exe')", "F", R"(C:\Windows\CMD.EXE)"));
  EXPECT_FALSE(item(R"(F|endswith: '\cmd.exe')", "F", "cmd.exe"));
}

TEST(EvaluateTest, ReadsWildcardsAndEscapes) {
  EXPECT_TRUE(item("F: 'a*c?e'", "F", "a--c-e"));
  EXPECT_FALSE(item("F: 'a*c?e'", "F", "a--ce"));
  EXPECT_TRUE(item("F: 'a?c'", "F", "ađc")) << "one character, not one byte";
  EXPECT_TRUE(item(R"(F: 'a\*c')", "F", "a*c"));
  EXPECT_FALSE(item(R"(F: 'a\*c')", "F", "abc"));
  EXPECT_TRUE(item(R"(F: 'a\\*c')", "F", R"(a\bbc)"));
  EXPECT_FALSE(item(R"(F: 'a\\*c')", "F", "abbc"));
  EXPECT_TRUE(item(R"(F: 'a\\\*c')", "F", R"(a\*c)"));
  EXPECT_TRUE(item(R"(F: 'C:\Windows\x')", "F", R"(C:\Windows\x)"));
  EXPECT_TRUE(item(R"(F: '\\\\host')", "F", R"(\\host)"));
  EXPECT_TRUE(item(R"(F|contains: 'x\')", "F", R"(ax\b)")) << "a backslash at the end is one";
  EXPECT_TRUE(item("F: '*'", "F", ""));
  EXPECT_FALSE(item("F: '?*'", "F", ""));
  EXPECT_TRUE(item("F: 'aab*ab'", "F", "aabxaab"));
  EXPECT_TRUE(item("F|contains: 'a*b'", "F", "xaybz"));
}

TEST(EvaluateTest, TellsNullEmptyAndAbsent) {
  TestEvent null = event({{"F", "null"}});
  null.fields[0].kind = ValueKind::kNull;
  const TestEvent empty = event({{"F", ""}}), absent = event({{"G", "x"}});
  EXPECT_TRUE(item("F: null", null));
  EXPECT_TRUE(item("F: null", absent));
  EXPECT_FALSE(item("F: null", empty));
  EXPECT_TRUE(item("F: ''", empty));
  EXPECT_FALSE(item("F: ''", null));
  EXPECT_FALSE(item("F: ''", absent));
  EXPECT_TRUE(item("F|exists: true", null));
  EXPECT_FALSE(item("F|exists: true", absent));
  EXPECT_TRUE(item("F|exists: false", absent));
  EXPECT_FALSE(item("F|exists: false", empty));
  EXPECT_FALSE(item("F: '*'", null)) << "a null has no text";
  EXPECT_TRUE(item("F: [null, a]", "F", "a"));
}

TEST(EvaluateTest, ListsAreAnyOrAll) {
  EXPECT_TRUE(item("F|contains: [x, b]", "F", "abc"));
  EXPECT_FALSE(item("F|contains|all: [a, x]", "F", "abc"));
  EXPECT_TRUE(item("F|contains|all: [c, a]", "F", "abc"));
  const auto twice = event({{"F", "one"}, {"F", "two"}});
  EXPECT_TRUE(item("F: two", twice)) << "any value of a list";
  EXPECT_TRUE(item("F|all: [one, two]", twice));
}

TEST(EvaluateTest, RunsRegularExpressions) {
  EXPECT_TRUE(item("F|re: 'b.d'", "F", "abcde"));
  EXPECT_FALSE(item("F|re: 'B.d'", "F", "abcde")) << "as written";
  EXPECT_TRUE(item("F|re|i: 'B.d'", "F", "abcde"));
  EXPECT_TRUE(item("F|re|m: '^b$'", "F", "a\nb\nc"));
  EXPECT_FALSE(item("F|re: '^b$'", "F", "a\nb\nc"));
  EXPECT_TRUE(item("F|re|s: 'a.b'", "F", "a\nb"));
  EXPECT_FALSE(item("F|re: 'a.b'", "F", "a\nb"));
  EXPECT_TRUE(item("F|re: 'a(?!b)'", "F", "ac"));
  EXPECT_FALSE(item("F|re: 'a(?!b)'", "F", "ab"));
}

TEST(EvaluateTest, KnowsNetworks) {
  EXPECT_TRUE(item("F|cidr: 10.0.0.0/8", "F", "10.200.3.4"));
  EXPECT_FALSE(item("F|cidr: 10.0.0.0/8", "F", "11.0.0.1"));
  EXPECT_TRUE(item("F|cidr: ['fe80::/10', '::1/128']", "F", "fe80::12"));
  EXPECT_FALSE(item("F|cidr: 10.0.0.0/8", "F", "10.0.0.1x"));
}

TEST(EvaluateTest, Encodes) {
  EXPECT_TRUE(item("F|base64: foobar", "F", "Zm9vYmFy"));
  EXPECT_FALSE(item("F|base64: foobar", "F", "Zm9vYmFyZm9v"));
  EXPECT_TRUE(item("F|base64|contains: foobar", "F", "xZm9vYmFyx"));
  // "http://" behind nothing, one and two bytes.
  for (auto encoded : {"aHR0cDovL2E=", "eGh0dHA6Ly9h", "eHhodHRwOi8vYQ=="})
    EXPECT_TRUE(item("F|base64offset|contains: 'http://'", "F", encoded)) << encoded;
  EXPECT_FALSE(item("F|base64offset|contains: 'http://'", "F", "aHR0cHM6Ly9h")) << "https://a";
  EXPECT_TRUE(item("F|wide|base64offset|contains: ping", "F", "cABpAG4AZwAgADEA")) << "UTF-16 \"ping 1\"";
  EXPECT_TRUE(item("F|utf16le|contains: cmd", "F", std::string_view("xc\0m\0d\0x", 8)));
  EXPECT_TRUE(item("F|utf16be|contains: cmd", "F", std::string_view("\0c\0m\0d", 6)));
  EXPECT_FALSE(item("F|utf16be|contains: cmd", "F", std::string_view("c\0m\0d\0", 6)));
  EXPECT_TRUE(item("F|utf16|base64: cmd", "F", "//5jAG0AZAA="));
}

TEST(EvaluateTest, TurnsDashes) {
  for (auto dash : {"-", "/", "–", "—", "―"}) {
    const auto line = "ping " + std::string(dash) + "n 1";
    EXPECT_TRUE(item("F|contains|windash: ' -n '", "F", line)) << line;
    EXPECT_TRUE(item("F|windash|contains: ' /n '", "F", line)) << line;
    EXPECT_TRUE(item("F|windash|contains: ' —n '", "F", line)) << line;
  }
  EXPECT_TRUE(item("F|windash: 'x -a /b'", "F", "x /a –b")) << "each on its own";
  EXPECT_FALSE(item("F|contains|windash: 'a-b'", "F", "a/b")) << "within a word it is no parameter";
  EXPECT_FALSE(item("F|contains: ' -n '", "F", "ping /n 1"));
}

TEST(EvaluateTest, ComparesNumbers) {
  EXPECT_TRUE(item("F|gt: 9", "F", "10"));
  EXPECT_FALSE(item("F|gt: 10", "F", "10"));
  EXPECT_TRUE(item("F|gte: 10", "F", "10"));
  EXPECT_TRUE(item("F|lt: 1.5", "F", "-3"));
  EXPECT_FALSE(item("F|lt: 1.5", "F", "1.5"));
  EXPECT_TRUE(item("F|lte: 1.5", "F", "1.5"));
  for (auto value : {"ten", "", "10x", "nan", "inf"}) EXPECT_FALSE(item("F|gte: 0", "F", value)) << value;
}

TEST(EvaluateTest, TellsWhatDiffers) {
  EXPECT_TRUE(item("F|neq: a", "F", "b"));
  EXPECT_FALSE(item("F|neq: a", "F", "A"));
  EXPECT_FALSE(item("F|neq: [1, 2]", "F", "2"));
  EXPECT_TRUE(item("F|neq: [1, 2]", "F", "3"));
  EXPECT_FALSE(item("F|neq: a", "G", "b")) << "no field, nothing different";
  EXPECT_TRUE(item("F|fieldref|neq: G", event({{"F", "a"}, {"G", "b"}})));
  EXPECT_FALSE(item("F|fieldref|neq: G", event({{"F", "a"}, {"G", "A"}})));
}

TEST(EvaluateTest, ComparesFields) {
  EXPECT_TRUE(item("F|fieldref: G", event({{"F", "a"}, {"G", "A"}})));
  EXPECT_FALSE(item("F|fieldref|cased: G", event({{"F", "a"}, {"G", "A"}})));
  EXPECT_FALSE(item("F|fieldref: G", event({{"F", "a"}, {"H", "a"}})));
  EXPECT_TRUE(item("F|fieldref|startswith: G", event({{"F", "abc"}, {"G", "ab"}})));
  EXPECT_TRUE(item("F|fieldref|endswith: G", event({{"F", "abc"}, {"G", "bc"}})));
  EXPECT_FALSE(item("F|endswith|fieldref: G", event({{"F", "abc"}, {"G", "ab"}})));
  EXPECT_TRUE(item("F|fieldref|contains: G", event({{"F", "abc"}, {"G", "b"}})));
}

TEST(EvaluateTest, KnowsPartsOfTimes) {
  for (auto time :
       {"2026-01-02 23:59:07", "2026-01-02T23:59:07.5Z", "1767398347", "1767398347000", "1767398347.5"}) {
    EXPECT_TRUE(item("F|minute: 59", "F", time)) << time;
    EXPECT_TRUE(item("F|hour: 23", "F", time)) << time;
    EXPECT_TRUE(item("F|day: 2", "F", time)) << time;
    EXPECT_TRUE(item("F|week: 1", "F", time)) << time;
    EXPECT_TRUE(item("F|month: 1", "F", time)) << time;
    EXPECT_TRUE(item("F|year: 2026", "F", time)) << time;
    EXPECT_FALSE(item("F|hour: [22, 0]", "F", time)) << time;
  }
  EXPECT_TRUE(item("F|week: 53", "F", "2027-01-03")) << "Sunday of the last week of 2026";
  EXPECT_FALSE(item("F|month: 2", "F", "2026-02-30 10:00:00"));
}

TEST(EvaluateTest, ExpandsPlaceholders) {
  const Placeholders admins = {{"admins", {"root", "adm_*"}}, {"x", {"1", "2"}}};
  EXPECT_TRUE(item("F|expand: '%admins%'", event({{"F", "adm_an"}}), admins));
  EXPECT_FALSE(item("F|expand: '%admins%'", event({{"F", "an"}}), admins));
  EXPECT_TRUE(item("F|contains|expand: '\\%x%-%x%'", event({{"F", R"(a\1-2b)"}}), admins));
  const auto rule = rule_of("  s:\n    F|expand: '%nobody%'\n  condition: s\n");
  EXPECT_EQ(rule.unresolved, std::vector<std::string>{"nobody"});
  EXPECT_FALSE(holds(rule, event({{"F", "%nobody%"}}).view()));
}

TEST(EvaluateTest, FindsKeywordsInAnyValue) {
  auto line = event({{"a", "x Failed password y"}, {"b", "z"}});
  auto keywords = [&](const std::string& list) {
    return holds(rule_of("  k: " + list + "\n  condition: k\n"), line.view());
  };
  EXPECT_TRUE(keywords("['failed PASSWORD']"));
  EXPECT_FALSE(keywords("[accepted]"));
  EXPECT_TRUE(keywords("['fail*word', nothing]"));
  EXPECT_TRUE(keywords("{'|all': [failed, z]}"));
  EXPECT_FALSE(keywords("{'|all': [failed, q]}"));
  EXPECT_TRUE(keywords("{'|re': 'F.*d y$'}"));
  line.raw = "Jan  1 sshd: x Failed";
  EXPECT_FALSE(keywords("['sshd: x']"));
  line.text = true;
  EXPECT_TRUE(keywords("['sshd: x']"));
}

TEST(EvaluateTest, UnescapesJson) {
  auto escaped = event({{"F", R"(C:\\a \u0111)"}});
  escaped.fields[0].escaped = true;
  EXPECT_TRUE(item(R"(F: 'C:\a Đ')", escaped));
}

bool condition(const std::string& condition, const std::string& true_names) {
  std::string detection;
  std::vector<Field> fields;
  for (const auto* name : {"a", "b", "c", "sel_x", "sel_y", "_hidden"})
    detection += std::string("  ") + name + ":\n    " + name + ": 1\n";
  TestEvent on;
  static const std::vector<std::string> kNames = {"a", "b", "c", "sel_x", "sel_y", "_hidden"};
  for (const auto& name : kNames) {
    if ((" " + true_names + " ").contains(" " + name + " "))
      on.fields.push_back({.name = name, .value = "1"});
  }
  return holds(rule_of(detection + "  condition: " + condition + "\n"), on.view());
}

TEST(EvaluateTest, ReadsConditions) {
  EXPECT_TRUE(condition("a or b and c", "a"));
  EXPECT_FALSE(condition("(a or b) and c", "a"));
  EXPECT_TRUE(condition("not a and b", "b"));
  EXPECT_TRUE(condition("not (a and b)", "b"));
  EXPECT_TRUE(condition("not not a", "a"));
  EXPECT_TRUE(condition("1 of sel_*", "sel_y"));
  EXPECT_FALSE(condition("all of sel_*", "sel_y"));
  EXPECT_TRUE(condition("all of sel_*", "sel_y sel_x"));
  EXPECT_FALSE(condition("a and not 1 of sel_*", "a sel_x"));
  EXPECT_TRUE(condition("any of them", "b"));
  EXPECT_FALSE(condition("1 of them", "_hidden"));
  EXPECT_TRUE(condition("all of them", "a b c sel_x sel_y"));
  EXPECT_TRUE(condition("1 of _*", "_hidden"));
}

TEST(EvaluateTest, OfSeveralConditionsAny) {
  EXPECT_TRUE(condition("[a and b, c]", "c"));
  EXPECT_FALSE(condition("[a and b, c]", "a"));
}

}  // namespace
}  // namespace vedette::logs::sigma
