#include <gtest/gtest.h>

#include "desk/desk.h"
#include "server/accounts/accounts.h"
#include "server/accounts/totp.h"
#include "server/config/config_reader.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kPassword = "a long pass phrase";

class SecondFactorTest : public testing::Test {
 protected:
  SecondFactorTest() {
    std::vector<store::Migration> migrations;
    for (auto family : {account_migrations(), desk::desk_migrations()})
      migrations.insert(migrations.end(), family.begin(), family.end());
    database = *store::open_sqlite({.path = folder.path() / "v.db"}, migrations, clock, metrics);
    accounts = std::make_unique<Accounts>(*database, Secret(std::string(32, 'k')), clock,
                                          [this] { return std::make_shared<const Config>(config); });
  }
  User add(const std::string& name, Role role) {
    return *accounts->add_user({name, kPassword, "", role, Language::kVietnamese}, "test");
  }
  Result<SignedIn> sign_in(const std::string& name, const std::string& code = {},
                           const std::string& password = kPassword) {
    hint = {};
    return accounts->sign_in({name, password, code}, {"192.0.2.1", "test"}, &hint);
  }
  std::string code_now() {
    clock.advance(seconds(30));  // each code works once
    return totp_code(secret, clock.wall());
  }
  RecoveryCodes turn_on(const User& user, const std::string& session = {}) {
    auto offer = accounts->offer_second_factor(user, {"", kPassword});
    EXPECT_TRUE(offer);
    secret = offer->secret;
    return *accounts->confirm_second_factor(user, code_now(), session);
  }

  store::TemporaryFolder folder;
  ManualClock clock;
  Metrics metrics;
  Config config = default_config();
  std::unique_ptr<store::Database> database;
  std::unique_ptr<Accounts> accounts;
  Secret secret;
  SignInHint hint;
};

TEST_F(SecondFactorTest, IsAskedForOnlyAfterTheRightPassword) {
  auto linh = add("linh", Role::kLead);
  turn_on(linh);
  EXPECT_FALSE(sign_in("linh", code_now(), "wrong"));
  EXPECT_FALSE(hint.code_wanted);
  EXPECT_EQ(sign_in("linh").error().code(), ErrorCode::kUnauthorized);
  EXPECT_TRUE(hint.code_wanted);
  EXPECT_FALSE(sign_in("linh", "000000"));
  auto code = code_now();
  auto in = sign_in("linh", code);
  ASSERT_TRUE(in);
  EXPECT_TRUE(in->principal.user.second_factor);
  EXPECT_FALSE(in->principal.lacks_second_factor);
  EXPECT_FALSE(sign_in("linh", code)) << "a code that was seen must not work again";
}

TEST_F(SecondFactorTest, GuessingCodesRunsIntoTheSameLimit) {
  auto linh = add("linh", Role::kLead);
  turn_on(linh);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in("linh", "000000").error().code(), ErrorCode::kUnauthorized);
  EXPECT_EQ(sign_in("linh", code_now()).error().code(), ErrorCode::kLimit);
  EXPECT_GT(hint.retry_after, minutes(10));
}

TEST_F(SecondFactorTest, ARecoveryCodeWorksOnceHoweverItIsTyped) {
  auto codes = turn_on(add("linh", Role::kLead));
  ASSERT_EQ(codes.size(), 10U);
  EXPECT_EQ(codes[0].size(), 19U);
  auto shouted = codes[0];
  for (char& c : shouted) c = c == '-' ? ' ' : static_cast<char>(std::toupper(c));
  EXPECT_TRUE(sign_in("linh", shouted));
  EXPECT_FALSE(sign_in("linh", codes[0]));
  EXPECT_TRUE(sign_in("linh", codes[1]));
  EXPECT_EQ(accounts->recovery_codes_left(accounts->user("linh")->id), 8U);
  auto fresh = *accounts->renew_recovery_codes(*accounts->user("linh"), {"", kPassword, code_now()});
  EXPECT_FALSE(sign_in("linh", codes[2]));
  EXPECT_TRUE(sign_in("linh", fresh[0]));
}

TEST_F(SecondFactorTest, WhoNeedsOneCanDoNothingElseAfterTheGrace) {
  add("an", Role::kAnalyst);
  auto linh = add("linh", Role::kLead);
  EXPECT_EQ(accounts->second_factor_due(linh), from_unix_ms(linh.created_at) + hours(24));
  auto token = sign_in("linh")->session_token;
  EXPECT_TRUE(accounts->session(token)->may({"alerts", Role::kLead}));
  clock.advance(hours(11));
  EXPECT_TRUE(accounts->session(token));
  clock.advance(hours(11));
  EXPECT_TRUE(accounts->session(token)->may({"alerts", Role::kLead}));
  clock.advance(hours(2));
  auto who = *accounts->session(token);
  EXPECT_TRUE(who.lacks_second_factor);
  EXPECT_FALSE(who.may({"alerts", Role::kViewer}));
  EXPECT_TRUE(sign_in("linh")->principal.lacks_second_factor);
  EXPECT_TRUE(sign_in("an")->principal.may({"alerts", Role::kAnalyst})) << "analysts may go without";
  turn_on(linh, who.session_id);
  EXPECT_TRUE(accounts->session(token)->may({"alerts", Role::kLead}));
}

