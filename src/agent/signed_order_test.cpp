#include "agent/signed_order.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "base/signature.h"
#include "store/temporary_folder.h"

namespace vedette::agent {
namespace {
namespace json = boost::json;
using testing::ElementsAre;

struct SignedOrder : testing::Test {
  json::object signed_text(const std::string& payload) const {
    return {{"payload", payload}, {"signature", key.sign(payload)}};
  }
  static json::object order() {
    return {{"kind", "freeze"},
            {"id", "o1"},
            {"host_id", "h1"},
            {"incident_id", "i1"},
            {"issued_at", "2026-11-28T10:00:00.000Z"},
            {"expires_at", "2026-11-28T10:15:00.000Z"}};
  }
  static json::object policy() {
    return {{"kind", "policy"},
            {"host_id", "h1"},
            {"version", 3},
            {"issued_at", "2026-11-28T10:00:00.000Z"},
            {"mode", "hold"},
            {"trees", json::array{"/srv/files"}},
            {"exclude", json::array{"/srv/files/tmp"}},
            {"vault_bytes", 1u << 30},
            {"web_roots", json::array{"/var/www/a"}},
            {"web_root_discovery", false},
            {"something_new", json::array{1, 2}}};
  }
  template <class F>
  static json::object with(json::object base, F change) {
    change(base);
    return base;
  }
  store::TemporaryFolder folder;
  SigningKey key = SigningKey::open(folder.path() / "command.key").value();
};

TEST_F(SignedOrder, TakesWhatTheServerSigned) {
  auto payload = verified_payload(signed_text(json::serialize(order())), key.public_key());
  ASSERT_TRUE(payload) << payload.error().full();
  auto read = read_order(*payload, "h1");
  ASSERT_TRUE(read) << read.error().full();
  EXPECT_EQ(read->kind, OrderKind::kFreeze);
  EXPECT_EQ(read->incident_id, "i1");
  EXPECT_EQ(to_rfc3339(read->expires_at), "2026-11-28T10:15:00.000Z");
}

TEST_F(SignedOrder, RefusesWhatWasChangedOnTheWayOrSignedByAnother) {
  auto good = signed_text(json::serialize(order()));
  auto changed = good;
  changed["payload"] = json::serialize(with(order(), [](auto& o) { o["kind"] = "rollback"; }));
  EXPECT_EQ(verified_payload(changed, key.public_key()).error().code(), ErrorCode::kForbidden);
  auto other = SigningKey::open(folder.path() / "other.key").value();
  EXPECT_EQ(verified_payload(good, other.public_key()).error().code(), ErrorCode::kForbidden);
  EXPECT_EQ(verified_payload(good, "").error().code(), ErrorCode::kForbidden);
  EXPECT_EQ(verified_payload(json::object{{"payload", "{}"}}, key.public_key()).error().code(),
            ErrorCode::kInvalid);
  EXPECT_FALSE(verified_payload(nullptr, key.public_key()));
}

TEST_F(SignedOrder, RefusesAnotherHostsAndWhatIsNoOrder) {
  EXPECT_EQ(read_order(json::serialize(order()), "h2").error().code(), ErrorCode::kForbidden);
  for (const char* member : {"kind", "id", "incident_id", "issued_at", "expires_at", "host_id"}) {
    EXPECT_FALSE(read_order(json::serialize(with(order(), [&](auto& o) { o.erase(member); })), "h1"))
        << member;
    EXPECT_FALSE(read_order(json::serialize(with(order(), [&](auto& o) { o[member] = 7; })), "h1")) << member;
  }
  for (const char* kind : {"run", "policy", "FREEZE", ""})
    EXPECT_FALSE(read_order(json::serialize(with(order(), [&](auto& o) { o["kind"] = kind; })), "h1"))
        << kind;
  // "This was me" for ever is no leave.
  EXPECT_FALSE(read_order(json::serialize(with(order(), [](auto& o) { o["kind"] = "allow"; })), "h1"));
  EXPECT_FALSE(read_order(std::string(300'000, ' ') + json::serialize(order()), "h1"));
}

TEST_F(SignedOrder, ReadsAPolicy) {
  auto read = read_policy(json::serialize(policy()), "h1");
  ASSERT_TRUE(read) << read.error().full();
  EXPECT_EQ(read->version, 3);
  EXPECT_EQ(read->mode, files::GuardMode::kHold);
  EXPECT_THAT(read->trees, ElementsAre("/srv/files"));
  EXPECT_THAT(read->exclude, ElementsAre("/srv/files/tmp"));
  EXPECT_EQ(read->vault_bytes, 1u << 30);
  EXPECT_FALSE(read->web_root_discovery);
  auto slash =
      read_policy(json::serialize(with(policy(), [](auto& p) { p["trees"] = json::array{"/srv/"}; })), "h1");
  EXPECT_THAT(slash->trees, ElementsAre("/srv"));
  auto off = read_policy(json::serialize(with(policy(), [](auto& p) { p["mode"] = "off"; })), "h1");
  EXPECT_EQ(mode_name(off->mode), "off");
  auto small = read_policy(json::serialize(with(policy(), [](auto& p) { p["vault_bytes"] = 0; })), "h1");
  EXPECT_EQ(small->vault_bytes, Policy::kVaultBytesDefault);
}

TEST_F(SignedOrder, RefusesAPolicyThatLeadsAstray) {
  EXPECT_FALSE(read_policy(json::serialize(policy()), "h2"));
  EXPECT_FALSE(read_policy(json::serialize(order()), "h1"));
  for (const char* path : {"srv", "/", "//", "", "/srv/../etc", "/srv/..", "/a\nb"}) {
    for (const char* list : {"trees", "exclude", "web_roots"})
      EXPECT_FALSE(
          read_policy(json::serialize(with(policy(), [&](auto& p) { p[list] = json::array{path}; })), "h1"))
          << list << " " << path;
  }
  for (const char* member :
       {"version", "mode", "trees", "exclude", "web_roots", "issued_at", "vault_bytes", "web_root_discovery"})
    EXPECT_FALSE(
        read_policy(json::serialize(with(policy(), [&](auto& p) { p[member] = json::object{}; })), "h1"))
        << member;
  json::array many(Policy::kTreesMax + 1, json::value("/srv/files"));
  EXPECT_FALSE(read_policy(json::serialize(with(policy(), [&](auto& p) { p["trees"] = many; })), "h1"));
  EXPECT_FALSE(read_policy(json::serialize(with(policy(), [](auto& p) { p["version"] = 0; })), "h1"));
}

}  // namespace
}  // namespace vedette::agent
