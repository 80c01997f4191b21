#include "server/accounts/accounts.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "desk/desk.h"
#include "server/accounts/password.h"
#include "server/config/config_reader.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class AccountsTest : public testing::Test {
 protected:
  AccountsTest() {
    std::vector<store::Migration> migrations;
    for (auto family : {account_migrations(), desk::desk_migrations()})
      migrations.insert(migrations.end(), family.begin(), family.end());
    database = *store::open_sqlite({.path = folder.path() / "v.db"}, migrations, clock, metrics);
    auto config = std::make_shared<const Config>(default_config());
    accounts = std::make_unique<Accounts>(*database, Secret(std::string(32, 'k')), clock,
                                          [config] { return config; });
  }
  User add(const std::string& name, Role role) {
    return *accounts->add_user({name, "a long pass phrase", "", role, Language::kVietnamese}, "test");
  }
  Result<SignedIn> sign_in(const std::string& name, const std::string& password,
                           const std::string& address = "192.0.2.1") {
    auto out = accounts->sign_in({name, password}, {address, "test"}, &hint);
    wait = hint.retry_after;
    return out;
  }
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
  std::unique_ptr<Accounts> accounts;
  std::chrono::milliseconds wait{0};
  SignInHint hint;
};

TEST_F(AccountsTest, TheSetupLinkWorksOnceAndNotForEver) {
  auto old = *accounts->make_setup_token();
  auto token = *accounts->make_setup_token();
  NewUser first{"linh", "a long pass phrase", "Linh", Role::kViewer, Language::kVietnamese};
  EXPECT_EQ(accounts->use_setup_token(old, first).error().code(), ErrorCode::kForbidden);
  clock.advance(hours(24));
  EXPECT_EQ(accounts->use_setup_token(token, first).error().code(), ErrorCode::kForbidden);
  token = *accounts->make_setup_token();
  EXPECT_EQ(accounts->use_setup_token(token, first)->role, Role::kAdmin);
  EXPECT_EQ(accounts->use_setup_token(token, first).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(accounts->make_setup_token().error().code(), ErrorCode::kConflict);
}

TEST_F(AccountsTest, SessionsEndWhenIdleAndAtTheirLatest) {
  add("linh", Role::kAdmin);
  auto idle = sign_in("linh", "a long pass phrase")->session_token;
  clock.advance(minutes(719));
  EXPECT_TRUE(accounts->session(idle).has_value());
  clock.advance(minutes(720));
  EXPECT_EQ(accounts->session(idle).error().code(), ErrorCode::kUnauthorized);
  auto used = sign_in("linh", "a long pass phrase")->session_token;
  for (int i = 0; i < 16; ++i) {
    clock.advance(hours(10));
    ASSERT_TRUE(accounts->session(used).has_value()) << i;
  }
  clock.advance(hours(8));
  EXPECT_FALSE(accounts->session(used).has_value());
}

TEST_F(AccountsTest, NothingInTheStoreOpensASession) {
  add("linh", Role::kAdmin);
  auto in = *sign_in("linh", "a long pass phrase");
  EXPECT_EQ(count("SELECT COUNT(*) FROM sessions WHERE token_hash = '" + sha256_hex(in.session_token) + "'"),
            1);
  EXPECT_FALSE(accounts->session(sha256_hex(in.session_token)).has_value());
  EXPECT_EQ(accounts->session(in.session_token)->csrf_token, in.principal.csrf_token);
  EXPECT_TRUE(accounts->sign_out(in.session_token));
  EXPECT_FALSE(accounts->session(in.session_token).has_value());
}

TEST_F(AccountsTest, GuessingIsSlowedDownForThatAddressOnly) {
  add("linh", Role::kAdmin);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in("linh", "wrong").error().code(), ErrorCode::kUnauthorized);
  EXPECT_EQ(sign_in("linh", "a long pass phrase").error().code(), ErrorCode::kLimit);
  EXPECT_GT(wait, minutes(14));
  EXPECT_TRUE(sign_in("linh", "a long pass phrase", "192.0.2.2").has_value());
  clock.advance(minutes(15));
  EXPECT_TRUE(sign_in("linh", "a long pass phrase").has_value());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in("nobody", "wrong").error().code(), ErrorCode::kUnauthorized);
  EXPECT_EQ(sign_in("nobody", "wrong").error().code(), ErrorCode::kLimit);  // the same as for one who exists
}

