#include "desk/incidents/incidents.h"

#include <gmock/gmock.h>

#include <fstream>

#include "desk/desk_fixture.h"
#include "desk/roster/rosters.h"
#include "model/content.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct IncidentsTest : DeskTest {
  std::shared_ptr<const RegimeSet> regimes = std::make_shared<const RegimeSet>(RegimeSet::built_in());
  Incidents incidents{*database, *desk, clock, regimes};

  void SetUp() override { clock.jump_wall(*parse_rfc3339("2026-11-20T02:00:00Z") - clock.wall()); }

  Incident opened(std::vector<std::string> regimes_of = {}, std::vector<std::string> alerts = {}) {
    auto made = incidents.open({.title = "Trang chủ bị thay",
                                .severity = Severity::kHigh,
                                .regimes = std::move(regimes_of),
                                .facts = {.detected_at = clock.wall()}},
                               alerts, "an");
    EXPECT_TRUE(made) << made.error().full();
    return made ? *made : Incident{};
  }
  Incident changed(Incident incident) {
    auto saved = incidents.change(incident, "an");
    EXPECT_TRUE(saved) << saved.error().full();
    return saved ? *saved : Incident{};
  }
  void sent(const Incident& incident, std::string regime, std::string step) {
    auto saved = incidents.report_sent(
        incident.id, {.key = {std::move(regime), std::move(step)}, .sent_at = clock.wall(), .by = "an"});
    EXPECT_TRUE(saved) << saved.error().full();
  }
  std::vector<std::string> kinds(const std::string& id) {
    std::vector<std::string> out;
    auto listed = copy_of(incidents.timeline(id, "", 500));
    for (const auto& one : listed.items) out.push_back(one.kind);
    return out;
  }
  std::vector<std::string> audited(const std::string& id) {
    std::vector<std::string> out;
    auto log = copy_of(desk->audit_log("", 500));
    for (const auto& one : log.items) {
      if (one.object == "incident/" + id) out.push_back(one.action);
    }
    std::ranges::reverse(out);
    return out;
  }
  std::vector<Alert> clock_alerts() {
    std::vector<Alert> out;
    auto listed = copy_of(desk->alerts({.limit = 500}));
    for (const auto& alert : listed.items)
      if (alert.kind == kClockDue) out.push_back(alert);
    return out;
  }
  std::size_t checked() {
    auto count = incidents.check_clocks();
    EXPECT_TRUE(count) << count.error().full();
    return count.value_or(0);
  }
  template <class T>
  static std::string refusal(const Result<T>& result) {
    return result ? "accepted" : result.error().message();
  }
};

TEST_F(IncidentsTest, IsReadBackAsItWasOpenedAndNumberedWithinItsYear) {
  auto alert = raise(finding());
  auto first = opened({"vn_2017_05"}, {alert.id});
  auto second = opened();
  EXPECT_EQ(first.reference, "2026-0001");
  EXPECT_EQ(second.reference, "2026-0002");
  auto detail = copy_of(incidents.get(first.id));
  EXPECT_EQ(detail.incident, first);
  EXPECT_THAT(detail.alerts, ElementsAre(alert.id));
  ASSERT_EQ(detail.clocks.size(), 1u);
  EXPECT_EQ(detail.clocks[0].due, clock.wall() + hours(5 * 24));
  EXPECT_THAT(kinds(first.id), ElementsAre("opened"));
  EXPECT_THAT(audited(first.id), ElementsAre("incident.opened"));
  clock.advance(hours(24 * 60));
  EXPECT_EQ(opened().reference, "2027-0001");
}

TEST_F(IncidentsTest, WhoWatchesIsToldOfEveryChangeAfterItIsThere) {
  std::vector<std::string> told;
  incidents.on_change([&](const std::string& id) {
    EXPECT_TRUE(incidents.get(id)) << "told before it was there";
    told.push_back(id);
  });
  auto first = opened();
  auto second = opened();
  ASSERT_TRUE(incidents.note(first.id, "x", {}, "an"));
  ASSERT_FALSE(incidents.unlink(first.id, "none", "an"));  // refused: nothing changed
  ASSERT_TRUE(incidents.merge(first.id, second.id, "an"));
  ASSERT_TRUE(incidents.unmerge(first.id, "an"));
  EXPECT_THAT(told, ElementsAre(first.id, second.id, first.id, second.id, first.id, second.id, first.id));
  incidents.on_change({});
  ASSERT_TRUE(incidents.note(first.id, "y", {}, "an"));
  EXPECT_EQ(told.size(), 7u);
}

