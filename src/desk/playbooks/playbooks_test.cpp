#include "desk/playbooks/playbooks.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <fstream>

#include "desk/desk_fixture.h"
#include "desk/playbooks/cacao.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr std::string_view kSmall = R"(id = "small"
name.vi = "Nhỏ"
name.en = "Small"
summary.vi = "Một bước"
summary.en = "One step"
kinds = ["page_replaced"]
attack = ["T1491"]
[[step]]
id = "look"
phase = "analysis"
role = "analyst"
title.vi = "Xem"
title.en = "Look"
what.vi = "Mở trang"
what.en = "Open the page"
)";

std::string with(std::string text, std::string_view from, std::string_view to) {
  auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}
std::string refused(const std::string& toml) {
  auto parsed = parse_playbook(toml, "p.toml");
  return parsed ? "accepted" : parsed.error().message();
}

TEST(PlaybookFileTest, EachBuiltInOneIsWholeInBothLanguages) {
  const auto set = PlaybookSet::built_in();
  std::vector<std::string> ids;
  for (const auto* one : set.playbooks()) {
    ids.push_back(one->id);
    EXPECT_EQ(one->source, "built_in");
    EXPECT_FALSE(one->kinds.empty() && one->attack.empty()) << one->id << " is never suggested";
    std::set<PlaybookPhase> phases;
    for (const auto& step : one->steps) {
      phases.insert(step.phase);
      EXPECT_NE(step.what.vi, step.what.en) << one->id << " " << step.id;
      EXPECT_EQ(step.evidence.vi.empty(), step.evidence.en.empty()) << one->id << " " << step.id;
    }
    EXPECT_EQ(phases.size(), kPlaybookPhases.size()) << one->id << " leaves a phase out";
  }
  EXPECT_THAT(ids, UnorderedElementsAre("ransomware", "defacement", "phishing", "data_leak",
                                        "denial_of_service", "account_takeover", "malware"));
}

TEST(PlaybookFileTest, EveryMistakeIsNamedWithItsLine) {
  const std::string good(kSmall);
  EXPECT_EQ(refused(good), "accepted");
  EXPECT_THAT(refused(with(good, "phase = \"analysis\"", "phase = \"panic\"")),
              HasSubstr("p.toml:10: phase"));
  EXPECT_THAT(refused(with(good, "role = \"analyst\"", "role = \"boss\"")), HasSubstr("role"));
  EXPECT_THAT(refused(with(good, "what.en = \"Open the page\"\n", "")), HasSubstr("en"));
  EXPECT_THAT(refused(good + "due_minutes = 0\n"), HasSubstr("due_minutes"));
  EXPECT_THAT(refused(good + "colour = \"red\"\n"), HasSubstr("colour"));
  EXPECT_THAT(refused(with(good, "[\"T1491\"]", "[\"T1491\", \"T1491\"]")), HasSubstr("attack"));
  EXPECT_THAT(refused(good.substr(0, good.find("[[step]]"))), HasSubstr("step"));
}

TEST(PlaybookFileTest, AnOwnFileReplacesTheBuiltInOneAndAWrongOneIsNamed) {
  store::TemporaryFolder folder;
  std::ofstream(folder / "mine.toml") << with(std::string(kSmall), "\"small\"", "\"phishing\"");
  auto set = PlaybookSet::with_folder(folder.path());
  ASSERT_TRUE(set) << set.error().full();
  EXPECT_EQ(set->find("phishing")->source, "own");
  EXPECT_EQ(set->find("phishing")->steps.size(), 1u);
  EXPECT_EQ(set->find("malware")->source, "built_in");
  std::ofstream(folder / "wrong.toml") << "id = 3";
  auto wrong = PlaybookSet::with_folder(folder.path());
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message(), HasSubstr("wrong.toml:1: id"));
  EXPECT_FALSE(PlaybookSet::with_folder(folder / "none"));
}

TEST(PlaybookFileTest, IsSuggestedByKindsAndTechniquesOfAlerts) {
  const auto set = PlaybookSet::built_in();
  const auto& ransomware = *set.find("ransomware");
  EXPECT_EQ(suggested_by(ransomware, {"encryption_attack", "slow"}, {}), 1u);
  EXPECT_EQ(suggested_by(ransomware, {}, {"T1486", "T1490.001", "T14861"}), 2u) << "a sub-technique counts";
  EXPECT_EQ(suggested_by(*set.find("account_takeover"), {"rule_match"}, {"T1110.001"}), 1u);
  EXPECT_EQ(suggested_by(*set.find("phishing"), {"slow"}, {"T1498"}), 0u);
}

