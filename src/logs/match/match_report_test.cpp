#include "logs/match/match_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "logs/match/timeline.h"
#include "logs/sigma/load.h"

namespace vedette::logs::match {
namespace {

using testing::HasSubstr;
using testing::Not;

sigma::Rule rule() {
  sigma::RuleSet set;
  sigma::read_rules(R"(title: A tool
id: 11111111-2222-4333-8444-555555555555
status: test
level: high
tags: [attack.execution, attack.t1059.001]
logsource: {product: windows, category: process_creation}
detection:
  selection:
    Image|endswith: '\tool.exe'
    CommandLine|contains: ['one', 'two']
  filter:
    User: nobody
  condition: selection and not filter
)",
                    "tool.yml", {}, set);
  EXPECT_EQ(set.rules.size(), 1) << (set.refused.empty() ? "" : set.refused[0].reason);
  return set.rules.at(0);
}

EventView event_of(const std::vector<Field>& fields) {
  EventView event;
  event.fields = fields;
  event.time = *parse_rfc3339("2026-01-02T03:04:05.678Z");
  return event;
}

const std::vector<Field> kFields = {{"Image", R"(C:\\Tool.exe)", ValueKind::kString, true},
                                    {"CommandLine", "=cmd two <script>\x1b[2J"},
                                    {"User", "anna"},
                                    {"Pid", "12", ValueKind::kNumber},
                                    {"Pid", "13", ValueKind::kNumber},
                                    {"Computer", "pc1"}};

TEST(MatchReportTest, NamesTheValuesThatHeld) {
  const auto matched = matched_fields(rule(), event_of(kFields));
  ASSERT_EQ(matched.size(), 2);
  EXPECT_EQ(matched[0].field + "=" + matched[0].value, "Image=C:\\Tool.exe");
  EXPECT_EQ(matched[1].field, "CommandLine");
}

TEST(MatchReportTest, JsonIsOneObjectALine) {
  std::string line;
  append_json(rule(), event_of(kFields), {"a.json", 7}, line);
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  const auto object = boost::json::parse(line).as_object();
  EXPECT_EQ(object.at("rule").at("level").as_string(), "high");
  EXPECT_EQ(object.at("position").to_number<int>(), 7);
  EXPECT_EQ(object.at("matched").as_array().size(), 2);
  EXPECT_EQ(object.at("time").as_string(), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(object.at("event").at("Image").as_string(), "C:\\Tool.exe");
  EXPECT_EQ(boost::json::serialize(object.at("event").at("Pid")), "[12,13]");
}

TEST(MatchReportTest, ATerminalSeesNoControlCharacters) {
  std::string text;
  append_text(rule(), event_of(kFields), {"a\x1b.json", 7}, text);
  EXPECT_THAT(text, HasSubstr("high  A tool  pc1  anna"));
  EXPECT_THAT(text, HasSubstr("T1059.001"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_EQ(one_line("a\u009Bb\n\xff", 100), "a b \uFFFD");
}

TEST(TimelineTest, IsSortedAndHarmless) {
  Timeline timeline;
  auto late = event_of(kFields), never = late, early = late;
  early.time = *parse_rfc3339("2025-01-01T00:00:00Z");
  never.time.reset();
  std::uint64_t position = 0;
  for (const auto& event : {never, late, early})
    timeline.add(timeline_row(rule(), event, {"<b>.json", ++position}));
  const auto path = testing::TempDir() + "/timeline_test.";
  ASSERT_TRUE(timeline.write(path + "csv", Language::kEnglish));
  EXPECT_FALSE(timeline.write(path + "txt", Language::kEnglish));
  std::filesystem::remove(path + "csv");
  const auto csv = timeline.csv(), html = timeline.html(Language::kVietnamese);
  EXPECT_LT(csv.find("2025-01-01"), csv.find("2026-01-02"));
  EXPECT_THAT(csv, HasSubstr("<b>.json\",1\r\n"));
  EXPECT_THAT(csv, HasSubstr("\"Image=C:\\Tool.exe; CommandLine==cmd two"));
  EXPECT_THAT(html, HasSubstr("Dòng thời gian"));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  auto formula = timeline_row(rule(), late, {"x", 1});
  formula.host = "=1+1";
  timeline.add(formula);
  EXPECT_THAT(timeline.csv(), HasSubstr(",\"'=1+1\","));
}

}  // namespace
}  // namespace vedette::logs::match