TEST_F(IncidentsTest, ListsPageByPageByStateAndByAlert) {
  auto alert = raise(finding());
  std::vector<std::string> newest_first;
  for (int i = 0; i < 5; ++i) {
    newest_first.insert(newest_first.begin(),
                        opened({}, i == 2 ? std::vector{alert.id} : std::vector<std::string>{}).id);
    clock.advance(std::chrono::seconds(1));
  }
  std::vector<std::string> seen;
  std::string cursor;
  do {
    auto page = copy_of(incidents.list({.cursor = cursor, .limit = 2}));
    for (const auto& one : page.items) seen.push_back(one.id);
    cursor = page.next_cursor;
  } while (!cursor.empty());
  EXPECT_EQ(seen, newest_first);
  ASSERT_TRUE(incidents.close(newest_first[0], "", "lan"));
  EXPECT_EQ(copy_of(incidents.list({.state = "open"})).items.size(), 4u);
  EXPECT_EQ(copy_of(incidents.list({.state = "closed"})).items.size(), 1u);
  auto of_alert = copy_of(incidents.list({.alert_id = alert.id}));
  ASSERT_EQ(of_alert.items.size(), 1u);
  EXPECT_EQ(of_alert.items[0].id, newest_first[2]);
  EXPECT_FALSE(incidents.list({.cursor = "7"}));
  EXPECT_FALSE(incidents.list({.cursor = "x.y"}));
}

TEST_F(IncidentsTest, AChangeNamesWhatItWasAndIsRefusedWhenSomebodyWasQuicker) {
  auto incident = opened();
  auto mine = incident, theirs = incident;
  mine.severity = Severity::kCritical;
  mine.facts.aware_at = clock.wall();
  EXPECT_EQ(changed(mine).revision, incident.revision + 1);
  theirs.title = "Khác";
  EXPECT_THAT(refusal(incidents.change(theirs, "binh")), HasSubstr("read revision 2"));
  auto entries = copy_of(incidents.timeline(incident.id, "", 10));
  ASSERT_EQ(entries.items.size(), 2u);
  EXPECT_EQ(render(entries.items[1].text, Language::kEnglish),
            "severity: high → critical; aware_at: – → 2026-11-20T02:00:00.000Z");
  mine.revision = 2;
  EXPECT_EQ(changed(mine).revision, 2) << "nothing changed, nothing is written";
  EXPECT_THAT(kinds(incident.id), ElementsAre("opened", "changed"));
}

TEST_F(IncidentsTest, WhatCannotBeIsRefused) {
  auto incident = opened();
  const auto with = [&](auto edit) {
    auto other = incident;
    edit(other);
    return refusal(incidents.change(other, "an"));
  };
  EXPECT_THAT(with([](Incident& one) { one.title.clear(); }), HasSubstr("title"));
  EXPECT_THAT(with([](Incident& one) { one.regimes = {"nothing"}; }),
              HasSubstr("there is no regime nothing"));
  EXPECT_THAT(with([](Incident& one) { one.regimes = {"eu_nis2", "eu_nis2"}; }), HasSubstr("twice"));
  EXPECT_THAT(with([&](Incident& one) { one.facts.aware_at = clock.wall() + hours(1); }),
              HasSubstr("aware_at: lies in the future"));
  EXPECT_THAT(with([&](Incident& one) { one.facts.finished_at = clock.wall() - hours(1); }),
              HasSubstr("before detected_at"));
  EXPECT_THAT(with([](Incident& one) { one.roles.commander = "nobody"; }), HasSubstr("there is no person"));
  EXPECT_THAT(refusal(incidents.link(incident.id, "nothing", "an")), HasSubstr("there is no alert"));
  EXPECT_THAT(refusal(incidents.get("nothing")), HasSubstr("there is no incident"));
  EXPECT_THAT(refusal(incidents.note(incident.id, "", {}, "an")), HasSubstr("text"));
  EXPECT_THAT(kinds(incident.id), ElementsAre("opened")) << "a refused change leaves nothing behind";
  EXPECT_THAT(audited(incident.id), ElementsAre("incident.opened"));
}

TEST_F(IncidentsTest, RolesArePeopleOfTheRosters) {
  Rosters rosters(*database, *desk, clock);
  auto an = *rosters.save_person({.name = "An"}, "lan");
  auto incident = opened();
  incident.roles = {.commander = an.id, .scribe = an.id};
  EXPECT_EQ(changed(incident).roles.commander, an.id);
}

