#include "desk/reports/reports.h"

#include <gmock/gmock.h>

#include "base/hash.h"
#include "desk/desk_fixture.h"
#include "desk/incidents/incidents.h"
#include "desk/roster/rosters.h"

namespace vedette::desk {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct ReportsTest : DeskTest {
  std::shared_ptr<const RegimeSet> regimes = std::make_shared<const RegimeSet>(RegimeSet::built_in());
  std::shared_ptr<const FormSet> forms = std::make_shared<const FormSet>(FormSet::built_in());
  Incidents incidents{*database, *desk, clock, regimes};
  Reports reports{*database, clock, regimes, forms};

  void SetUp() override { clock.jump_wall(*parse_rfc3339("2026-11-20T02:00:00Z") - clock.wall()); }

  Incident opened(std::vector<std::string> regimes_of = {"vn_2017_05"}) {
    auto alert = raise(finding());
    return copy_of(incidents.open({.title = "Trang chủ bị thay",
                                   .summary = "Trang chủ hiện nội dung lạ",
                                   .severity = Severity::kHigh,
                                   .regimes = std::move(regimes_of),
                                   .facts = {.detected_at = clock.wall()}},
                                  {alert.id}, "an"));
  }
  ReportDetail drafted(const Incident& incident, const std::string& form = "vn_incident_initial") {
    return copy_of(reports.draft(incident.id, form, {}, "an"));
  }
  void introduce() {
    copy_of(reports.set_organisation({.name = "Sở Thông tin",
                                      .address = "1 Lê Lợi",
                                      .contact = "Nguyễn Văn An",
                                      .phone = "0900",
                                      .email = "an@example.org"},
                                     "lan"));
  }
  // Everything that a person must type.
  ReportDetail filled(const ReportDetail& draft) {
    std::map<std::string, std::string> texts;
    for (const auto& id : draft.missing) texts[id] = "đã điền " + id;
    return copy_of(reports.type(draft.report.id, draft.report.revision, texts, "an"));
  }
  ReportDetail in_review(const Incident& incident, const std::string& form = "vn_incident_initial") {
    introduce();
    return copy_of(reports.submit(filled(drafted(incident, form)).report.id, "an"));
  }
  ReportDetail approved(const Incident& incident) {
    auto paper = in_review(incident);
    copy_of(reports.approve(paper.report.id, paper.report.sha256, "binh"));
    return copy_of(reports.approve(paper.report.id, paper.report.sha256, "cuc"));
  }
  template <class T>
  static std::string refusal(const Result<T>& result) {
    return result ? "accepted" : result.error().message();
  }
  std::vector<std::string> audited(const std::string& object) {
    std::vector<std::string> out;
    auto log = copy_of(desk->audit_log("", 500));
    for (const auto& one : log.items) {
      if (one.object == object) out.push_back(one.action);
    }
    std::ranges::reverse(out);
    return out;
  }
};

TEST_F(ReportsTest, EveryBuiltInFormCanBeReadAndAnswersAClockThatExists) {
  EXPECT_GE(forms->forms().size(), 11u);
  auto fits = forms->check_with(*regimes);
  EXPECT_TRUE(fits) << fits.error().full();
}

TEST_F(ReportsTest, ADraftTakesItsValuesFromTheFactsAndSaysWhereEachComesFrom) {
  auto incident = opened();
  auto draft = drafted(incident);
  const auto* title = draft.paper.field("title");
  ASSERT_TRUE(title);
  EXPECT_EQ(title->value.vi, "Trang chủ bị thay");
  EXPECT_EQ(title->source.en, "Incident 2026-0001, revision 1: title");
  EXPECT_EQ(draft.paper.field("detected")->value.vi, "09:00 ngày 20/11/2026 (Asia/Ho_Chi_Minh)");
  EXPECT_EQ(draft.paper.field("detected")->value.en, "2026-11-20 09:00 (Asia/Ho_Chi_Minh)");
  EXPECT_EQ(draft.paper.field("beyond")->value.vi, "Không");
  EXPECT_EQ(draft.paper.field("systems")->value.vi, "Cổng thông tin");
  EXPECT_THAT(draft.paper.field("alerts")->value.vi, HasSubstr("Trang chủ đã bị thay"));
  EXPECT_THAT(draft.paper.field("recipients")->value.vi, HasSubstr("Cơ quan điều phối quốc gia"));
  ASSERT_TRUE(draft.clock);
  EXPECT_EQ(draft.clock->due, clock.wall() + std::chrono::hours(5 * 24));
  // It follows the facts as long as it is a draft.
  incident.title = "Cổng thông tin bị thay";
  copy_of(incidents.change(incident, "an"));
  EXPECT_EQ(copy_of(reports.get(draft.report.id)).paper.field("title")->source.en,
            "Incident 2026-0001, revision 2: title");
}

TEST_F(ReportsTest, WhatWasDoneStandsInTheOrderInWhichItHappened) {
  auto incident = opened();
  const auto ago = [&](int minutes_ago) { return clock.wall() - std::chrono::minutes(minutes_ago); };
  copy_of(incidents.note(incident.id, "khôi phục trang", ago(5), "an"));
  copy_of(incidents.note(incident.id, "ngắt mạng", ago(50), "an"));
  copy_of(incidents.move(incident.id, IncidentState::kContained, "đã chặn", "an"));
  EXPECT_EQ(drafted(incident).paper.field("actions")->value.vi,
            "08:10 ngày 20/11/2026 (Asia/Ho_Chi_Minh): ngắt mạng\n"
            "08:55 ngày 20/11/2026 (Asia/Ho_Chi_Minh): khôi phục trang\n"
            "09:00 ngày 20/11/2026 (Asia/Ho_Chi_Minh): Đã ngăn chặn. đã chặn");
}

TEST_F(ReportsTest, WhatIsMissingIsNamedAndKeepsItFromReview) {
  auto draft = drafted(opened());
  EXPECT_THAT(draft.missing, Contains("organisation"));
  EXPECT_THAT(draft.missing, Contains("impact"));
  EXPECT_THAT(draft.missing, Not(Contains("cause_suspected")));
  auto refused = reports.submit(draft.report.id, "an");
  EXPECT_THAT(refusal(refused), HasSubstr("Extent and impact"));
  introduce();
  draft = copy_of(reports.get(draft.report.id));
  EXPECT_THAT(draft.missing, Not(Contains("organisation")));
  EXPECT_THAT(filled(draft).missing, IsEmpty());
  EXPECT_EQ(refusal(reports.submit(draft.report.id, "an")), "accepted");
}

TEST_F(ReportsTest, WhatAPersonTypesStandsBeforeTheFactAndBearsTheirName) {
  auto draft = drafted(opened());
  auto typed = copy_of(reports.type(draft.report.id, 1, {{"summary", "Nói lại cho gọn"}}, "binh"));
  const auto* summary = typed.paper.field("summary");
  EXPECT_EQ(summary->value.vi, "Nói lại cho gọn");
  EXPECT_TRUE(summary->typed);
  EXPECT_THAT(summary->source.en, HasSubstr("Entered by binh"));
  EXPECT_THAT(refusal(reports.type(draft.report.id, 1, {{"summary", "x"}}, "an")), HasSubstr("revision 2"));
  EXPECT_THAT(refusal(reports.type(draft.report.id, 2, {{"nothing", "x"}}, "an")), HasSubstr("no field"));
  EXPECT_THAT(refusal(reports.type(draft.report.id, 2, {{"summary", std::string(10'001, 'x')}}, "an")),
              HasSubstr("10000"));
  auto fact = copy_of(reports.type(draft.report.id, 2, {{"summary", ""}}, "an"));
  EXPECT_EQ(fact.paper.field("summary")->value.vi, "Trang chủ hiện nội dung lạ");
}

TEST_F(ReportsTest, TwoDifferentPeopleApproveAndOneOfThemDidNotWriteIt) {
  auto incident = opened();
  auto paper = in_review(incident);
  const auto& id = paper.report.id;
  const auto sha = paper.report.sha256;
  EXPECT_EQ(sha.size(), 64u);
  EXPECT_THAT(refusal(reports.approve(id, std::string(64, '0'), "binh")), HasSubstr("read it again"));
  EXPECT_EQ(copy_of(reports.approve(id, sha, "an")).report.state, ReportState::kInReview);
  EXPECT_THAT(refusal(reports.approve(id, sha, "an")), HasSubstr("already"));
  EXPECT_THAT(refusal(reports.send(id, clock.wall(), "", "an")), HasSubstr("in_review"));
  auto done = copy_of(reports.approve(id, sha, "binh"));
  EXPECT_EQ(done.report.state, ReportState::kApproved);
  ASSERT_EQ(done.report.approvals.size(), 2u);
  EXPECT_EQ(done.report.approvals[1].sha256, sha);
  EXPECT_THAT(audited("report/" + id), ElementsAre("report.drafted", "report.changed", "report.submitted",
                                                   "report.approved", "report.approved"));
}

TEST_F(ReportsTest, WhereOneApprovalIsEnoughItIsNotTheAuthors) {
  auto paper = in_review(opened(), "internal");
  EXPECT_THAT(refusal(reports.approve(paper.report.id, paper.report.sha256, "an")),
              HasSubstr("cannot be the only one"));
  EXPECT_EQ(copy_of(reports.approve(paper.report.id, paper.report.sha256, "binh")).report.state,
            ReportState::kApproved);
}

TEST_F(ReportsTest, AuthorsWhoAllApproveStillNeedSomebodyElse) {
  auto incident = opened();
  introduce();
  auto draft = filled(drafted(incident));
  draft = copy_of(reports.type(draft.report.id, draft.report.revision, {{"impact", "Một cổng"}}, "binh"));
  auto paper = copy_of(reports.submit(draft.report.id, "binh"));
  copy_of(reports.approve(paper.report.id, paper.report.sha256, "an"));
  EXPECT_THAT(refusal(reports.approve(paper.report.id, paper.report.sha256, "binh")),
              HasSubstr("cannot be the only one"));
  EXPECT_EQ(copy_of(reports.approve(paper.report.id, paper.report.sha256, "cuc")).report.state,
            ReportState::kApproved);
}

TEST_F(ReportsTest, AChangeAfterApprovalTakesEveryApprovalAway) {
  auto done = approved(opened());
  auto again = copy_of(reports.type(done.report.id, done.report.revision, {{"impact", "Hai cổng"}}, "an"));
  EXPECT_EQ(again.report.state, ReportState::kDraft);
  EXPECT_THAT(again.report.approvals, IsEmpty());
  EXPECT_THAT(again.report.paper, IsEmpty());
  EXPECT_EQ(audited("report/" + done.report.id).back(), "report.reopened");
  auto paper = copy_of(reports.submit(done.report.id, "an"));
  EXPECT_NE(paper.report.sha256, done.report.sha256);
  EXPECT_THAT(refusal(reports.approve(done.report.id, done.report.sha256, "binh")),
              HasSubstr("read it again"));
}

TEST_F(ReportsTest, ThePaperStaysAsApprovedAndSaysWhichFactsAreOthersNow) {
  auto incident = opened();
  auto done = approved(incident);
  incident.severity = Severity::kCritical;
  copy_of(incidents.change(incident, "an"));
  auto now = copy_of(reports.get(done.report.id));
  EXPECT_EQ(now.paper, done.paper);
  EXPECT_EQ(sha256_hex(to_text(now.paper)), now.report.sha256);
  EXPECT_THAT(now.changed, ElementsAre("severity"));
}

TEST_F(ReportsTest, SendingMarksTheClockInTheSameTransactionAndTakingBackUnmarksIt) {
  auto incident = opened();
  auto done = approved(incident);
  EXPECT_THAT(refusal(reports.send(done.report.id, clock.wall() + std::chrono::hours(1), "", "an")),
              HasSubstr("future"));
  auto sent = copy_of(reports.send(done.report.id, clock.wall(), "thư 12/BC", "an"));
  EXPECT_EQ(sent.report.state, ReportState::kSent);
  EXPECT_EQ(sent.clock->state, ClockState::kDone);
  auto marks = copy_of(incidents.get(incident.id)).reports;
  ASSERT_EQ(marks.size(), 1u);
  EXPECT_EQ(marks[0].note, "thư 12/BC");
  EXPECT_THAT(refusal(reports.type(done.report.id, sent.report.revision, {{"impact", "x"}}, "an")),
              HasSubstr("sent"));
  auto received = copy_of(reports.receipt(done.report.id, "Số 77", "an"));
  EXPECT_EQ(received.report.state, ReportState::kReceipted);
  EXPECT_EQ(copy_of(reports.take_back(done.report.id, "gửi nhầm", "binh")).report.state,
            ReportState::kApproved);
  EXPECT_THAT(copy_of(incidents.get(incident.id)).reports, IsEmpty());
  auto timeline = copy_of(incidents.timeline(incident.id, "", 500));
  std::vector<std::string> kinds;
  for (const auto& one : timeline.items) kinds.push_back(one.kind);
  EXPECT_THAT(kinds,
              ElementsAre("opened", "report_drafted", "report_changed", "report_submitted", "report_approved",
                          "report_approved", "report_sent", "report_receipted", "report_taken_back"));
}

TEST_F(ReportsTest, AClockThatIsMarkedAlreadyRefusesTheSendingAndNothingIsKept) {
  auto incident = opened();
  auto done = approved(incident);
  copy_of(incidents.report_sent(incident.id,
                                {.key = {"vn_2017_05", "report"}, .sent_at = clock.wall(), .by = "an"}));
  EXPECT_THAT(refusal(reports.send(done.report.id, clock.wall(), "", "an")), HasSubstr("marked as sent"));
  EXPECT_EQ(copy_of(reports.get(done.report.id)).report.state, ReportState::kApproved);
}

TEST_F(ReportsTest, AFormOfAClockThatTheIncidentDoesNotHaveIsRefused) {
  auto incident = opened();
  EXPECT_THAT(refusal(reports.draft(incident.id, "eu_nis2_final", {}, "an")), HasSubstr("no clock"));
  EXPECT_THAT(refusal(reports.draft(incident.id, "nothing", {}, "an")), HasSubstr("no form"));
  // A report of progress answers no clock; another form can answer one that is named.
  EXPECT_FALSE(drafted(incident, "vn_incident_progress").clock);
  EXPECT_TRUE(copy_of(reports.draft(incident.id, "internal", {"vn_2017_05", "report"}, "an")).clock);
}

TEST_F(ReportsTest, WhatIsDueSoonestStandsFirstAndWhatIsDoneDoesNotStandThere) {
  auto incident = opened({"vn_2017_05", "vn_2020_09_nhnn"});
  auto five_days = drafted(incident);
  auto a_day = drafted(incident, "vn_bank_report");
  auto none = drafted(incident, "internal");
  auto gone = drafted(incident, "internal");
  copy_of(reports.drop(gone.report.id, "trùng", "an"));
  std::vector<std::string> ids;
  auto listed = copy_of(reports.list(""));
  for (const auto& one : listed) ids.push_back(one.report.id);
  EXPECT_THAT(ids, ElementsAre(a_day.report.id, five_days.report.id, none.report.id));
  EXPECT_EQ(copy_of(reports.list(incident.id)).size(), 4u);
}

TEST_F(ReportsTest, WhoActsOnAPersonIsNamedWithTheirTelephone) {
  Rosters rosters{*database, *desk, clock};
  auto person = copy_of(rosters.save_person({.name = "Trần Thị Bình", .phone = "0912 345 678"}, "lan"));
  auto incident = opened();
  incident.roles.commander = person.id;
  incident = copy_of(incidents.change(incident, "an"));
  EXPECT_EQ(drafted(incident).paper.field("commander")->value.vi, "Trần Thị Bình, 0912 345 678");
}

TEST(FormFile, EveryMistakeNamesItsLineAndWhatToDo) {
  const auto refused = [](std::string_view toml) {
    auto form = parse_form(toml, "f.toml");
    return form ? std::string("accepted") : form.error().message();
  };
  const std::string head =
      "id = \"x\"\nname.vi = \"a\"\nname.en = \"a\"\nstatus = \"unverified\"\ncitation = \"c\"\n"
      "zone = \"Asia/Ho_Chi_Minh\"\n";
  const std::string section = "[[section]]\nname.vi = \"s\"\nname.en = \"s\"\n";
  const std::string field = "[[section.field]]\nid = \"f\"\nlabel.vi = \"l\"\nlabel.en = \"l\"\n";
  EXPECT_EQ(refused(head + section + field), "accepted");
  EXPECT_THAT(refused(head), HasSubstr("section: is missing"));
  EXPECT_THAT(refused(head + section), HasSubstr("f.toml:7: field: is missing"));
  EXPECT_THAT(refused(head + section + field + "from = \"moon\"\n"), HasSubstr("f.toml:14: from"));
  EXPECT_THAT(refused(head + section + field + field), HasSubstr("two fields"));
  EXPECT_THAT(refused(head + section + field + section + field), HasSubstr("two fields"));
  EXPECT_THAT(refused("step = \"s\"\n" + head + section + field), HasSubstr("regime"));
  EXPECT_THAT(refused("approvals = 3\n" + head + section + field), HasSubstr("approvals"));
  EXPECT_THAT(refused(head + section + field + "colour = 1\n"), HasSubstr("colour"));
}

TEST(PaperText, IsReadBackAsItWasWritten) {
  Paper paper{.form = "f", .citation = "c", .title = {"t", "t"}, .sections = {{{"s", "s"}, {{.id = "a"}}}}};
  EXPECT_EQ(*paper_from(to_text(paper)), paper);
  EXPECT_FALSE(paper_from("{}").has_value());
  EXPECT_FALSE(paper_from("[").has_value());
}

}  // namespace
}  // namespace vedette::desk
