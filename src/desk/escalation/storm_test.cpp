#include <gmock/gmock.h>

#include "desk/desk_fixture.h"
#include "desk/escalation/policies.h"
#include "desk/roster/rosters.h"

namespace vedette::desk {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

struct StormTest : DeskTest {
  void SetUp() override {
    mail_channel =
        save({"", "Trực ca", ChannelKind::kSmtp, true,
              R"({"host":"mail.example.org","from":"vedette@example.org","to":["an@example.org"]})"});
    hook_channel = save({"", "SOC", ChannelKind::kWebhook, true,
                         R"({"url":"https://soc.example.org/hook","secret":"0123456789abcdef"})"});
    use({mail_channel});
  }
  void use(std::vector<std::string> channels) {
    auto saved = desk->save_ladder({{{0, std::move(channels)}}, 0, Severity::kHigh}, "lan");
    ASSERT_TRUE(saved) << saved.error().full();
  }
  void storm(int count, int from = 0) {
    std::vector<Finding> findings;
    for (int i = from; i < from + count; ++i) {
      auto one = finding(fmt::format("sites/{}/content", i));
      one.asset = {"site", std::to_string(i), fmt::format("Cổng {}", i)};
      findings.push_back(std::move(one));
    }
    auto reported = desk->report(findings);
    ASSERT_TRUE(reported) << reported.error().full();
  }
  std::int64_t in_state(std::string_view state) {
    std::int64_t count = -1;
    auto read = database->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto rows,
                 session.query("SELECT COUNT(*) FROM notifications WHERE state = ?", {std::string(state)}));
      count = rows[0].integer(0);
      return {};
    });
    EXPECT_TRUE(read);
    return count;
  }
};

TEST_F(StormTest, ManyAtOnceAreOneMessageThatNamesThem) {
  storm(200);
  work();
  ASSERT_EQ(sent.mails.size(), 1u);
  EXPECT_THAT(sent.mails[0].subject, HasSubstr("199"));
  EXPECT_THAT(sent.mails[0].text, HasSubstr("Cổng 7"));
  EXPECT_EQ(in_state("accepted"), 200);
}

TEST_F(StormTest, NobodyGetsMoreThanFiveInAMinuteAndNothingWaitsLong) {
  std::vector<std::chrono::milliseconds> at;
  auto begin = clock.steady();
  for (int second = 0; second < 180; ++second) {
    storm(3, second * 3);
    work();
    while (at.size() < sent.mails.size())
      at.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady() - begin));
    clock.advance(seconds(1));
  }
  for (std::size_t i = 5; i < at.size(); ++i) EXPECT_GE(at[i] - at[i - 5], seconds(60)) << i;
  for (std::size_t i = 1; i < at.size(); ++i) EXPECT_LE(at[i] - at[i - 1], seconds(31)) << i;
  for (int second = 0; second < 60; ++second) {
    clock.advance(seconds(1));
    work();
  }
  EXPECT_EQ(in_state("accepted"), 540) << "none is lost";
}

TEST_F(StormTest, AMachineGetsEveryOne) {
  use({hook_channel});
  storm(20);
  work();
  EXPECT_EQ(sent.calls.size(), 20u);
}

TEST_F(StormTest, ATryAgainIsTheSameMessageWithTheSameKey) {
  sent.mail_error = Error(ErrorCode::kUnavailable, "451 later");
  storm(50);
  work();
  ASSERT_EQ(sent.mails.size(), 1u);
  sent.mail_error.reset();
  restart();
  storm(1, 50);
  clock.advance(seconds(20));
  work();
  ASSERT_GE(sent.mails.size(), 2u);
  std::set<std::string> keys;
  for (const auto& mail : sent.mails) keys.insert(mail.message_id);
  EXPECT_EQ(keys.size(), 2u) << "the bundle with its key again, and the new one";
  EXPECT_EQ(in_state("accepted"), 51);
}

TEST_F(StormTest, TheLinkAcknowledgesAllThatTheMessageCarried) {
  storm(150);
  work();
  auto alert = desk->acknowledge_by_link(link_token(sent.mails.at(0)));
  ASSERT_TRUE(alert) << alert.error().full();
  EXPECT_TRUE(copy_of(desk->alerts({.state = "new", .limit = 500})).items.empty());
}

TEST_F(StormTest, AnsweringTheLeadBeforeItIsSentFreesTheOthers) {
  sent.mail_error = Error(ErrorCode::kUnavailable, "451 later");
  storm(10);
  work();
  auto bundled = in_state("bundled");
  ASSERT_EQ(bundled, 9);
  std::string lead;
  ASSERT_TRUE(database->read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT alert_id FROM notifications WHERE state = 'pending'"));
    lead = rows.at(0).text(0);
    return {};
  }));
  ASSERT_TRUE(desk->acknowledge(lead, "lan", ""));
  EXPECT_EQ(in_state("pending"), 9);
  sent.mail_error.reset();
  sent.mails.clear();
  work();
  EXPECT_EQ(sent.mails.size(), 1u);
  EXPECT_EQ(in_state("accepted"), 9);
  EXPECT_EQ(in_state("cancelled"), 1);
}

}  // namespace
}  // namespace vedette::desk