TEST_F(IncidentsTest, GoesThroughItsPhasesAndBack) {
  auto incident = opened();
  for (auto state : {IncidentState::kTriaged, IncidentState::kContained, IncidentState::kTriaged,
                     IncidentState::kRecovered})
    EXPECT_EQ(incidents.move(incident.id, state, "ghi chú", "an")->state, state);
  EXPECT_THAT(kinds(incident.id), ElementsAre("opened", "moved", "moved", "moved", "moved"));
  auto closed = *incidents.close(incident.id, "xong", "lan");
  EXPECT_EQ(closed.closed_by, "lan");
  EXPECT_THAT(refusal(incidents.move(incident.id, IncidentState::kTriaged, "", "an")),
              HasSubstr("the incident is closed"));
  EXPECT_TRUE(incidents.note(incident.id, "thêm sau khi đóng", {}, "an"));
  auto again = *incidents.reopen(incident.id, "", "lan");
  EXPECT_EQ(again.state, IncidentState::kTriaged);
  EXPECT_FALSE(again.closed_at);
  EXPECT_THAT(refusal(incidents.reopen(incident.id, "", "lan")), HasSubstr("not closed"));
}

TEST_F(IncidentsTest, IsNotClosedWhileAClockIsOpenAndSaysWhich) {
  auto incident = opened({"vn_2020_09_nhnn"});
  auto refused = incidents.close(incident.id, "", "lan");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kConflict);
  EXPECT_THAT(refused.error().message(), HasSubstr("Incident report"));
  EXPECT_THAT(refused.error().message(), HasSubstr("Report of completed recovery"));
  EXPECT_THAT(said_in(refused.error(), Language::kVietnamese),
              HasSubstr("Báo cáo hoàn thành khắc phục sự cố"));
  sent(incident, "vn_2020_09_nhnn", "report");
  incident = copy_of(incidents.get(incident.id)).incident;
  clock.advance(hours(1));
  incident.facts.finished_at = clock.wall();
  changed(incident);
  EXPECT_THAT(refusal(incidents.close(incident.id, "", "lan")), HasSubstr("Report of completed recovery"));
  sent(incident, "vn_2020_09_nhnn", "recovery_report");
  EXPECT_EQ(incidents.close(incident.id, "", "lan")->state, IncidentState::kClosed);
}

TEST_F(IncidentsTest, IsNotClosedWhileTheFileOfARegimeIsMissing) {
  store::TemporaryFolder own;
  std::filesystem::create_directories(own / "regimes");
  std::string file(content::content_file("regimes/internal_sla.toml"));
  std::ofstream(own / "regimes/own.toml") << file.replace(file.find("internal_sla\""), 13, "own\"");
  Incidents with_own(*database, *desk, clock,
                     std::make_shared<const RegimeSet>(*RegimeSet::with_folder(own.path())));
  auto incident = *with_own.open({.title = "x", .regimes = {"own"}}, {}, "an");
  EXPECT_THAT(refusal(incidents.close(incident.id, "", "lan")), HasSubstr("there is no regime own"));
}

TEST_F(IncidentsTest, AMarkThatAReportWasSentIsMadeOnceAndMayBeTakenBack) {
  auto incident = opened({"vn_personal_data"});
  SentReport report{
      .key = {"vn_personal_data", "notice"}, .sent_at = clock.wall(), .by = "an", .note = "số 15/BC"};
  EXPECT_THAT(refusal(incidents.report_sent(incident.id,
                                            {.key = {"vn_personal_data", "no"}, .sent_at = clock.wall()})),
              HasSubstr("no clock of this incident"));
  auto early = report;
  early.sent_at += hours(1);
  EXPECT_THAT(refusal(incidents.report_sent(incident.id, early)), HasSubstr("sent_at: lies in the future"));
  ASSERT_TRUE(incidents.report_sent(incident.id, report));
  EXPECT_THAT(refusal(incidents.report_sent(incident.id, report)), HasSubstr("marked as sent already"));
  auto detail = copy_of(incidents.get(incident.id));
  ASSERT_EQ(detail.reports.size(), 1u);
  EXPECT_EQ(detail.reports[0].note, "số 15/BC");
  EXPECT_EQ(detail.clocks[0].state, ClockState::kDone);
  ASSERT_TRUE(incidents.withdraw_report(incident.id, report.key, "lan"));
  EXPECT_EQ(copy_of(incidents.get(incident.id)).clocks[0].state, ClockState::kRunning);
  EXPECT_THAT(refusal(incidents.withdraw_report(incident.id, report.key, "lan")), HasSubstr("not marked"));
  EXPECT_THAT(kinds(incident.id), ElementsAre("opened", "report", "report_withdrawn"))
      << "the timeline keeps both";
}

