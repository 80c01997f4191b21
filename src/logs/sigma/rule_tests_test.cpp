#include "logs/sigma/rule_tests.h"

#include <gtest/gtest.h>

#include <fstream>

#include "logs/sigma/explain.h"

namespace vedette::logs::sigma {
namespace {

namespace fs = std::filesystem;

// Every rule of the pack: loaded, in two languages, with a next step, ATT&CK and tests of both kinds that
// pass.
TEST(RulePackTest, IsWhole) {
  const std::vector<fs::path> folders = {fs::path(VEDETTE_SOURCE_DIR) / "content/rules"};
  const LoadOptions options{.placeholders = {}, .pipelines = default_pipelines()};
  const auto set = load_rules(folders, options);
  for (const auto& refusal : set.refused)
    ADD_FAILURE() << refusal.file << ":" << refusal.line << ": " << refusal.reason;
  const auto tests = find_rule_tests(folders, set);
  for (const auto& refusal : tests.refused)
    ADD_FAILURE() << refusal.file << ":" << refusal.line << ": " << refusal.reason;
  for (const auto& id : tests.untested) ADD_FAILURE() << id << " has no positive or no negative test";
  const auto results = run_rule_tests(tests, set, options.pipelines);
  ASSERT_TRUE(results.has_value());
  for (const auto& result : *results)
    EXPECT_TRUE(result.passed) << result.test->file << ":" << result.test->line << ": " << result.test->why
                               << ": " << result.trouble;
  std::size_t reported = 0;
  auto check = [&](const Rule& rule) {
    if (rule.only_correlated) return;
    ++reported;
    EXPECT_FALSE(rule.attack.empty()) << rule.file;
    for (const auto* text :
         {&rule.description, &rule.title_vi, &rule.description_vi, &rule.next_en, &rule.next_vi})
      EXPECT_FALSE(text->empty()) << rule.file;
  };
  for (const auto& rule : set.rules) check(rule);
  for (const auto& correlation : set.correlations) check(correlation.about);
  EXPECT_GE(reported, 40u);
  EXPECT_GE(results->size(), 2 * reported);
  std::printf("%zu rules that report, %zu tests\n", reported, results->size());
}

class RuleTestsTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("rule_tests_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    write(
        "a.yml",
        "title: a\nid: 00000000-0000-4000-8000-00000000000a\nlogsource: {product: windows, service: system}\n"
        "detection: {s: {EventID: 104}, condition: s}\n");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  std::pair<RuleTests, std::vector<RuleTestResult>> run() {
    const std::vector<fs::path> folders = {folder_};
    set_ = load_rules(folders, {.placeholders = {}, .pipelines = pipelines_});
    tests_ = find_rule_tests(folders, set_);
    auto results = run_rule_tests(tests_, set_, pipelines_);
    EXPECT_TRUE(results.has_value());
    return {tests_, results ? *std::move(results) : std::vector<RuleTestResult>()};
  }

  fs::path folder_;
  RuleSet set_;
  RuleTests tests_;
  std::vector<Pipeline> pipelines_ = default_pipelines();
};

TEST_F(RuleTestsTest, SaysWhatFailsAndWhatIsMissing) {
  write("a.test.yml",
        "- {why: hits, matches: 1, events: [{Channel: System, EventID: 104}, {Channel: Security, EventID: "
        "104}]}\n"
        "- {why: fails, matches: 2, events: [{Channel: System, EventID: 104}]}\n");
  write("b.test.yml", "- {matches: 0, log: x}\n");
  auto [tests, results] = run();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_TRUE(results[0].passed) << results[0].trouble;
  EXPECT_FALSE(results[1].passed);
  EXPECT_EQ(results[1].trouble, "1 matches in 1 events, expected 2");
  ASSERT_EQ(tests.refused.size(), 1u) << "tests of no rule";
  EXPECT_EQ(tests.untested, std::vector<std::string>{"00000000-0000-4000-8000-00000000000a"})
      << "no negative one";
}

TEST_F(RuleTestsTest, RunsSigmaHqsRegressionData) {
  fs::create_directories(folder_ / "regression_data");
  write("regression_data/info.yml",
        "rule_metadata: [{id: 00000000-0000-4000-8000-00000000000a}]\n"
        "regression_tests_info: [{name: n, type: json, path: somewhere/else/e.json, match_count: 2}]\n");
  write("regression_data/e.json", "{\"Channel\":\"System\",\"EventID\":104}\n");
  EXPECT_EQ(run().second.at(0).trouble, "1 matches in 1 events, expected at least 2");
  write("regression_data/e.json",
        "{\"Channel\":\"System\",\"EventID\":104}\n{\"Channel\":\"System\",\"EventID\":104}\n");
  EXPECT_TRUE(run().second.at(0).passed);
}

TEST(ExplainTest, ShowsWhatHeldAndTheValues) {
  RuleSet set;
  read_rules(
      "title: t\nlogsource: {product: p}\ndetection:\n  a: {F|contains: x}\n  b: {G: y}\n  condition: a and "
      "not b\n",
      "t.yml", {}, set);
  const Field fields[] = {{.name = "F", .value = "axb"}, {.name = "G", .value = "y"}};
  const auto why =
      explain(set.rules.at(0),
              EventView{.fields = fields, .raw = {}, .raw_is_text = false, .time = {}, .source = {}});
  EXPECT_FALSE(why.held);
  ASSERT_EQ(why.of.size(), 2u);
  EXPECT_TRUE(why.of[0].held);
  EXPECT_EQ(why.of[0].text, "F contains \"x\"");
  EXPECT_EQ(why.of[0].values, std::vector<std::string>{"axb"});
  EXPECT_EQ(why.of[1].text, "not");
  EXPECT_FALSE(why.of[1].held);
}

TEST(ExplainTest, NamesBlindRules) {
  const auto pipelines = default_pipelines();
  RuleSet set;
  read_rules(
      "title: a\nlogsource: {product: windows, service: system}\ndetection: {s: {X: 1}, condition: s}\n---\n"
      "title: b\nlogsource: {product: windows, service: security}\ndetection: {s: {X: 1}, condition: "
      "s}\n---\n"
      "title: c\nlogsource: {product: windows, service: system}\ndetection: {s: {Y: 1}, condition: s}\n---\n"
      "title: d\nlogsource: {product: linux}\ndetection: {s: {X: 1}, condition: s}\n---\n"
      "title: e\nlogsource: {product: windows, service: system}\ndetection: {s: {X|expand: '%q%'}, "
      "condition: s}\n",
      "t.yml", {.placeholders = {}, .pipelines = pipelines}, set);
  Seen seen(pipelines);
  const Field fields[] = {{.name = "Channel", .value = "System"}, {.name = "X", .value = "2"}};
  seen.add(EventView{.fields = fields, .raw = {}, .raw_is_text = false, .time = {}, .source = {}});
  ASSERT_EQ(set.rules.size(), 5u);
  EXPECT_EQ(seen.blind(set.rules[0]), "");
  EXPECT_EQ(seen.blind(set.rules[1]), "no event with Channel Security");
  EXPECT_EQ(seen.blind(set.rules[2]), "no event has the field Y");
  EXPECT_EQ(seen.blind(set.rules[3]), "no event of its log source linux//");
  EXPECT_EQ(seen.blind(set.rules[4]), "nobody gives values for the placeholder q");
}

}  // namespace
}  // namespace vedette::logs::sigma