// What is written is read back with everything in it.
TEST(CacaoTest, OursComeBackAsTheyWere) {
  const auto set = PlaybookSet::built_in();
  for (const auto* one : set.playbooks()) {
    auto back = playbook_from_cacao(cacao_of(*one, Language::kEnglish, {}));
    ASSERT_TRUE(back) << back.error().full();
    auto wanted = *one;
    wanted.id = back->id;
    wanted.source = "imported";
    for (std::size_t i = 0; i < wanted.steps.size(); ++i) wanted.steps[i].id = back->steps[i].id;
    EXPECT_EQ(*back, wanted) << one->id;
  }
}

// By the rules of the specification: identifiers, references, what each object must have.
TEST(CacaoTest, WhatIsWrittenKeepsTheRules) {
  const auto set = PlaybookSet::built_in();
  const auto& playbook = *set.find("ransomware");
  const auto text = cacao_of(playbook, Language::kVietnamese, *parse_rfc3339("2026-12-01T00:00:00Z"));
  EXPECT_EQ(text, cacao_of(playbook, Language::kVietnamese, *parse_rfc3339("2026-12-01T00:00:00Z")));
  const auto root = json::parse(text).as_object();
  EXPECT_EQ(root.at("spec_version"), "cacao-2.0");
  EXPECT_EQ(root.at("modified"), "2026-12-01T00:00:00.000Z");
  const auto& workflow = root.at("workflow").as_object();
  EXPECT_EQ(workflow.size(), playbook.steps.size() + 2);
  std::size_t steps = 0;
  for (auto at = root.at("workflow_start").as_string();; ++steps) {
    ASSERT_TRUE(workflow.contains(at)) << at;
    const auto& step = workflow.at(at).as_object();
    EXPECT_TRUE(at.starts_with(std::string(step.at("type").as_string()) + "--"));
    EXPECT_EQ(at[at.size() - 22], '5') << "UUID version 5";
    if (step.at("type") == "end") break;
    if (step.at("type") == "action") {
      EXPECT_TRUE(root.at("agent_definitions").as_object().contains(step.at("agent").as_string()));
      EXPECT_EQ(step.at("commands").as_array().at(0).at("type"), "manual");
      for (const auto& [id, extension] : step.at("step_extensions").as_object())
        EXPECT_TRUE(root.at("extension_definitions").as_object().contains(id));
    }
    at = step.at("on_completion").as_string();
  }
  EXPECT_EQ(steps, playbook.steps.size() + 1);
}

// A foreign one with everything the specification has for a workflow.
json::object foreign() {
  return json::parse(R"({
   "type":"playbook","spec_version":"cacao-2.0","id":"playbook--fe65ef7b-e8b1-4ed9-ba60-3c380ae5ab28",
   "name":"Foreign","description":"From elsewhere","created_by":"identity--ac3c0258-7a81-46e7-a2ae-d34b6d06cc54",
   "created":"2025-01-21T14:14:23.263Z","modified":"2025-01-21T14:14:23.263Z",
   "workflow_start":"start--9e7d62b2-88ac-4656-94e1-dbd4413ba008",
   "workflow":{
    "start--9e7d62b2-88ac-4656-94e1-dbd4413ba008":{"type":"start","on_completion":"parallel--11111111-1111-4111-8111-111111111111"},
    "parallel--11111111-1111-4111-8111-111111111111":{"type":"parallel","next_steps":["action--22222222-2222-4222-8222-222222222222","action--33333333-3333-4333-8333-333333333333"],
      "on_completion":"if-condition--44444444-4444-4444-8444-444444444444"},
    "action--22222222-2222-4222-8222-222222222222":{"type":"action","name":"Call","commands":[{"type":"manual","command":"Call the owner"}],"agent":"individual--55555555-5555-4555-8555-555555555555"},
    "action--33333333-3333-4333-8333-333333333333":{"type":"action","name":"Block","commands":[{"type":"bash","command_b64":"aXB0YWJsZXMgLUwK"}],"agent":"individual--55555555-5555-4555-8555-555555555555"},
    "if-condition--44444444-4444-4444-8444-444444444444":{"type":"if-condition","condition":"__found__:value = 'true'",
      "on_true":"while-condition--66666666-6666-4666-8666-666666666666","on_completion":"end--a6f0b81e-affb-4bca-b4f6-a2d5af908958"},
    "while-condition--66666666-6666-4666-8666-666666666666":{"type":"while-condition","name":"Until clean","condition":"x","on_true":"parallel--11111111-1111-4111-8111-111111111111"},
    "end--a6f0b81e-affb-4bca-b4f6-a2d5af908958":{"type":"end"}}})")
      .as_object();
}
std::string refused_cacao(const json::object& playbook) {
  auto read = playbook_from_cacao(json::serialize(playbook));
  return read ? "accepted" : said_in(read.error(), Language::kEnglish);
}

