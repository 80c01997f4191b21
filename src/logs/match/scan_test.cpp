#include "logs/match/scan.h"

#include <gtest/gtest.h>

#include <fstream>

namespace vedette::logs::match {
namespace {

class Lines final : public ScanSink {
 public:
  void render(const EventView& event, std::span<const std::uint32_t> rules, const ScanPosition& position,
              std::string& out) override {
    out += fmt::format("{}:{} {} {}\n", position.input, position.number, rules[0], event.fields[0].value);
  }
  void render(const sigma::CorrelatedMatch& match, std::string& out) override {
    out += fmt::format("{} at {}: {}\n", match.group[0], to_unix_ms(match.time) / 1000, match.value);
  }
  Result<> write(std::string_view rendered) override {
    if (text.size() > fail_after) return fail(ErrorCode::kUnavailable, "the disk is full");
    text += rendered;
    return {};
  }
  std::string text;
  std::size_t fail_after = ~std::size_t{0};
};

class ScanTest : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& bytes) {
    const auto path = testing::TempDir() + "/scan_test_" + std::to_string(::getpid()) + name;
    std::ofstream(path, std::ios::binary) << bytes;
    files_.push_back(path);
    return path;
  }
  void TearDown() override {
    for (const auto& path : files_) std::filesystem::remove(path);
  }
  static std::shared_ptr<const CompiledRules> rules() {
    sigma::Rule rule;
    sigma::Predicate predicate;
    predicate.field = "word";
    predicate.comparison = sigma::Comparison::kContains;
    predicate.text = "needle";
    rule.predicates = {predicate};
    rule.condition = {sigma::Expression::Kind::kPredicate, 0, {}};
    return CompiledRules::compile(std::vector{rule});
  }
  std::vector<std::string> files_;
  SystemClock clock_;
};

TEST_F(ScanTest, KeepsTheOrderWithManyThreads) {
  std::string bytes, expected;
  ScanOptions options;
  for (int i = 1; i <= 100'000; ++i)
    bytes += fmt::format("{{\"n\":{},\"word\":\"{}\"}}\n", i, i % 100 == 0 ? "Needle" : std::string(80, 'x'));
  options.inputs = {file("a", bytes), file("b", "[{\"n\":7,\"word\":\"needle\"}]")};
  for (int i = 100; i <= 100'000; i += 100) expected += fmt::format("{}:{} 0 {}\n", options.inputs[0], i, i);
  expected += options.inputs[1] + ":1 0 7\n";
  for (const std::size_t threads : {1, 7}) {
    options.threads = threads;
    Lines lines;
    const auto report = scan(rules(), options, clock_, lines);
    ASSERT_TRUE(report);
    EXPECT_EQ(lines.text, expected);
    EXPECT_EQ(report->events, 100'001);
    EXPECT_EQ(report->hits_by_rule[0], 1001);
  }
}

TEST_F(ScanTest, NothingIsMissedSilently) {
  ScanOptions options;
  options.inputs = {file("a", "{\"word\":\"needle\"}\nbroken\n{\"word\":\"needle\",\"x\":\"cut"),
                    "/nowhere/x", file("b", "plain text\n"), file("c", "")};
  Lines lines;
  const auto report = scan(rules(), options, clock_, lines);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->events, 3);
  EXPECT_EQ(report->hits, 2) << "what stands before the cut is matched";
  EXPECT_EQ(report->unparsed, 1);
  EXPECT_EQ(report->cut, 1);
  EXPECT_EQ(report->inputs[0].counters.samples[0].text, "broken");
  EXPECT_NE(report->inputs[1].trouble, "");
  EXPECT_NE(report->inputs[2].trouble, "") << "no reader of plain text was given";
  EXPECT_EQ(report->inputs[3].trouble, "");
}

TEST_F(ScanTest, StopsWhenTheSinkFails) {
  std::string bytes;
  for (int i = 0; i < 200'000; ++i) bytes += "{\"word\":\"needle needle needle needle\"}\n";
  ScanOptions options;
  options.inputs = {file("a", bytes)};
  Lines lines;
  lines.fail_after = 0;
  const auto report = scan(rules(), options, clock_, lines);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message(), "the disk is full");
}

TEST_F(ScanTest, CorrelationsSeeAllFilesInTheOrderOfTime) {
  sigma::RuleSet set;
  sigma::read_rules(R"(
title: Failed
name: failed
logsource: {product: x}
detection: {s: {word: needle}, condition: s}
---
title: Many failed
correlation: {type: event_count, rules: [failed], group-by: [user], timespan: 10s, condition: {gte: 3}}
)",
                    "t.yml", {}, set);
  ASSERT_TRUE(set.refused.empty()) << set.refused[0].reason;
  auto line = [](int second, std::string_view user) {
    return fmt::format("{{\"word\":\"needle\",\"user\":\"{}\",\"@timestamp\":\"2026-01-01T00:00:{:02}Z\"}}\n",
                       user, second);
  };
  ScanOptions options;
  // The newer file first; the three of "an" are spread over both.
  options.inputs = {file("new", line(12, "an") + line(13, "binh") + line(50, "binh")),
                    file("old", line(4, "an") + line(8, "an") + "{\"word\":\"needle\",\"user\":\"an\"}\n")};
  for (const std::size_t threads : {1, 3}) {
    sigma::Correlator correlator(set, {}, {.lateness = std::chrono::hours(24 * 365)});
    options.threads = threads;
    options.correlator = &correlator;
    options.only_correlated = {true};
    Lines lines;
    const auto report = scan(CompiledRules::compile(set.rules), options, clock_, lines);
    ASSERT_TRUE(report);
    EXPECT_EQ(lines.text,
              fmt::format("an at {}: 3\n", to_unix_ms(*parse_rfc3339("2026-01-01T00:00:12Z")) / 1000));
    EXPECT_EQ(report->hits, 1) << "what only the correlation speaks of is no match by itself";
    EXPECT_EQ(report->untimed, 1);
  }
}

TEST_F(ScanTest, OtherFormatsComeThroughTheirReaders) {
  class Words final : public Reader {
   public:
    Result<std::optional<EventView>> next() override {
      if (++counters_.read > 2500) return --counters_.read, std::nullopt;
      value_ = counters_.read % 500 == 0 ? "needle" : "hay";
      field_ = {"word", value_};
      EventView event;
      event.fields = {&field_, 1};
      if (counters_.read == 9) counters_.add_unparsed(9, "odd");
      return event;
    }
    std::string value_;
    Field field_;
  };
  ScanOptions options;
  options.inputs = {file("a", "text")};
  options.open_reader = [](Input, const std::string&) -> Result<OpenedReader> {
    return OpenedReader{"words", std::make_unique<Words>()};
  };
  Lines lines;
  const auto report = scan(rules(), options, clock_, lines);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->events, 2500);
  EXPECT_EQ(report->hits, 5);
  EXPECT_EQ(report->unparsed, 1);
  EXPECT_EQ(report->inputs[0].format, "words");
  EXPECT_TRUE(lines.text.starts_with(options.inputs[0] + ":500 0 needle\n")) << lines.text;
}

}  // namespace
}  // namespace vedette::logs::match
