#include "logs/sigma/load.h"

#include <gtest/gtest.h>

#include <fstream>

namespace vedette::logs::sigma {
namespace {

constexpr std::string_view kRule = R"(title: A rule
id: 4F6D1E1C-0000-4000-8000-000000000001
name: a_rule
level: high
tags: [attack.execution, attack.t1059.001]
logsource: {product: windows, category: process_creation}
detection:
  a:
    Image|endswith: '\cmd.exe'
  condition: a
)";

RuleSet read(std::string_view bytes) {
  RuleSet out;
  read_rules(bytes, "x.yml", {}, out);
  return out;
}

TEST(LoadTest, ReadsMetadata) {
  const auto set = read(kRule);
  ASSERT_EQ(set.rules.size(), 1u);
  const auto& rule = set.rules.front();
  EXPECT_EQ(rule.id, "4f6d1e1c-0000-4000-8000-000000000001");
  EXPECT_EQ(rule.name, "a_rule");
  EXPECT_EQ(rule.severity, Severity::kHigh);
  EXPECT_EQ(rule.attack, std::vector<std::string>{"T1059.001"});
  EXPECT_EQ(rule.source.category, "process_creation");
  EXPECT_EQ(rule.file, "x.yml");
}

TEST(LoadTest, NamesFileLineAndReason) {
  auto refused = [](std::string_view bytes) {
    auto set = read(bytes);
    EXPECT_TRUE(set.rules.empty());
    EXPECT_EQ(set.refused.size(), 1u);
    if (set.refused.empty()) return std::string();
    return set.refused[0].file + ":" + std::to_string(set.refused[0].line) + ": " + set.refused[0].reason;
  };
  const std::string head = "title: t\nlogsource: {product: linux}\ndetection:\n";
  EXPECT_EQ(refused(head + "  a:\n    X|nosuch: 1\n  condition: a\n"),
            "x.yml:5: the modifier \"nosuch\" is not known");
  EXPECT_EQ(refused(head + "  a:\n    X: 1\n  condition: a and b\n"),
            "x.yml:6: the condition names \"b\", which is no detection");
  EXPECT_EQ(refused(head + "  a:\n    X: 1\n"), "x.yml:4: no condition");
  EXPECT_EQ(refused(head + "  a:\n    X: 1\n  condition: a | count() > 5\n"),
            "x.yml:6: \"|\": counting in a condition is no longer Sigma; write a correlation");
  EXPECT_EQ(refused("title: t\ndetection: {a: {X: 1}, condition: a}\n"),
            "x.yml:1: a rule without a logsource");
  EXPECT_EQ(
      refused("title: t\nlevel: worst\nlogsource: {product: linux}\ndetection: {a: {X: 1}, condition: a}\n"),
      "x.yml:2: the level \"worst\" is not known");
  EXPECT_TRUE(refused("a: [").contains(": no YAML"));
}

TEST(LoadTest, WalksFoldersAndRefusesASecondRuleOfOneId) {
  const auto folder =
      std::filesystem::path(testing::TempDir()) / ("sigma_load_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder / "b");
  std::ofstream(folder / "b" / "two.yml") << kRule;
  std::ofstream(folder / "a.yml") << kRule << "---\ntitle: note\n";
  std::ofstream(folder / "broken.yaml") << "a: [";
  std::ofstream(folder / "readme.txt") << "a: [";
  std::ofstream(folder / ".hidden.yml") << "a: [";
  const std::vector<std::filesystem::path> paths = {folder, folder / "absent.yml"};
  const auto set = load_rules(paths);
  std::filesystem::remove_all(folder);
  ASSERT_EQ(set.rules.size(), 1u);
  EXPECT_EQ(set.rules[0].file, (folder / "a.yml").string());
  EXPECT_EQ(set.others, 1u);
  EXPECT_EQ(set.files, 3u);
  ASSERT_EQ(set.refused.size(), 3u);
  EXPECT_NE(set.refused[2].reason.find("the same id as"), std::string::npos);
}

TEST(LoadTest, GivesARuleWithoutIdTheSameOneEachTime) {
  const std::string text = "title: t\nlogsource: {product: linux}\ndetection: {a: {X: 1}, condition: a}\n";
  EXPECT_EQ(read(text).rules.at(0).id, read("# moved\n" + text).rules.at(0).id);
  EXPECT_NE(read(text).rules.at(0).id, read(text + "author: x\n").rules.at(0).id);
}

// All rules of SigmaHQ, where the corpus is there.
TEST(LoadTest, LoadsTheRulesOfTheWorld) {
  const char* shared = std::getenv("VEDETTE_SHARED");
  const auto archive =
      std::filesystem::path(shared == nullptr ? "" : shared) / "corpora/logs/sigma-rules.tar.zst";
  if (!std::filesystem::exists(archive)) GTEST_SKIP() << "VEDETTE_SHARED names no corpora/logs";
  const auto folder =
      std::filesystem::path(testing::TempDir()) / ("sigma_world_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  ASSERT_EQ(
      std::system(("zstd -dc --long=27 " + archive.string() + " | tar x -C " + folder.string()).c_str()), 0);
  const std::vector<std::filesystem::path> paths = {folder};
  const auto begin = std::chrono::steady_clock::now();
  const auto set = load_rules(paths);
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  std::filesystem::remove_all(folder);
  for (const auto& refusal : set.refused)
    ADD_FAILURE() << refusal.file << ":" << refusal.line << ": " << refusal.reason;
  EXPECT_EQ(set.rules.size(), 3754u);
  std::size_t linear = 0, backtracking = 0, predicates = 0;
  for (const auto& rule : set.rules) {
    predicates += rule.predicates.size();
    for (const auto& predicate : rule.predicates) {
      linear += predicate.comparison == Comparison::kRegex;
      backtracking += predicate.comparison == Comparison::kRegexBacktracking;
    }
  }
  std::printf("%zu rules in %lld ms; %zu predicates, %zu regular expressions for RE2, %zu for PCRE2\n",
              set.rules.size(), static_cast<long long>(ms.count()), predicates, linear, backtracking);
}

}  // namespace
}  // namespace vedette::logs::sigma
