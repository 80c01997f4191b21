#include "desk/units/units.h"

#include <gmock/gmock.h>

#include "desk/alert_store.h"
#include "desk/desk_fixture.h"
#include "desk/escalation/policies.h"
#include "desk/incidents/incidents.h"
#include "desk/roster/rosters.h"

namespace vedette::desk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct UnitsTest : DeskTest {
  Units units{*database, clock};
  Unit add(std::string name, std::string parent = "root") {
    auto made = units.add({.name = name, .code = name, .parent = std::move(parent)}, "lan");
    EXPECT_TRUE(made) << made.error().full();
    return made ? *made : Unit{};
  }
  Finding about(std::string asset, std::string key) {
    auto out = finding(std::move(key));
    out.asset.id = std::move(asset);
    return out;
  }
  std::vector<std::string> alerts_of(const std::string& unit) {
    std::vector<std::string> out;
    for (const auto& one : copy_of(desk->alerts({.unit = unit})).items) out.push_back(one.dedup_key);
    std::ranges::sort(out);
    return out;
  }
};

TEST_F(UnitsTest, ATreeIsAddedRenamedAndMovedWithWhatIsBelow) {
  auto health = add("health"), hospital = add("hospital", health.id), ward = add("ward", hospital.id);
  auto education = add("education");
  std::vector<std::string> names;
  for (const auto& one : copy_of(units.units())) names.push_back(one.name);
  EXPECT_THAT(names, ElementsAre("", "education", "health", "hospital", "ward"));
  hospital.parent = education.id;
  hospital.name = "Bệnh viện";
  auto moved = units.change(hospital, "lan");
  ASSERT_TRUE(moved) << moved.error().full();
  EXPECT_EQ(moved->revision, 2);
  EXPECT_EQ(units.change(hospital, "binh").error().code(), ErrorCode::kConflict) << "it was read before";
  health.parent = ward.id;
  EXPECT_TRUE(units.change(health, "lan")) << "the ward is no longer below it";
  education.parent = ward.id;
  EXPECT_EQ(units.change(education, "lan").error().code(), ErrorCode::kConflict) << "below itself";
}

TEST_F(UnitsTest, ReachesOfTheTreeAreBounded) {
  auto top = add("a"), above = add("b1", top.id);
  for (int level = 4; level <= static_cast<int>(UnitLimits::kDepth); ++level)
    above = add("b" + std::to_string(level), above.id);
  EXPECT_EQ(units.add({.name = "x", .code = "x", .parent = above.id}, "lan").error().code(),
            ErrorCode::kLimit);
  auto other = add("other"), below = add("below", other.id);
  auto parent = units.unit(above.parent);
  other.parent = parent->id;
  EXPECT_EQ(units.change(other, "lan").error().code(), ErrorCode::kLimit) << "what is below comes too deep";
  EXPECT_TRUE(units.remove(below.id, "lan"));
  EXPECT_TRUE(units.change(other, "lan"));
}

