#include "desk/retention.h"

#include "desk/desk_fixture.h"

namespace vedette::desk {
namespace {

using namespace std::chrono_literals;

constexpr auto kKept = 24h * 365;
const std::string kPage(64, 'a'), kPicture(64, 'b');

struct DeskRetention : DeskTest {
  std::int64_t forget() {
    auto gone = desk->forget_closed(clock.wall() - kKept);
    EXPECT_TRUE(gone) << gone.error().full();
    return gone.value_or(-1);
  }
  Alert closed(const std::string& key, std::vector<Evidence> evidence = {}) {
    auto f = finding(key);
    f.evidence = std::move(evidence);
    auto alert = raise(f);
    auto done = desk->close(alert.id, Resolution::kBenign, "", "lan");
    EXPECT_TRUE(done) << done.error().full();
    return alert;
  }
  std::int64_t rows(const std::string& table) {
    std::int64_t count = -1;
    EXPECT_TRUE(database->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto counted, session.query("SELECT COUNT(*) FROM " + table));
      count = counted[0].integer(0);
      return {};
    }));
    return count;
  }
  bool keeps(const std::string& sha256) { return copy_of(desk->keeps_evidence(sha256)); }
};

TEST_F(DeskRetention, WhatHasBeenClosedForLongGoesWithAllThatBelongsToIt) {
  auto old = closed("sites/1/content", {{"page", kPage, "after"}});
  clock.advance(kKept - 1h);
  auto young = closed("sites/2/content");
  EXPECT_EQ(forget(), 0);
  clock.advance(2h);
  EXPECT_EQ(forget(), 1);
  EXPECT_EQ(desk->alert(old.id).error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(desk->alert(young.id));
  EXPECT_EQ(rows("findings"), 1);
  EXPECT_FALSE(copy_of(desk->timeline(young.id)).empty());
  EXPECT_EQ(rows("timeline"), std::ssize(copy_of(desk->timeline(young.id))));
  EXPECT_EQ(rows("notifications"), std::ssize(copy_of(desk->notifications(young.id))));
  EXPECT_EQ(forget(), 0);
}

TEST_F(DeskRetention, WhatIsOpenStaysWhateverItsAge) {
  auto open = raise(finding("sites/1/content")), taken = raise(finding("sites/2/content"));
  ASSERT_TRUE(desk->acknowledge(taken.id, "lan", ""));
  auto again = closed("sites/3/content");
  clock.advance(kKept * 3);
  raise(finding("sites/3/content"));
  EXPECT_EQ(forget(), 0);
  EXPECT_EQ(copy_of(desk->findings(again.id, 10)).size(), 2u) << "its history belongs to the open alert";
}

TEST_F(DeskRetention, MergedAlertsGoWithTheOneTheyWereMergedInto) {
  auto root = raise(finding("sites/1/content")), merged = raise(finding("sites/1/script"));
  ASSERT_TRUE(desk->merge(merged.id, root.id, "lan"));
  clock.advance(kKept * 2);
  EXPECT_EQ(forget(), 0) << "it is a closed duplicate, of an alert that is open";
  ASSERT_TRUE(desk->close(root.id, Resolution::kTruePositive, "", "lan"));
  clock.advance(kKept + 1h);
  EXPECT_EQ(forget(), 2);
  EXPECT_EQ(rows("findings"), 0);
  EXPECT_EQ(rows("alerts"), 0);
}

TEST_F(DeskRetention, EvidenceIsKeptAsLongAsAnAlertThatNamesIt) {
  closed("sites/1/content", {{"page", kPage, "before"}, {"screenshot", kPicture, "after"}});
  auto open = finding("sites/2/content");
  open.evidence = {{"page", kPage, "before"}};
  raise(open);
  EXPECT_TRUE(keeps(kPage));
  EXPECT_TRUE(keeps(kPicture));
  clock.advance(kKept + 1h);
  EXPECT_EQ(forget(), 1);
  EXPECT_TRUE(keeps(kPage)) << "the open alert names it too";
  EXPECT_FALSE(keeps(kPicture));
}

TEST_F(DeskRetention, TheAuditLogStaysAndSaysWhatWent) {
  auto before = rows("audit_log");
  auto alert = closed("sites/1/content");
  EXPECT_EQ(rows("audit_log"), before + 1);
  clock.advance(kKept + 1h);
  EXPECT_EQ(forget(), 1);
  EXPECT_EQ(rows("audit_log"), before + 2);
  auto newest = copy_of(desk->audit_log("", 10)).items.front();
  EXPECT_EQ(newest.action, "alerts.forgotten");
  EXPECT_NE(newest.detail_json.find("\"alerts\":1"), std::string::npos) << newest.detail_json;
  EXPECT_TRUE(desk->verify_audit());
  EXPECT_EQ(forget(), 0);
  EXPECT_EQ(rows("audit_log"), before + 2) << "nothing went, nothing to say";
}

// One alert with more findings than one transaction removes, and more alerts than one takes.
TEST_F(DeskRetention, MuchIsRemovedInPieces) {
  std::vector<Finding> many;
  for (int i = 0; i < 2500; ++i) many.push_back(finding("sites/1/content"));
  for (int i = 0; i < 250; ++i)
    many.push_back(finding("sites/" + std::to_string(i + 2) + "/content", Severity::kLow));
  ASSERT_TRUE(desk->report(many));
  ASSERT_TRUE(database->write([&](store::Session& session) -> Result<void> {
    TRY(session.execute("UPDATE alerts SET state = 'closed', closed_at = ?", {to_unix_ms(clock.wall())}));
    return {};
  }));
  clock.advance(kKept + 1h);
  ASSERT_TRUE(database->write([&](store::Session& session) -> Result<void> {
    DeskOptions options;
    DueClock due(clock);
    std::uint64_t owed = 0;
    TRY_ASSIGN(auto keys, Keys::load(folder / "state.db.key"));
    TRY_ASSIGN(auto first,
               forget_closed(session, {options, clock, due, keys, metrics, owed}, clock.wall() - kKept));
    EXPECT_TRUE(first.more);
    EXPECT_LT(first.alerts, 251);
    return {};
  }));
  EXPECT_GT(rows("alerts"), 0);
  forget();
  EXPECT_EQ(rows("alerts"), 0);
  EXPECT_EQ(rows("findings"), 0);
}

TEST_F(DeskRetention, AFindingThatNeverWasAnAlertGoesByItsAge) {
  auto back = finding("sites/1/up");
  back.state = FindingState::kResolved;
  ASSERT_TRUE(desk->report({back}));
  EXPECT_EQ(rows("findings"), 1);
  clock.advance(kKept + 1h);
  EXPECT_EQ(forget(), 0);
  EXPECT_EQ(rows("findings"), 0);
}

}  // namespace
}  // namespace vedette::desk
