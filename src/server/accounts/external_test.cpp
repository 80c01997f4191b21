#include <gtest/gtest.h>

#include "desk/desk.h"
#include "model/refusal.h"
#include "server/accounts/accounts.h"
#include "server/accounts/totp.h"
#include "server/config/config_reader.h"
#include "server/oidc/group_role.h"
#include "server/oidc/sign_in_flow.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace {

class ExternalTest : public testing::Test {
 protected:
  ExternalTest() {
    std::vector<store::Migration> migrations;
    for (auto family : {account_migrations(), desk::desk_migrations()})
      migrations.insert(migrations.end(), family.begin(), family.end());
    database = *store::open_sqlite({.path = folder.path() / "v.db"}, migrations, clock, metrics);
    auto config = std::make_shared<Config>(default_config());
    config->second_factor_grace_hours = 0;
    accounts = std::make_unique<Accounts>(*database, Secret(std::string(32, 'k')), clock,
                                          [config] { return config; });
  }
  User add(const std::string& name, Role role) {
    return *accounts->add_user({name, "a long pass phrase", "", role, Language::kVietnamese}, "test");
  }
  static ExternalPerson linh() { return {"oidc", "https://sso.example.org", "s-1", "Linh", "Nguyễn Linh"}; }
  std::int64_t count(const std::string& sql) {
    std::int64_t out = -1;
    EXPECT_TRUE(database->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto rows, session.query(sql));
      out = rows[0].integer(0);
      return {};
    }));
    return out;
  }
  ErrorCode refused(const ExternalPerson& person, const ExternalPolicy& policy) {
    auto before = count("SELECT COUNT(*) FROM audit_log WHERE action = 'session.refused'");
    auto out = accounts->admit(person, policy, peer);
    EXPECT_FALSE(out);
    EXPECT_EQ(count("SELECT COUNT(*) FROM audit_log WHERE action = 'session.refused'"), before + 1);
    return out ? ErrorCode::kInternal : out.error().code();
  }

  store::TemporaryFolder folder;
  ManualClock clock;
  Metrics metrics;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<Accounts> accounts;
  const Peer peer{"192.0.2.1", "test"};
  const ExternalPolicy neither{}, create{true, false}, link{false, true};
};

TEST_F(ExternalTest, AStrangerComesInOnlyWhereAccountsAreMade) {
  EXPECT_EQ(refused(linh(), neither), ErrorCode::kForbidden);
  EXPECT_EQ(refused(linh(), link), ErrorCode::kForbidden);
  EXPECT_EQ(count("SELECT COUNT(*) FROM users"), 0);
  auto user = accounts->admit(linh(), create, peer);
  ASSERT_TRUE(user);
  EXPECT_EQ(user->username, "linh");
  EXPECT_EQ(user->role, Role::kViewer);
  EXPECT_FALSE(user->password);
  EXPECT_EQ(accounts->user("linh")->provider, "oidc");
  // From then on by the subject: a new name at the provider changes nothing here.
  auto renamed = linh();
  renamed.username = "linh.nguyen";
  EXPECT_EQ(accounts->admit(renamed, neither, peer)->id, user->id);
}

TEST_F(ExternalTest, AnAccountWithoutPasswordHasNone) {
  ASSERT_TRUE(accounts->admit(linh(), create, peer));
  for (const char* guess : {"", "a long pass phrase"})
    EXPECT_EQ(accounts->sign_in({"linh", guess}, peer).error().code(), ErrorCode::kUnauthorized);
}

TEST_F(ExternalTest, AnAccountOfTheSameNameIsTakenOnlyWhereThatIsWanted) {
  auto own = add("linh", Role::kLead);
  EXPECT_EQ(refused(linh(), create), ErrorCode::kForbidden);
  EXPECT_EQ(accounts->admit(linh(), link, peer)->id, own.id);
  EXPECT_EQ(accounts->admit(linh(), neither, peer)->role, Role::kLead) << "without groups the role stays";
  auto other = linh();
  other.issuer = "https://other.example.org";
  EXPECT_EQ(refused(other, neither), ErrorCode::kForbidden)
      << "the same subject of another issuer is another person";
}

TEST_F(ExternalTest, ARemovedAccountIsForgotten) {
  add("root", Role::kAdmin);
  auto user = *accounts->admit(linh(), create, peer);
  ASSERT_TRUE(accounts->remove_user(user.id, "test"));
  EXPECT_EQ(refused(linh(), neither), ErrorCode::kForbidden);
  EXPECT_EQ(count("SELECT COUNT(*) FROM identities"), 0);
}

TEST_F(ExternalTest, GroupsGiveTheRoleAtEverySignIn) {
  add("root", Role::kAdmin);
  auto person = linh();
  person.role = Role::kAdmin;
  auto user = *accounts->admit(person, create, peer);
  EXPECT_EQ(user.role, Role::kAdmin);
  auto in = *accounts->open_session(user, peer, true);
  person.role = Role::kAnalyst;
  EXPECT_EQ(accounts->admit(person, neither, peer)->role, Role::kAnalyst);
  EXPECT_FALSE(accounts->session(in.session_token)) << "the session with the old rights has ended";
  EXPECT_EQ(accounts->user("linh")->role, Role::kAnalyst);
}

TEST_F(ExternalTest, TheLastAdministratorStaysOne) {
  auto own = add("linh", Role::kAdmin);
  auto person = linh();
  person.role = Role::kViewer;
  EXPECT_EQ(refused(person, link), ErrorCode::kConflict);
  EXPECT_EQ(accounts->user("linh")->role, Role::kAdmin);
}