TEST_F(IncidentsTest, AnAlertMayBelongToSeveralIncidentsAndIsKeptForThem) {
  auto alert = raise(finding());
  auto duplicate = raise(finding("sites/2/content"));
  auto other = raise(finding("sites/3/content"));
  auto first = opened({}, {duplicate.id}), second = opened();
  ASSERT_TRUE(incidents.link(second.id, duplicate.id, "an"));
  ASSERT_TRUE(incidents.link(second.id, duplicate.id, "an")) << "linking twice is no mistake";
  EXPECT_THAT(kinds(second.id), ElementsAre("opened", "linked"));
  ASSERT_TRUE(desk->merge(duplicate.id, alert.id, "an"));
  for (const auto& id : {alert.id, other.id})
    ASSERT_TRUE(desk->close(id, Resolution::kTruePositive, "", "an"));
  clock.advance(hours(24));
  EXPECT_EQ(copy_of(desk->forget_closed(clock.wall())), 1)
      << "only the one that no incident has anything to do with";
  EXPECT_TRUE(desk->alert(alert.id));
  for (const auto& id : {first.id, second.id}) ASSERT_TRUE(incidents.unlink(id, duplicate.id, "an"));
  EXPECT_EQ(copy_of(desk->forget_closed(clock.wall())), 2);
  EXPECT_THAT(refusal(incidents.unlink(first.id, duplicate.id, "an")), HasSubstr("does not belong"));
}

TEST_F(IncidentsTest, MergingLosesNothingAndUnmergingGivesAllBack) {
  auto alert = raise(finding());
  auto old = opened({"eu_nis2", "vn_personal_data"}, {alert.id});
  sent(old, "vn_personal_data", "notice");
  clock.advance(hours(3));
  auto target = opened({"vn_2017_05"});
  auto merged = incidents.merge(old.id, target.id, "an");
  ASSERT_TRUE(merged) << merged.error().full();
  EXPECT_EQ(merged->id, target.id);
  EXPECT_THAT(merged->regimes, ElementsAre("vn_2017_05", "eu_nis2", "vn_personal_data"));
  EXPECT_EQ(merged->facts.detected_at, old.facts.detected_at) << "the earlier detection";
  auto detail = copy_of(incidents.get(target.id));
  EXPECT_THAT(detail.alerts, ElementsAre(alert.id));
  EXPECT_THAT(detail.merged, ElementsAre(old.id));
  ASSERT_EQ(detail.reports.size(), 1u);
  EXPECT_THAT(kinds(target.id), ElementsAre("opened", "report", "opened", "merged", "took_over"));
  EXPECT_THAT(refusal(incidents.note(old.id, "x", {}, "an")), HasSubstr("merged into " + target.reference));
  EXPECT_THAT(refusal(incidents.merge(old.id, target.id, "an")), HasSubstr("already"));
  EXPECT_THAT(refusal(incidents.merge(target.id, target.id, "an")), HasSubstr("into itself"));
  EXPECT_EQ(copy_of(incidents.list({.state = "open"})).items.size(), 1u);

  ASSERT_TRUE(incidents.unmerge(old.id, "an"));
  detail = copy_of(incidents.get(old.id));
  EXPECT_THAT(detail.incident.regimes, ElementsAre("eu_nis2", "vn_personal_data"));
  EXPECT_THAT(detail.alerts, ElementsAre(alert.id));
  EXPECT_EQ(detail.reports.size(), 1u);
  EXPECT_EQ(copy_of(incidents.get(target.id)).alerts.size(), 1u) << "what it gained it keeps";
  EXPECT_THAT(kinds(target.id), ElementsAre("opened", "took_over", "gave_back"));
  EXPECT_TRUE(desk->verify_audit());
}