TEST(SignInLimit, StaysWithinItsMemory) {
  ManualClock clock;
  SignInLimit limit(clock, 100);
  for (int i = 0; i < 1000; ++i)
    limit.take("user" + std::to_string(i), "10.0.0." + std::to_string(i % 250), {});
  EXPECT_LE(limit.entries(), 100u);
}

TEST_F(AccountsTest, ChangesEndSessionsAndKeepAnAdministrator) {
  auto linh = add("linh", Role::kAdmin);
  auto thu = add("thu", Role::kLead);
  auto token = sign_in("thu", "a long pass phrase")->session_token;
  EXPECT_EQ(accounts->change_user(linh.id, {.disabled = true}, "test").error().code(), ErrorCode::kConflict);
  EXPECT_EQ(accounts->remove_user(linh.id, "test").error().code(), ErrorCode::kConflict);
  EXPECT_FALSE(accounts->user(linh.id)->disabled);  // rolled back
  EXPECT_TRUE(accounts->change_user(thu.id, {.role = Role::kViewer}, "linh"));
  EXPECT_FALSE(accounts->session(token).has_value());
  EXPECT_EQ(accounts->add_user({"THU", "a long pass phrase", "", Role::kViewer, Language::kEnglish}, "test")
                .error()
                .code(),
            ErrorCode::kConflict);
  EXPECT_EQ(accounts->add_user({"an", "short", "", Role::kViewer, Language::kEnglish}, "test").error().code(),
            ErrorCode::kInvalid);
}

TEST_F(AccountsTest, ApiTokensCarryScopesAndExpire) {
  auto made = *accounts->make_token("ci", {"sites:deploy"}, to_unix_ms(clock.wall() + hours(1)), "linh");
  auto who = *accounts->token(made.secret);
  EXPECT_TRUE(who.may({"sites", Role::kLead, false}, scope::kSitesDeploy));
  EXPECT_FALSE(who.may({"sites", Role::kViewer}));
  EXPECT_FALSE(who.may({"sites", Role::kViewer, false}));
  EXPECT_EQ(count("SELECT COUNT(*) FROM api_tokens WHERE token_hash = '" + made.secret + "'"), 0);
  clock.advance(hours(1));
  EXPECT_EQ(accounts->token(made.secret).error().code(), ErrorCode::kUnauthorized);
  EXPECT_EQ(accounts->make_token("x", {"everything"}, {}, "linh").error().code(), ErrorCode::kInvalid);
}

TEST_F(AccountsTest, AWeakerHashIsMadeAnewAtSignIn) {
  auto linh = add("linh", Role::kAdmin);
  auto weak = *hash_password("a long pass phrase", {.passes = 1, .memory_kib = 1024, .lanes = 1});
  EXPECT_TRUE(needs_rehash(weak));
  EXPECT_TRUE(database->write([&](store::Session& session) -> Result<void> {
    TRY(session.execute("UPDATE users SET password_hash = ?", {weak}));
    return {};
  }));
  EXPECT_TRUE(sign_in("linh", "a long pass phrase").has_value());
  EXPECT_EQ(count("SELECT COUNT(*) FROM users WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'"),
            1);
}

TEST_F(AccountsTest, EveryChangeIsInTheAuditLog) {
  auto before = count("SELECT COUNT(*) FROM audit_log");
  auto linh = add("linh", Role::kAdmin);
  EXPECT_TRUE(accounts->change_user(linh.id, {.display_name = "Linh"}, "linh"));
  EXPECT_TRUE(sign_in("linh", "a long pass phrase").has_value());
  EXPECT_FALSE(sign_in("linh", "wrong").has_value());
  EXPECT_EQ(count("SELECT COUNT(*) FROM audit_log"), before + 4);
}

}  // namespace
}  // namespace vedette::server
