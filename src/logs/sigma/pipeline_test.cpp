#include "logs/sigma/pipeline.h"

#include <gtest/gtest.h>

#include "logs/sigma/evaluate.h"
#include "logs/sigma/load.h"

namespace vedette::logs::sigma {
namespace {

Pipeline pipeline(const std::string& transformations) {
  auto read = read_pipeline("name: t\ntransformations:\n" + transformations);
  EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().reason);
  return read ? *std::move(read) : Pipeline();
}

Rule rule(const std::string& source, const std::string& detection, std::vector<Pipeline> pipelines) {
  RuleSet set;
  read_rules("title: t\nlogsource: {" + source + "}\ndetection:\n  s: {" + detection + "}\n  condition: s\n",
             "t.yml", {.placeholders = {}, .pipelines = std::move(pipelines)}, set);
  for (const auto& refusal : set.refused) ADD_FAILURE() << refusal.reason;
  return set.rules.empty() ? Rule() : set.rules.front();
}

bool on(const Rule& rule, std::vector<std::pair<std::string, std::string>> values, LogSource source = {}) {
  std::vector<Field> fields;
  for (const auto& [name, value] : values) fields.push_back({.name = name, .value = value});
  return holds(rule,
               EventView{.fields = fields, .raw = {}, .raw_is_text = false, .time = {}, .source = source});
}

TEST(PipelineTest, RoutesWindowsRulesByChannelAndId) {
  const auto image = rule("product: windows, category: image_load", "ImageLoaded: x", default_pipelines());
  const std::string sysmon = "Microsoft-Windows-Sysmon/Operational";
  EXPECT_TRUE(on(image, {{"Channel", sysmon}, {"EventID", "7"}, {"ImageLoaded", "x"}}));
  EXPECT_FALSE(on(image, {{"Channel", sysmon}, {"EventID", "1"}, {"ImageLoaded", "x"}}));
  EXPECT_FALSE(on(image, {{"ImageLoaded", "x"}}, {"windows", "image_load", ""}))
      << "routed by its conditions";
  auto pipelines = default_pipelines();
  const std::string source = "product: windows, category: process_creation",
                    asked = "Image: x, CommandLine: y";
  const std::vector<std::pair<std::string, std::string>> audited = {
      {"Channel", "Security"}, {"EventID", "4688"}, {"NewProcessName", "x"}, {"CommandLine", "y"}};
  const std::vector<std::pair<std::string, std::string>> traced = {
      {"Channel", sysmon}, {"EventID", "1"}, {"Image", "x"}, {"CommandLine", "y"}};
  EXPECT_TRUE(on(rule(source, asked, pipelines), traced));
  EXPECT_FALSE(on(rule(source, asked, pipelines), audited)) << "other names";
  pipelines.insert(pipelines.begin(), *find_pipeline("windows_audit"));
  EXPECT_TRUE(on(rule(source, asked, pipelines), audited));
  EXPECT_TRUE(on(rule(source, asked, pipelines), traced));
}

TEST(PipelineTest, TellsOtherRulesByTheirSource) {
  const auto sshd = rule("product: linux, service: sshd", "message|contains: x", default_pipelines());
  EXPECT_TRUE(on(sshd, {{"message", "x"}}, {"linux", "", "sshd"}));
  EXPECT_TRUE(on(sshd, {{"message", "x"}}, {"linux", "anything", "sshd"}));
  EXPECT_FALSE(on(sshd, {{"message", "x"}}, {"linux", "", "sudo"}));
  EXPECT_FALSE(on(sshd, {{"message", "x"}}));
  const auto web = rule("category: webserver", "cs-method: PUT", default_pipelines());
  EXPECT_TRUE(on(web, {{"http.request.method", "put"}}, {"", "webserver", "nginx"}));
  EXPECT_TRUE(on(web, {{"cs-method", "put"}}, {"", "webserver", ""}));
  EXPECT_TRUE(on(rule("product: linux, service: sshd", "message: x", {}), {{"message", "x"}}))
      << "no pipeline";
}

TEST(PipelineTest, MapsNames) {
  const auto several = pipeline("  - {type: field_name_mapping, mapping: {A: [x, y], B: z}}\n");
  const auto mapped = rule("product: p", "A: 1, B|fieldref: A, C: 2", {several});
  EXPECT_TRUE(on(mapped, {{"y", "1"}, {"z", "1"}, {"C", "2"}}, {"p", "", ""}));
  EXPECT_FALSE(on(mapped, {{"A", "1"}, {"z", "1"}, {"C", "2"}}, {"p", "", ""}));
  const auto null = rule("product: p", "A: null", {several});
  EXPECT_TRUE(on(null, {}, {"p", "", ""}));
  EXPECT_FALSE(on(null, {{"y", "1"}}, {"p", "", ""})) << "each name is empty";
  const auto prefixed = pipeline("  - {type: add_field_prefix, prefix: data., exclude_fields: ['*.*']}\n");
  EXPECT_TRUE(
      on(rule("product: p", "A: 1, b.c: 2", {prefixed}), {{"data.A", "1"}, {"b.c", "2"}}, {"p", "", ""}));
  EXPECT_EQ(mapped_names({several, prefixed}, {"p", "", ""}, "A"),
            (std::vector<std::string>{"data.x", "data.y"}));
}

TEST(PipelineTest, SpeaksEcsOfWindows) {
  auto pipelines = default_pipelines();
  pipelines.push_back(*find_pipeline("ecs_windows"));
  const auto process =
      rule("product: windows, category: process_creation", "Image: x, Company: y", pipelines);
  EXPECT_TRUE(on(process, {{"winlog.channel", "Microsoft-Windows-Sysmon/Operational"},
                           {"event.code", "1"},
                           {"process.executable", "x"},
                           {"winlog.event_data.Company", "y"}}));
}

TEST(PipelineTest, PutsPlaceholdersAndFailuresIn) {
  const auto values = pipeline("  - {type: value_placeholders, values: {admins: [root, an]}}\n");
  EXPECT_TRUE(on(rule("product: p", "U|expand: '%admins%'", {values}), {{"U", "an"}}, {"p", "", ""}));
  const auto failing = pipeline(
      "  - type: rule_failure\n    message: no such source here\n    rule_conditions:\n"
      "      - {type: logsource, product: [q, p]}\n");
  RuleSet set;
  read_rules("title: t\nlogsource: {product: P}\ndetection: {s: {A: 1}, condition: s}\n", "t.yml",
             {.placeholders = {}, .pipelines = {failing}}, set);
  ASSERT_EQ(set.refused.size(), 1u);
  EXPECT_EQ(set.refused[0].reason, "no such source here");
}

TEST(PipelineTest, EveryPipelineOfOursIsReadable) {
  EXPECT_GE(pipeline_names().size(), 5u);
  for (const auto& name : pipeline_names())
    EXPECT_TRUE(find_pipeline(name).has_value()) << find_pipeline(name).error();
  EXPECT_FALSE(find_pipeline("nosuch").has_value());
}

TEST(PipelineTest, RefusesWhatItDoesNotKnow) {
  auto refused = [](const std::string& text) {
    auto read = read_pipeline("transformations:\n" + text);
    return read ? "" : std::to_string(read.error().line) + ": " + read.error().reason;
  };
  EXPECT_EQ(refused("  - type: magic\n"), "2: the transformation \"magic\" is not known");
  EXPECT_EQ(refused("  - {type: field_name_mapping}\n"), "2: \"mapping\" is missing");
  EXPECT_EQ(refused("  - type: rule_failure\n    rule_conditions: [{type: moon}]\n"),
            "3: the condition \"moon\" is not known");
  EXPECT_EQ(refused("  - {type: add_condition, conditions: {A|b: 1}}\n"),
            "2: the modifier \"b\" is not known");
}

}  // namespace
}  // namespace vedette::logs::sigma
