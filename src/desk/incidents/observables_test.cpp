#include "desk/incidents/observables.h"

#include <gmock/gmock.h>

#include "desk/desk_fixture.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

using enum ObservableType;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

std::string normal(ObservableType type, std::string_view text) {
  return normal_observable(type, text).value_or("refused");
}

TEST(ObservableTest, ValuesTakeTheirNormalFormDefangedOrNot) {
  EXPECT_EQ(normal(kIpv4, " 203[.]0.113(.)7 "), "203.0.113.7");
  EXPECT_EQ(normal(kIpv4, "203.0.113.256"), "refused");
  EXPECT_EQ(normal(kIpv4, "0x7f.1"), "refused");
  EXPECT_EQ(normal(kIpv6, "2001:DB8:0::7"), "2001:db8::7");
  EXPECT_EQ(normal(kIpv6, "203.0.113.7"), "refused");
  EXPECT_EQ(normal(kDomain, "Evil[.]Example"), "evil.example");
  EXPECT_EQ(normal(kDomain, "xấu.example"), "xn--xu-r5s.example") << "IDNA";
  EXPECT_EQ(normal(kDomain, "localhost"), "refused");
  EXPECT_EQ(normal(kDomain, "203.0.113.7"), "refused");
  EXPECT_EQ(normal(kUrl, "hXXps://Evil[.]example/a/../b?x=1#f"), "https://evil.example/b?x=1");
  EXPECT_EQ(normal(kUrl, "evil.example"), "refused");
  EXPECT_EQ(normal(kEmail, "Lan[@]Evil[.]Example"), "Lan@evil.example");
  EXPECT_EQ(normal(kEmail, "lan evil@x.example"), "refused");
  EXPECT_EQ(normal(kFile, std::string(64, 'A')), std::string(64, 'a'));
  EXPECT_EQ(normal(kFile, std::string(63, 'a')), "refused");
  EXPECT_EQ(normal(kAccount, "CORP\\lan"), "CORP\\lan");
  EXPECT_EQ(normal(kProcess, "a\nb"), "refused");
  EXPECT_EQ(normal(kProcess, std::string(ObservableLimits::kValueBytes + 1, 'x')), "refused");
}

TEST(ObservableTest, WhatIsShownLeadsNowhereAndComesBackTheSame) {
  const std::vector<std::pair<ObservableType, std::string>> all{{kIpv4, "203.0.113.7"},
                                                                {kDomain, "evil.example"},
                                                                {kUrl, "https://evil.example/a.php?b=c.d"},
                                                                {kIpv6, "2001:db8::7"},
                                                                {kEmail, "lan@evil.example"}};
  for (const auto& [type, value] : all) {
    const auto shown = defanged(type, value);
    EXPECT_NE(shown, value);
    EXPECT_EQ(normal(type, shown), value) << shown;
  }
  EXPECT_EQ(defanged(kUrl, "https://evil.example/a.php"), "hxxps://evil[.]example/a.php");
}