TEST_F(SecondFactorTest, TheConfigurationSaysWhoNeedsOne) {
  auto an = add("an", Role::kAnalyst), linh = add("linh", Role::kAdmin);
  EXPECT_FALSE(accounts->second_factor_due(an));
  config.second_factor = "all";
  config.second_factor_grace_hours = 0;
  EXPECT_TRUE(accounts->second_factor_due(an));
  EXPECT_TRUE(sign_in("an")->principal.lacks_second_factor);
  config.second_factor = "optional";
  EXPECT_FALSE(accounts->second_factor_due(linh));
  EXPECT_TRUE(sign_in("an")->principal.may({"alerts", Role::kAnalyst}));
}

TEST_F(SecondFactorTest, AnotherOneNeedsTheOldOneAndEndsOtherSessions) {
  auto linh = add("linh", Role::kAdmin);
  auto other = sign_in("linh")->session_token;
  auto own = *sign_in("linh");
  turn_on(linh, own.principal.session_id);
  EXPECT_FALSE(accounts->session(other));
  EXPECT_TRUE(accounts->session(own.session_token));
  auto now = *accounts->user("linh");
  EXPECT_EQ(accounts->offer_second_factor(now, {"", kPassword}).error().code(), ErrorCode::kForbidden);
  EXPECT_EQ(accounts->offer_second_factor(now, {"", "wrong", code_now()}).error().code(),
            ErrorCode::kForbidden);
  auto old = secret;
  auto offer = *accounts->offer_second_factor(now, {"", kPassword, code_now()});
  clock.advance(minutes(1));
  EXPECT_TRUE(sign_in("linh", totp_code(old, clock.wall())))
      << "the old one holds until the new is confirmed";
  EXPECT_EQ(accounts->confirm_second_factor(now, "000000", {}).error().code(), ErrorCode::kForbidden);
  EXPECT_TRUE(accounts->confirm_second_factor(now, totp_code(offer.secret, clock.wall()), {}));
  clock.advance(minutes(1));
  EXPECT_FALSE(sign_in("linh", totp_code(old, clock.wall())));
  EXPECT_TRUE(sign_in("linh", totp_code(offer.secret, clock.wall())));
}

TEST_F(SecondFactorTest, AnOfferDoesNotWaitForEver) {
  auto linh = add("linh", Role::kAdmin);
  auto offer = *accounts->offer_second_factor(linh, {"", kPassword});
  clock.advance(minutes(16));
  EXPECT_EQ(accounts->confirm_second_factor(linh, totp_code(offer.secret, clock.wall()), {}).error().code(),
            ErrorCode::kConflict);
}

TEST_F(SecondFactorTest, GoesOnlyWhereTheRoleMay) {
  auto linh = add("linh", Role::kLead), an = add("an", Role::kAnalyst);
  turn_on(linh);
  EXPECT_EQ(
      accounts->remove_second_factor(*accounts->user("linh"), {"", kPassword, code_now()}).error().code(),
      ErrorCode::kConflict);
  turn_on(an);
  EXPECT_FALSE(accounts->remove_second_factor(*accounts->user("an"), {"", kPassword, "000000"}));
  EXPECT_TRUE(accounts->remove_second_factor(*accounts->user("an"), {"", kPassword, code_now()}));
  EXPECT_TRUE(sign_in("an"));
}

TEST_F(SecondFactorTest, AnAdministratorTakesALostOneAway) {
  auto linh = add("linh", Role::kLead);
  auto own = *sign_in("linh");
  auto codes = turn_on(linh, own.principal.session_id);
  EXPECT_FALSE(accounts->reset_second_factor("linh", "root")->second_factor);
  EXPECT_FALSE(accounts->session(own.session_token));
  EXPECT_TRUE(sign_in("linh"));
  EXPECT_EQ(accounts->reset_second_factor("linh", "root").error().code(), ErrorCode::kConflict);
  turn_on(*accounts->user("linh"));
  EXPECT_FALSE(sign_in("linh", codes[0])) << "old recovery codes went with the old factor";
}

TEST_F(SecondFactorTest, TheStoreAloneGivesNothingAway) {
  auto codes = turn_on(add("linh", Role::kLead));
  EXPECT_TRUE(database->read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT secret FROM second_factors UNION ALL SELECT code_hash FROM "
                                        "recovery_codes"));
    EXPECT_EQ(rows.size(), 11U);
    for (const auto& row : rows) {
      EXPECT_EQ(row.text(0).find(base32(secret.reveal())), std::string::npos);
      for (auto code : codes) {
        EXPECT_EQ(row.text(0).find(code), std::string::npos);
        std::erase(code, '-');
        EXPECT_EQ(row.text(0).find(code), std::string::npos);
      }
    }
    return {};
  }));
}

}  // namespace
}  // namespace vedette::server
