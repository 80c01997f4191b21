#include "server/break_glass_finding.h"

#include <gtest/gtest.h>

#include "desk/desk.h"
#include "server/accounts/accounts.h"
#include "server/config/config_reader.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace {

class BreakGlassTest : public testing::Test {
 protected:
  BreakGlassTest() {
    std::vector<store::Migration> migrations;
    for (auto family : {account_migrations(), desk::desk_migrations()})
      migrations.insert(migrations.end(), family.begin(), family.end());
    database = *store::open_sqlite({.path = folder.path() / "v.db"}, migrations, clock, metrics);
    desk = desk::make_desk({}, *database, clock, metrics);
    auto config = std::make_shared<Config>(default_config());
    config->second_factor_grace_hours = 0;
    accounts = std::make_unique<Accounts>(*database, Secret(std::string(32, 'k')), clock,
                                          [config] { return config; });
    accounts->use_alarm([this](const User& user, const Peer& peer, const store::Database::Write& also) {
      return desk->report_alongside({break_glass_finding(user, peer, clock)}, also);
    });
  }
  std::vector<desk::Alert> alerts() { return desk->alerts({.limit = 10})->items; }
  std::int64_t count(const std::string& sql) {
    std::int64_t out = -1;
    EXPECT_TRUE(database->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto rows, session.query(sql));
      out = rows[0].integer(0);
      return {};
    }));
    return out;
  }

  store::TemporaryFolder folder;
  ManualClock clock;
  Metrics metrics;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<desk::Desk> desk;
  std::unique_ptr<Accounts> accounts;
  const Peer peer{"192.0.2.7", "test"};
};

TEST_F(BreakGlassTest, EveryUseIsACriticalAlertAndARowOfItsOwn) {
  auto password = *accounts->seal_break_glass("Phong.Bi", "root");
  EXPECT_TRUE(alerts().empty()) << "sealing is no use";
  auto in = accounts->sign_in({"phong.bi", password}, peer);
  ASSERT_TRUE(in);
  EXPECT_EQ(in->principal.user.role, Role::kAdmin);
  EXPECT_FALSE(in->principal.lacks_second_factor) << "it must work on the worst day";
  ASSERT_TRUE(accounts->sign_in({"phong.bi", password}, peer));
  auto raised = alerts();
  ASSERT_EQ(raised.size(), 2U) << "one that is known does not hide the next";
  EXPECT_EQ(raised[0].severity, Severity::kCritical);
  EXPECT_EQ(raised[0].kind, "break_glass_used");
  EXPECT_EQ(count("SELECT COUNT(*) FROM audit_log WHERE action = 'session.break_glass'"), 2);
}

TEST_F(BreakGlassTest, WithoutTheAlarmThereIsNoWayIn) {
  auto password = *accounts->seal_break_glass("phong.bi", "root");
  accounts->use_alarm([](const User&, const Peer&, const store::Database::Write&) -> Result<void> {
    return fail(ErrorCode::kUnavailable, "no room for the alert");
  });
  EXPECT_FALSE(accounts->sign_in({"phong.bi", password}, peer));
  EXPECT_EQ(count("SELECT COUNT(*) FROM sessions"), 0);
}

TEST_F(BreakGlassTest, SealedAnewTheOldPaperIsWorthNothing) {
  auto old = *accounts->seal_break_glass("phong.bi", "root");
  auto session = accounts->sign_in({"phong.bi", old}, peer)->session_token;
  auto fresh = *accounts->seal_break_glass("phong.bi", "root");
  EXPECT_EQ(fresh.size(), 47U);
  EXPECT_FALSE(accounts->session(session));
  EXPECT_FALSE(accounts->sign_in({"phong.bi", old}, peer));
  EXPECT_TRUE(accounts->sign_in({"phong.bi", fresh}, peer));
}

TEST_F(BreakGlassTest, NobodysAccountBecomesASealedOne) {
  ASSERT_TRUE(
      accounts->add_user({"linh", "a long pass phrase", "", Role::kViewer, Language::kVietnamese}, "test"));
  EXPECT_EQ(accounts->seal_break_glass("linh", "root").error().code(), ErrorCode::kConflict);
  EXPECT_EQ(accounts->user("linh")->role, Role::kViewer);
}

TEST_F(BreakGlassTest, AnybodysSessionCanBeEnded) {
  auto user =
      *accounts->add_user({"linh", "a long pass phrase", "", Role::kViewer, Language::kVietnamese}, "test");
  auto in = *accounts->open_session(user, peer);
  auto open = *accounts->all_sessions("", 10);
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].username, "linh");
  EXPECT_EQ(open[0].address, "192.0.2.7");
  ASSERT_TRUE(accounts->end_any_session(open[0].id, "root"));
  EXPECT_FALSE(accounts->session(in.session_token));
  EXPECT_EQ(accounts->end_any_session(open[0].id, "root").error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(accounts->open_session(user, peer));
  clock.advance(std::chrono::minutes(default_config().session_idle_minutes));
  EXPECT_TRUE(accounts->all_sessions("", 10)->empty()) << "what is over is not shown as open";
}

}  // namespace
}  // namespace vedette::server