TEST_F(IncidentsTest, SplittingMovesAlertsAndCopiesFactsButNoReports) {
  auto one = raise(finding()), two = raise(finding("sites/2/content"));
  auto whole = opened({"vn_personal_data"}, {one.id, two.id});
  sent(whole, "vn_personal_data", "notice");
  auto part = incidents.split(whole.id, "Máy chủ thứ hai", {two.id}, "an");
  ASSERT_TRUE(part) << part.error().full();
  auto detail = copy_of(incidents.get(part->id));
  EXPECT_EQ(detail.incident.split_from, whole.id);
  EXPECT_EQ(detail.incident.facts, whole.facts);
  EXPECT_THAT(detail.alerts, ElementsAre(two.id));
  EXPECT_THAT(detail.reports, IsEmpty());
  EXPECT_EQ(detail.clocks[0].state, ClockState::kRunning);
  EXPECT_THAT(copy_of(incidents.get(whole.id)).alerts, ElementsAre(one.id));
  EXPECT_THAT(kinds(part->id), ElementsAre("split_off"));
  EXPECT_THAT(refusal(incidents.split(whole.id, "x", {two.id}, "an")), HasSubstr("does not belong"));
  EXPECT_EQ(copy_of(incidents.list({})).items.size(), 2u) << "a refused split leaves no incident behind";
}

TEST_F(IncidentsTest, TheSoonestClockOfAllComesFirst) {
  auto slow = opened({"vn_personal_data"});
  auto quick = opened({"vn_2020_09_nhnn"});
  auto clocks = copy_of(incidents.open_clocks(10));
  ASSERT_EQ(clocks.size(), 2u) << "the recovery report has no due time yet";
  EXPECT_EQ(clocks[0].incident_id, quick.id);
  EXPECT_EQ(clocks[1].incident_id, slow.id);
  EXPECT_EQ(copy_of(incidents.open_clocks(1)).size(), 1u);
}

TEST_F(IncidentsTest, AClockThatComesNearIsAnAlertOnceAStage) {
  auto incident = opened({"vn_personal_data"});
  EXPECT_EQ(checked(), 0u);
  clock.advance(hours(36));
  EXPECT_EQ(checked(), 1u);
  EXPECT_EQ(checked(), 0u) << "said once";
  ASSERT_EQ(clock_alerts().size(), 1u);
  EXPECT_EQ(clock_alerts()[0].severity, Severity::kMedium);
  EXPECT_THAT(render(clock_alerts()[0].reason, Language::kEnglish),
              HasSubstr("2026-11-23 09:00 (Asia/Ho_Chi_Minh)"));
  EXPECT_THAT(render(clock_alerts()[0].reason, Language::kVietnamese), HasSubstr("chưa kiểm chứng"));
  clock.advance(hours(34));
  EXPECT_EQ(checked(), 1u);
  EXPECT_EQ(clock_alerts()[0].severity, Severity::kHigh);
  clock.advance(hours(2) + std::chrono::milliseconds(1));
  EXPECT_EQ(checked(), 1u);
  EXPECT_EQ(clock_alerts()[0].severity, Severity::kCritical);
  EXPECT_EQ(clock_alerts().size(), 1u) << "one alert for one clock";
  sent(incident, "vn_personal_data", "notice");
  EXPECT_EQ(checked(), 1u);
  EXPECT_TRUE(clock_alerts()[0].condition_resolved);
  EXPECT_EQ(checked(), 0u);
}

TEST_F(IncidentsTest, ADeadlineThatMovesIsAnAlertOfItsOwn) {
  const auto running = [&] {
    auto alerts = clock_alerts();
    std::erase_if(alerts, [](const Alert& alert) { return alert.condition_resolved; });
    return alerts;
  };
  auto incident = opened({"vn_personal_data"});
  clock.advance(hours(40));
  EXPECT_EQ(checked(), 1u);
  incident.facts.detected_at = *incident.facts.detected_at - hours(10);
  changed(incident);
  EXPECT_EQ(checked(), 1u);
  EXPECT_EQ(clock_alerts().size(), 2u);
  ASSERT_EQ(running().size(), 1u);
  EXPECT_THAT(render(running()[0].reason, Language::kEnglish), HasSubstr("2026-11-22 23:00"));
  auto now = copy_of(incidents.get(incident.id)).incident;
  now.regimes.clear();
  changed(now);
  EXPECT_EQ(checked(), 1u);
  EXPECT_THAT(running(), IsEmpty()) << "a regime that does not apply any more";
}

TEST_F(IncidentsTest, WhatWasCommittedIsThereAfterARestart) {
  auto incident = opened({"vn_personal_data"});
  clock.advance(hours(36));
  EXPECT_EQ(checked(), 1u);
  Incidents after(*database, *desk, clock, regimes);
  EXPECT_EQ(copy_of(after.get(incident.id)).incident, incident);
  EXPECT_EQ(copy_of(after.check_clocks()), 0u) << "what was said is remembered";
}

}  // namespace
}  // namespace vedette::desk