TEST_F(UnitsTest, WhatIsRefused) {
  auto one = add("one");
  EXPECT_EQ(units.add({.name = "x", .code = "ONE", .parent = "root"}, "lan").error().code(),
            ErrorCode::kConflict);
  for (const Unit& bad : std::vector<Unit>{{.name = "x", .code = "x"},
                                           {.name = " ", .code = "x", .parent = "root"},
                                           {.name = "x", .code = "", .parent = "root"},
                                           {.name = "x", .code = "a b", .parent = "root"},
                                           {.name = "x\ny", .code = "x", .parent = "root"},
                                           {.name = "x", .code = "x", .parent = "root", .tlp = "white"},
                                           {.name = "x", .code = "x", .parent = "root", .policy_id = "no"}})
    EXPECT_EQ(units.add(bad, "lan").error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(units.add({.name = "x", .code = "x", .parent = "no"}, "lan").error().code(),
            ErrorCode::kNotFound);
  EXPECT_EQ(units.remove("root", "lan").error().code(), ErrorCode::kConflict);
  auto root = *units.unit("root");
  root.name = "Tỉnh";
  EXPECT_TRUE(units.change(root, "lan"));
}

TEST_F(UnitsTest, WhatIsInUseStays) {
  auto one = add("one"), below = add("below", one.id);
  EXPECT_EQ(units.remove(one.id, "lan").error().code(), ErrorCode::kConflict);
  ASSERT_TRUE(units.assign({"site", "1", "Cổng", below.id}, "lan"));
  EXPECT_EQ(units.remove(below.id, "lan").error().code(), ErrorCode::kConflict);
  raise(about("1", "a"));
  ASSERT_TRUE(units.assign({"site", "1", "Cổng", "root"}, "lan"));
  EXPECT_THAT(copy_of(units.assets()), IsEmpty());
  EXPECT_EQ(units.remove(below.id, "lan").error().code(), ErrorCode::kConflict) << "it has an alert";
  ASSERT_TRUE(units.remove(add("free").id, "lan"));
}

TEST_F(UnitsTest, AnAlertTakesTheUnitOfItsAssetWhenItIsRaised) {
  auto health = add("health"), hospital = add("hospital", health.id), education = add("education");
  ASSERT_TRUE(units.assign({"site", "1", "Cổng", hospital.id}, "lan"));
  ASSERT_TRUE(units.assign({"host", "h-1", "web-01", education.id}, "lan"));
  EXPECT_EQ(raise(about("1", "a")).unit, hospital.id);
  EXPECT_EQ(raise(about("2", "b")).unit, "root");
  auto by_name = about("web-01", "c");
  by_name.asset = {"host", "web-01", "web-01"};  // as events name it
  EXPECT_EQ(raise(by_name).unit, education.id);
  EXPECT_THAT(alerts_of(health.id), ElementsAre("a"));
  EXPECT_THAT(alerts_of(education.id), ElementsAre("c"));
  EXPECT_THAT(alerts_of("root"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(alerts_of("no"), IsEmpty());
  std::int64_t counted = 0;
  for (const auto& facet : copy_of(desk->facets({.unit = health.id})))
    if (facet.field == "state") counted += facet.count;
  EXPECT_EQ(counted, 1);

  // A new cycle asks again; the one that runs keeps what it has.
  ASSERT_TRUE(units.assign({"site", "1", "Cổng", education.id}, "lan"));
  auto kept = raise(about("1", "a"));
  EXPECT_EQ(kept.unit, hospital.id);
  ASSERT_TRUE(desk->close(kept.id, Resolution::kBenign, "", "an"));
  EXPECT_EQ(raise(about("1", "a")).unit, education.id);
}

// Nothing else of it changes, so the cheaper of the two ways of storing an alert would do.
TEST_F(UnitsTest, AnAlertWhoseUnitAloneIsAnotherIsStored) {
  auto health = add("health");
  auto id = raise(about("1", "a")).id;
  DueClock due(clock);
  ASSERT_TRUE(database->write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto record, load_alert(session, due, id));
    record.alert.unit = health.id;
    return save_alert(session, record);
  }));
  EXPECT_EQ(copy_of(desk->alert(id)).unit, health.id);
}

TEST_F(UnitsTest, TheNearestPolicyAboveIsTaken) {
  two_steps();
  Rosters rosters{*database, *desk, clock};
  Policies policies{*database, clock};
  auto person =
      rosters.save_person({.name = "An", .contacts = {{mail_channel, "an@y-te.example.org"}}}, "lan");
  ASSERT_TRUE(person) << person.error().full();
  EscalationPolicy own{.name = "Y tế"};
  own.steps = {{0, {{TargetKind::kPerson, person->id, ""}}}};
  auto policy = policies.save(own, "lan");
  ASSERT_TRUE(policy) << policy.error().full();
  auto health = add("health"), hospital = add("hospital", health.id);
  health.policy_id = policy->id;
  ASSERT_TRUE(units.change(health, "lan"));
  ASSERT_TRUE(units.assign({"site", "1", "Cổng", hospital.id}, "lan"));
  raise(about("1", "a"));
  work();
  ASSERT_EQ(sent.mails.size(), 1u);
  EXPECT_EQ(sent.mails[0].to.front(), "an@y-te.example.org");
  EXPECT_EQ(policies.remove(policy->id, "lan").error().code(), ErrorCode::kConflict) << "a unit names it";
  raise(about("2", "b"));
  work();
  std::vector<std::string> others;
  for (std::size_t i = 1; i < sent.mails.size(); ++i) others.push_back(sent.mails[i].to.front());
  EXPECT_THAT(others, testing::UnorderedElementsAre("an@example.org", "binh@example.org"))
      << "of no unit: the policy of its watch";
}

TEST_F(UnitsTest, AnIncidentHasTheUnitsOfItsAlerts) {
  Incidents incidents{*database, *desk, clock, std::make_shared<const RegimeSet>(RegimeSet::built_in())};
  auto health = add("health"), education = add("education");
  ASSERT_TRUE(units.assign({"site", "1", "Cổng", health.id}, "lan"));
  auto alert = raise(about("1", "a"));
  auto opened = incidents.open(
      {.title = "x", .severity = Severity::kHigh, .facts = {.detected_at = clock.wall()}}, {alert.id}, "an");
  ASSERT_TRUE(opened) << opened.error().full();
  EXPECT_THAT(copy_of(incidents.get(opened->id)).units, ElementsAre(health.id));
  EXPECT_EQ(copy_of(incidents.list({.unit = health.id})).items.size(), 1u);
  EXPECT_THAT(copy_of(incidents.list({.unit = education.id})).items, IsEmpty());
}

}  // namespace
}  // namespace vedette::desk