TEST(ObservableTest, IsFoundInWhatFindingsSay) {
  EXPECT_THAT(observables_in("Failed password for root from 203.0.113.7 port 22 ssh2", 10),
              ElementsAre(Pair(kIpv4, "203.0.113.7")));
  EXPECT_THAT(observables_in("script[src] \"https://Evil.example/x.js\".", 10),
              ElementsAre(Pair(kUrl, "https://evil.example/x.js"), Pair(kDomain, "evil.example")));
  EXPECT_THAT(observables_in("http://203.0.113.9/a, again http://203.0.113.9/a", 10),
              ElementsAre(Pair(kUrl, "http://203.0.113.9/a"), Pair(kIpv4, "203.0.113.9")));
  EXPECT_THAT(observables_in("from=<lan@evil.example>, 10.0.0.1:443 [2001:db8::1]", 10),
              UnorderedElementsAre(Pair(kEmail, "lan@evil.example"), Pair(kIpv4, "10.0.0.1"),
                                   Pair(kIpv6, "2001:db8::1")));
  EXPECT_THAT(
      observables_in(
          "index.php 12:34:56 1.2.3 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 10),
      ElementsAre(Pair(kFile, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")));
  EXPECT_EQ(observables_in("10.0.0.1 10.0.0.2 10.0.0.3", 2).size(), 2u);
}

struct ObservablesTest : DeskTest {
  Incidents incidents{*database, *desk, clock, std::make_shared<const RegimeSet>(RegimeSet::built_in())};
  IncidentObservables observables{incidents, *database, clock};

  Incident opened(std::string title, std::vector<std::string> alerts = {}) {
    clock.advance(std::chrono::seconds(1));
    return copy_of(
        incidents.open({.title = std::move(title), .facts = {.detected_at = clock.wall()}}, alerts, "an"));
  }
  Observable added(const Incident& incident, ObservableType type, std::string value) {
    return copy_of(observables.add(incident.id, {.type = type, .value = std::move(value)}, "an"));
  }
};

TEST_F(ObservablesTest, AreKeptOnceWithTlpAndWrittenDown) {
  auto incident = opened("a");
  auto one = copy_of(observables.add(
      incident.id, {.type = kIpv4, .value = "203[.]0.113.7", .tlp = Tlp::kRed, .note = "máy điều khiển"},
      "an"));
  EXPECT_EQ(copy_of(observables.list(incident.id)), std::vector{one});
  auto again = observables.add(incident.id, {.type = kIpv4, .value = "203.0.113.7"}, "binh");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::kConflict);
  EXPECT_FALSE(observables.add(incident.id, {.type = kFile, .value = "x"}, "an"));
  auto entries = copy_of(incidents.timeline(incident.id, "", 10)).items;
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_THAT(render(entries[1].text, Language::kVietnamese),
              testing::HasSubstr("203[.]0[.]113[.]7 (TLP:red)"));
  ASSERT_TRUE(observables.remove(incident.id, one.id, "an"));
  EXPECT_FALSE(observables.remove(incident.id, one.id, "an"));
  EXPECT_THAT(copy_of(observables.list(incident.id)), IsEmpty());
  EXPECT_EQ(copy_of(desk->audit_log("", 1)).items[0].action, "incident.observable_removed");
}

TEST_F(ObservablesTest, AlertsSuggestWhatTheyNameUntilItIsThere) {
  auto f = finding();
  f.where = "script[src] https://evil.example/x.js";
  f.after = "203.0.113.7 - - GET /";
  auto alert = raise(f);
  auto incident = opened("a", {alert.id});
  auto suggested = copy_of(observables.suggested(incident.id));
  std::vector<std::string> values;
  for (const auto& one : suggested) {
    values.push_back(one.value);
    EXPECT_EQ(one.source, alert.id);
  }
  EXPECT_THAT(values, UnorderedElementsAre("https://evil.example/x.js", "evil.example", "203.0.113.7"));
  added(incident, kDomain, "evil.example");
  EXPECT_EQ(copy_of(observables.suggested(incident.id)).size(), 2u);
}

TEST_F(ObservablesTest, RelatedOnesShareSomethingAndSayWhat) {
  auto one = finding("sites/1/content");
  auto first_alert = raise(one);
  auto two = finding("sites/2/content");
  two.asset = {"site", "2", "Trang khác"};
  two.kind = "dns_changed";
  auto second_alert = raise(two);
  auto mine = opened("mine", {first_alert.id});
  auto same_asset = opened("asset", {first_alert.id});
  auto same_observable = opened("observable", {second_alert.id});
  auto stranger = opened("stranger", {second_alert.id});
  auto merged = opened("merged");
  added(mine, kIpv4, "203.0.113.7");
  added(same_observable, kIpv4, "203.0.113.7");
  added(merged, kDomain, "evil.example");
  added(stranger, kDomain, "evil.example");

  auto related = copy_of(observables.related(mine.id));
  ASSERT_EQ(related.size(), 2u);
  EXPECT_EQ(related[0].incident.id, same_observable.id) << "as much as asset and rule together, and newer";
  EXPECT_THAT(related[1].shared, UnorderedElementsAre(SharedThing{"asset", "Cổng thông tin"},
                                                      SharedThing{"rule", "page_replaced"}));
  EXPECT_EQ(related[1].incident.id, same_asset.id);
  EXPECT_THAT(related[0].shared, ElementsAre(SharedThing{"observable", "203[.]0[.]113[.]7"}));

  ASSERT_TRUE(incidents.merge(merged.id, mine.id, "an"));  // what is merged in counts as its own
  std::vector<std::string> titles;
  for (const auto& r : copy_of(observables.related(mine.id))) titles.push_back(r.incident.title);
  EXPECT_THAT(titles, UnorderedElementsAre("asset", "observable", "stranger"));
  EXPECT_FALSE(observables.related("none"));
}

}  // namespace
}  // namespace vedette::desk