TEST_F(ExternalTest, ADisabledAccountStaysOut) {
  auto user = *accounts->admit(linh(), create, peer);
  UserChange change;
  change.disabled = true;
  ASSERT_TRUE(accounts->change_user(user.id, change, "test"));
  EXPECT_EQ(refused(linh(), create), ErrorCode::kForbidden);
  EXPECT_EQ(accounts->sign_in_with_code(user.id, "123456", peer).error().code(), ErrorCode::kForbidden);
}

TEST_F(ExternalTest, ANameThatCannotBeOursIsRefused) {
  auto person = linh();
  for (const char* name : {"", "Nguyễn Linh", "a b", "x'; --"}) {
    person.username = name;
    EXPECT_EQ(refused(person, create), ErrorCode::kInvalid) << name;
  }
}

TEST_F(ExternalTest, TheProvidersSecondFactorCountsForItsSessionAlone) {
  auto person = linh();
  person.role = Role::kLead;
  auto user = *accounts->admit(person, create, peer);
  auto with = *accounts->open_session(user, peer, true);
  auto without = *accounts->open_session(user, peer, false);
  EXPECT_FALSE(with.principal.lacks_second_factor);
  EXPECT_TRUE(without.principal.lacks_second_factor);
  EXPECT_FALSE(accounts->session(with.session_token)->lacks_second_factor);
  EXPECT_TRUE(accounts->session(without.session_token)->lacks_second_factor);
}

TEST_F(ExternalTest, AFreshSessionIsTheProofOfWhoHasNoPassword) {
  auto user = *accounts->admit(linh(), create, peer);
  auto in = *accounts->open_session(user, peer);
  auto id = in.principal.session_id;
  EXPECT_EQ(accounts->offer_second_factor(user, {"linh", "", "", "another session"}).error().code(),
            ErrorCode::kForbidden);
  auto offer = accounts->offer_second_factor(user, {"linh", "", "", id});
  ASSERT_TRUE(offer);
  ASSERT_TRUE(accounts->confirm_second_factor(user, totp_code(offer->secret, clock.wall()), id));
  user = *accounts->user("linh");
  EXPECT_TRUE(user.second_factor);
  SignInHint hint;
  EXPECT_EQ(accounts->sign_in_with_code(user.id, "000000", peer, &hint).error().code(),
            ErrorCode::kUnauthorized);
  EXPECT_TRUE(hint.code_wanted);
  clock.advance(std::chrono::minutes(1));
  EXPECT_TRUE(accounts->sign_in_with_code(user.id, totp_code(offer->secret, clock.wall()), peer));
  clock.advance(std::chrono::minutes(15));
  EXPECT_EQ(accounts->renew_recovery_codes(user, {"linh", "", totp_code(offer->secret, clock.wall()), id})
                .error()
                .code(),
            ErrorCode::kForbidden)
      << "the session is no longer fresh";
}

TEST_F(ExternalTest, CodesCannotBeGuessedWithoutEnd) {
  auto user = *accounts->admit(linh(), create, peer);
  SignInHint hint;
  for (int i = 0; i < default_config().sign_in_attempts; ++i)
    EXPECT_EQ(accounts->sign_in_with_code(user.id, "000000", peer, &hint).error().code(),
              ErrorCode::kUnauthorized);
  EXPECT_EQ(accounts->sign_in_with_code(user.id, "000000", peer, &hint).error().code(), ErrorCode::kLimit);
  EXPECT_GT(hint.retry_after.count(), 0);
}

TEST(GroupRole, TheFirstThatFitsIsTaken) {
  std::vector<std::string> roles{"cn=leads,ou=groups=lead", "staff=analyst"};
  EXPECT_EQ(role_of_groups(roles, {"staff", "cn=leads,ou=groups"}), Role::kLead);
  EXPECT_EQ(role_of_groups(roles, {"staff"}), Role::kAnalyst);
  EXPECT_EQ(role_of_groups(roles, {"Staff", "lead"}), std::nullopt);
  EXPECT_EQ(role_of_groups(roles, {}), std::nullopt);
}

TEST(SignInFlow, FitsTheOneWhoBeganItForTenMinutes) {
  ManualClock clock;
  SignInFlows flows(Secret(std::string(32, 'k')), clock), other(Secret(std::string(32, 'l')), clock);
  auto flow = new_sign_in_flow("/phone");
  auto sealed = flows.sealed(flow);
  EXPECT_EQ(sealed.find(flow.code_verifier), std::string::npos);
  ASSERT_TRUE(flows.opened(sealed));
  EXPECT_EQ(flows.opened(sealed)->state, flow.state);
  EXPECT_EQ(flows.opened(sealed)->next, "/phone");
  EXPECT_FALSE(other.opened(sealed));
  auto changed = sealed;
  changed[changed.size() / 2] = changed[changed.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(flows.opened(changed));
  EXPECT_FALSE(flows.opened(""));
  EXPECT_FALSE(flows.opened(std::string(100'000, 'A')));
  clock.advance(std::chrono::minutes(10));
  EXPECT_FALSE(flows.opened(sealed));
  EXPECT_NE(new_sign_in_flow("/").state, flow.state);
  // RFC 7636, appendix B.
  EXPECT_EQ(code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

}  // namespace
}  // namespace vedette::server