TEST(CacaoTest, AForeignWorkflowBecomesTasksInOrderAndNothingIsRun) {
  auto read = playbook_from_cacao(json::serialize(foreign()));
  ASSERT_TRUE(read) << read.error().full();
  EXPECT_EQ(read->id, "c_fe65ef7be8b14ed9ba603c380ae5ab28");
  std::vector<std::string> titles;
  for (const auto& step : read->steps) titles.push_back(step.title.en);
  EXPECT_THAT(titles, testing::ElementsAre("Call", "Block", "if-condition", "Until clean")) << "a loop ends";
  EXPECT_EQ(read->steps[0].what.vi, "Call the owner");
  EXPECT_EQ(read->steps[1].what.en, "[bash] iptables -L\n") << "shown, not run";
  EXPECT_THAT(read->steps[2].what.en, HasSubstr("__found__"));
}

TEST(CacaoTest, RefusalsSayWhere) {
  const std::string first = "action--22222222-2222-4222-8222-222222222222";
  const auto changed = [](std::string_view key, json::value value) {
    auto out = foreign();
    out[key] = std::move(value);
    return out;
  };
  EXPECT_EQ(refused_cacao(foreign()), "accepted");
  EXPECT_THAT(refused_cacao(changed("type", "report")), HasSubstr("type"));
  EXPECT_THAT(refused_cacao(changed("spec_version", "cacao-1.1")), HasSubstr("spec_version"));
  EXPECT_THAT(refused_cacao(changed("id", "playbook--1")), HasSubstr("id"));
  EXPECT_THAT(refused_cacao(changed("modified", "2020-01-21T14:14:23.263Z")), HasSubstr("modified"));
  EXPECT_THAT(refused_cacao(changed("revoked", true)), HasSubstr("revoked"));
  EXPECT_THAT(refused_cacao(changed("workflow_start", json::value(first))), HasSubstr("workflow_start"));
  EXPECT_THAT(refused_cacao(changed("name", json::value(std::string(301, 'x')))), HasSubstr("name"));
  auto lost = foreign();
  lost["workflow"].as_object()[first].as_object()["on_completion"] =
      "end--00000000-0000-4000-8000-000000000000";
  EXPECT_THAT(refused_cacao(lost), HasSubstr("end--0000"));
  auto bare = foreign();
  bare["workflow"].as_object()[first].as_object().erase("commands");
  EXPECT_THAT(refused_cacao(bare), HasSubstr(first));
  auto binary = foreign();
  binary["workflow"].as_object()[first].as_object()["commands"] =
      json::array{json::object{{"type", "bash"}, {"command_b64", "/v8="}}};
  EXPECT_THAT(refused_cacao(binary), HasSubstr("commands[0]"));
  EXPECT_FALSE(playbook_from_cacao("[]"));
  EXPECT_FALSE(playbook_from_cacao(std::string(CacaoLimits::kBytes + 1, ' ')));
  EXPECT_FALSE(playbook_from_cacao(std::string(40, '[') + std::string(40, ']'))) << "too deep";
}

struct PlaybooksTest : DeskTest {
  Playbooks playbooks{*database, clock, std::make_shared<const PlaybookSet>(PlaybookSet::built_in())};
};

TEST_F(PlaybooksTest, AnImportIsListedGivenBackByteForByteAuditedAndRemoved) {
  const auto bytes = json::serialize(foreign());
  auto made = copy_of(playbooks.import_cacao(bytes, "an"));
  EXPECT_EQ(copy_of(playbooks.list()).size(), 8u);
  EXPECT_EQ(copy_of(playbooks.get(made.id)), made);
  EXPECT_EQ(copy_of(playbooks.cacao(made.id, Language::kEnglish)), bytes);
  ASSERT_TRUE(playbooks.import_cacao(bytes, "an"));
  EXPECT_EQ(copy_of(playbooks.list()).size(), 8u) << "the same id takes its place";
  ASSERT_TRUE(playbooks.remove(made.id, "lan"));
  EXPECT_FALSE(playbooks.remove(made.id, "lan"));
  EXPECT_FALSE(playbooks.remove("phishing", "lan")) << "not an imported one";
  EXPECT_FALSE(playbooks.get(made.id));
  std::vector<std::string> actions;
  for (const auto& row : copy_of(desk->audit_log("", 10)).items) actions.push_back(row.action);
  EXPECT_THAT(actions, testing::IsSupersetOf({"playbook.imported", "playbook.removed"}));
  EXPECT_TRUE(playbook_from_cacao(copy_of(playbooks.cacao("phishing", Language::kVietnamese))));
}

}  // namespace
}  // namespace vedette::desk
