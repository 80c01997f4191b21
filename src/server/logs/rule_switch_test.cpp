#include "server/logs/rule_switch.h"

#include <gtest/gtest.h>

#include "desk/desk.h"
#include "server/logs/log_migrations.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace {
using namespace std::chrono_literals;

struct RuleSwitchTest : testing::Test {
  RuleSwitchTest() { open(); }
  void open() {
    rules.reset();
    desk.reset();
    database.reset();
    std::vector<store::Migration> migrations;
    for (auto family : {desk::desk_migrations(), log_migrations()})
      migrations.insert(migrations.end(), family.begin(), family.end());
    database = store::open_sqlite({.path = folder / "v.db"}, migrations, clock, metrics).value();
    desk = desk::make_desk({}, *database, clock, metrics);
    rules = RuleSwitch::open(*database, clock, [this](const auto& off) {
              in_force.clear();
              for (const auto& [rule, how] : off) in_force.push_back(rule);
            }).value();
  }
  RuleOff off(std::string rule, std::chrono::minutes lasts, std::string reason = "noise of the backup") {
    return {std::move(rule), "Title", std::move(reason), "lan", {}, clock.wall() + lasts};
  }
  std::vector<std::string> audited() {
    std::vector<std::string> out;
    const auto log = desk->audit_log("", 50).value();
    for (const auto& entry : log.items) out.push_back(entry.action + " " + entry.object + " " + entry.actor);
    return out;
  }

  store::TemporaryFolder folder;
  ManualClock clock;
  Metrics metrics;
  std::vector<std::string> in_force;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<desk::Desk> desk;
  std::unique_ptr<RuleSwitch> rules;
};
using Names = std::vector<std::string>;

TEST_F(RuleSwitchTest, IsOffUntilItsTimeIsOverAlsoAfterARestart) {
  ASSERT_TRUE(rules->off(off("a", 10min)));
  ASSERT_TRUE(rules->off(off("b", 60min)));
  open();
  EXPECT_EQ(in_force, (Names{"a", "b"}));
  EXPECT_EQ(rules->all().at("a").reason, "noise of the backup");
  clock.advance(10min - 1ms);
  rules->tick();
  EXPECT_EQ(in_force, (Names{"a", "b"}));
  clock.advance(1ms);
  rules->tick();
  EXPECT_EQ(in_force, Names{"b"});
  EXPECT_EQ(audited(), (Names{"log_rule.on log-rule/a vedette", "log_rule.off log-rule/b lan",
                              "log_rule.off log-rule/a lan"}));
  open();
  EXPECT_EQ(in_force, Names{"b"}) << "the store knows as well";
}

TEST_F(RuleSwitchTest, ItsTimeMayBeOverBeforeTheNextStart) {
  ASSERT_TRUE(rules->off(off("a", 10min)));
  clock.advance(1h);
  open();
  rules->tick();
  EXPECT_TRUE(in_force.empty());
}

TEST_F(RuleSwitchTest, APersonSwitchesItOnAgain) {
  ASSERT_TRUE(rules->off(off("a", 10min)));
  ASSERT_TRUE(rules->on("a", "minh"));
  EXPECT_TRUE(in_force.empty());
  EXPECT_EQ(rules->on("a", "minh").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(audited().front(), "log_rule.on log-rule/a minh");
  EXPECT_EQ(audited().size(), 2u) << "what was refused did not happen";
}

TEST_F(RuleSwitchTest, NothingIsOffForEverOrForNoReason) {
  EXPECT_EQ(rules->off(off("a", 10min, "")).error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(rules->off(off("a", 0min)).error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(rules->off(off("a", RuleSwitch::kLongest + 1min)).error().code(), ErrorCode::kInvalid);
  EXPECT_TRUE(in_force.empty());
  EXPECT_TRUE(audited().empty());
}

}  // namespace
}  // namespace vedette::server
