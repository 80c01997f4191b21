#include "desk/directives/directives.h"

#include <gmock/gmock.h>

#include <fstream>

#include "desk/desk_fixture.h"

namespace vedette::desk {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;

struct DirectivesTest : DeskTest {
  std::unique_ptr<Directives> directives;

  void SetUp() override {
    clock.jump_wall(*parse_rfc3339("2026-11-20T02:00:00Z") - clock.wall());
    auto opened = Directives::open(*database, *desk, clock, folder / "directives", folder / "state.db.key");
    ASSERT_TRUE(opened) << opened.error().full();
    directives = *std::move(opened);
  }
  Directive draft(std::string reference = "07/YC-A05") {
    return {.reference = std::move(reference),
            .authority = "A05",
            .legal_basis = "Luật 116/2025/QH15",
            .title = "Cung cấp nhật ký truy cập",
            .text = "Từ 08:00 đến 12:00",
            .received_at = clock.wall(),
            .due_at = clock.wall() + hours(24)};
  }
  std::string assigned() {
    const auto made = copy_of(directives->add(draft(), "lan"));
    copy_of(directives->verify(made.id, "Gọi lại số trên văn bản", "lan"));
    copy_of(directives->assign(made.id, "binh", "lan"));
    return made.id;
  }
  std::string sha256_of(const std::string& id) {
    return directive_sha256(copy_of(directives->get(id)).directive);
  }
  std::string approved() {
    const auto id = assigned();
    copy_of(directives->approve(id, sha256_of(id), "an"));
    copy_of(directives->approve(id, sha256_of(id), "chi"));
    return id;
  }
  DirectiveState state_of(const std::string& id) { return copy_of(directives->get(id)).directive.state; }
  std::vector<std::string> steps_of(const std::string& id) {
    std::vector<std::string> out;
    for (const auto& one : copy_of(directives->get(id)).steps) out.push_back(one.action);
    return out;
  }
  template <class T>
  static ErrorCode code_of(const Result<T>& result) {
    EXPECT_FALSE(result);
    return result ? ErrorCode::kCorrupt : result.error().code();
  }
  std::vector<Alert> due_alerts() {
    auto all = copy_of(desk->alerts({.limit = 100})).items;
    std::erase_if(all, [](const Alert& alert) { return alert.kind != kDirectiveDue; });
    return all;
  }
};

TEST_F(DirectivesTest, FromReceiptToAnswerEveryStepIsKept) {
  const auto id = approved();
  copy_of(directives->execute(id, "Đã trích xuất nhật ký", "binh"));
  copy_of(directives->attach(id, "evidence", "nhat-ky.csv", "a,b", "binh"));
  const auto done = copy_of(directives->answer(id, "Công văn 22/TL", "lan"));
  EXPECT_EQ(done.state, DirectiveState::kAnswered);
  EXPECT_EQ(done.outcome, "carried_out");
  EXPECT_TRUE(done.closed_at);
  const std::vector<std::string> steps{"received", "verified", "assigned", "approved",
                                       "approved", "executed", "attached", "answered"};
  EXPECT_EQ(steps_of(id), steps);
  std::vector<std::string> audited;
  for (const auto& one : copy_of(desk->audit_log("", 50)).items)
    if (one.object == "directive/" + id) audited.insert(audited.begin(), one.action);
  std::vector<std::string> expected;
  for (const auto& step : steps) expected.push_back("directive." + step);
  EXPECT_EQ(audited, expected);
  EXPECT_TRUE(desk->verify_audit());
}

TEST_F(DirectivesTest, NothingIsCarriedOutWithoutTwoPeople) {
  const auto id = assigned();
  EXPECT_EQ(code_of(directives->execute(id, "x", "binh")), ErrorCode::kConflict);
  copy_of(directives->approve(id, sha256_of(id), "an"));
  EXPECT_EQ(code_of(directives->execute(id, "x", "binh")), ErrorCode::kConflict);
  EXPECT_EQ(code_of(directives->approve(id, sha256_of(id), "an")), ErrorCode::kForbidden)
      << "the same person";
  EXPECT_EQ(code_of(directives->approve(id, std::string(64, '0'), "chi")), ErrorCode::kConflict)
      << "something else was read";
  EXPECT_EQ(state_of(id), DirectiveState::kAssigned);
  copy_of(directives->approve(id, sha256_of(id), "chi"));
  EXPECT_EQ(state_of(id), DirectiveState::kApproved);
}

TEST_F(DirectivesTest, WhoRegisteredItAndWhoCarriesItOutDoNotApproveIt) {
  const auto id = assigned();
  const auto sha256 = sha256_of(id);
  EXPECT_EQ(code_of(directives->approve(id, sha256, "lan")), ErrorCode::kForbidden) << "registered it";
  EXPECT_EQ(code_of(directives->approve(id, sha256, "binh")), ErrorCode::kForbidden) << "carries it out";
  EXPECT_EQ(code_of(directives->approve(id, sha256, "tvb", "Bình")), ErrorCode::kForbidden)
      << "the same under the name that is shown";
  EXPECT_THAT(copy_of(directives->get(id)).directive.approvals, IsEmpty());
  copy_of(directives->approve(id, sha256, "an"));
  copy_of(directives->approve(id, sha256, "chi"));
  copy_of(directives->assign(id, "binh", "lan"));
  EXPECT_EQ(state_of(id), DirectiveState::kApproved) << "the same assignee";
  copy_of(directives->assign(id, "an", "lan"));
  EXPECT_EQ(state_of(id), DirectiveState::kAssigned);
  EXPECT_THAT(copy_of(directives->get(id)).directive.approvals, IsEmpty());
}

TEST_F(DirectivesTest, WhatIsAskedAnewIsApprovedAnew) {
  const auto id = approved();
  auto changed = copy_of(directives->get(id)).directive;
  const auto stale = changed;
  changed.scope = "Cả tháng 11";
  const auto after = copy_of(directives->change(changed, "lan"));
  EXPECT_EQ(after.state, DirectiveState::kReceived);
  EXPECT_THAT(after.approvals, IsEmpty());
  EXPECT_EQ(code_of(directives->change(stale, "lan")), ErrorCode::kConflict) << "an older revision";
  const auto other = approved();
  copy_of(directives->attach(other, "request", "cong-van.pdf", "%PDF", "lan"));
  EXPECT_EQ(state_of(other), DirectiveState::kReceived) << "the file is part of what is asked";
}

TEST_F(DirectivesTest, ContestedIsDocumentedAndNothingIsCarriedOut) {
  const auto id = approved();
  EXPECT_EQ(code_of(directives->contest(id, " ", "an")), ErrorCode::kInvalid);
  copy_of(directives->contest(id, "Vượt phạm vi căn cứ pháp lý", "an"));
  EXPECT_EQ(code_of(directives->execute(id, "x", "binh")), ErrorCode::kConflict);
  copy_of(directives->resume(id, "Cơ quan đã sửa phạm vi", "an"));
  EXPECT_THAT(copy_of(directives->get(id)).directive.approvals, IsEmpty());
  copy_of(directives->contest(id, "Vẫn vượt", "an"));
  EXPECT_EQ(copy_of(directives->answer(id, "Văn bản phản đối 5/PĐ", "lan")).outcome, "contested");
  EXPECT_EQ(code_of(directives->contest(id, "again", "an")), ErrorCode::kConflict);
}

TEST_F(DirectivesTest, WhatIsNotGenuineEnds) {
  const auto made = copy_of(directives->add(draft(), "lan"));
  EXPECT_EQ(copy_of(directives->reject(made.id, "Chữ ký số không hợp lệ", "an")).outcome, "rejected");
  EXPECT_EQ(code_of(directives->verify(made.id, "x", "lan")), ErrorCode::kConflict);
  auto wrong = draft();
  wrong.due_at = wrong.received_at;
  EXPECT_EQ(code_of(directives->add(wrong, "lan")), ErrorCode::kInvalid);
  wrong = draft(" ");
  EXPECT_EQ(code_of(directives->add(wrong, "lan")), ErrorCode::kInvalid);
}

TEST_F(DirectivesTest, FilesAreSealedAndAnotherInTheirPlaceIsSeen) {
  const auto id = copy_of(directives->add(draft(), "lan")).id;
  EXPECT_EQ(code_of(directives->attach(id, "evidence", "x", "early", "lan")), ErrorCode::kConflict);
  copy_of(directives->attach(id, "request", "một.pdf", "first secret", "lan"));
  const auto one = copy_of(directives->attach(id, "request", "hai.pdf", "second secret", "lan"));
  ASSERT_EQ(one.files.size(), 2u);
  EXPECT_EQ(copy_of(directives->view(id, one.files[0].id, "an")), "first secret");
  EXPECT_THAT(steps_of(id), ElementsAre("received", "attached", "attached", "viewed"));
  const auto at = folder / "directives";
  std::string kept;
  for (const auto& entry : std::filesystem::directory_iterator(at)) {
    std::ifstream in(entry.path(), std::ios::binary);
    kept += std::string(std::istreambuf_iterator<char>(in), {});
  }
  EXPECT_EQ(kept.find("secret"), std::string::npos) << "sealed";
  std::filesystem::copy_file(at / one.files[1].id, at / one.files[0].id,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(code_of(directives->view(id, one.files[0].id, "an")), ErrorCode::kCorrupt);
}

TEST_F(DirectivesTest, ADueTimeThatComesNearIsAnAlertOfRisingSeverity) {
  const auto id = copy_of(directives->add(draft(), "lan")).id;
  auto checked = [&] { return copy_of(directives->check_due()); };
  EXPECT_EQ(checked(), 0u);
  clock.jump_wall(hours(12));
  EXPECT_EQ(checked(), 1u);
  EXPECT_EQ(checked(), 0u) << "said once";
  ASSERT_EQ(due_alerts().size(), 1u);
  EXPECT_EQ(due_alerts()[0].severity, Severity::kMedium);
  clock.jump_wall(hours(10));
  EXPECT_EQ(checked(), 1u);
  EXPECT_EQ(due_alerts()[0].severity, Severity::kHigh);
  clock.jump_wall(-hours(5));
  EXPECT_EQ(checked(), 0u) << "a clock that was set back";
  clock.jump_wall(hours(7) + std::chrono::minutes(1));
  EXPECT_EQ(checked(), 1u);
  EXPECT_EQ(due_alerts()[0].severity, Severity::kCritical);
  copy_of(directives->reject(id, "không đúng thẩm quyền", "an"));
  EXPECT_EQ(checked(), 1u) << "it is settled";
  EXPECT_EQ(checked(), 0u);
  EXPECT_EQ(due_alerts().size(), 1u);
}

TEST_F(DirectivesTest, ListsByDueTimeAndCountsWithoutPeople) {
  auto late = draft("late"), none = draft("none"), soon = draft("soon");
  late.due_at = clock.wall() + hours(48);
  none.due_at.reset();
  for (auto* one : {&late, &none, &soon}) copy_of(directives->add(*one, "lan"));
  auto other = draft("other");
  other.authority = "Sở TTTT";
  other.received_at = clock.wall() - hours(24 * 30);
  copy_of(directives->reject(copy_of(directives->add(other, "lan")).id, "nhầm", "an"));
  std::vector<std::string> order;
  DirectiveQuery query{.open_only = true, .by_due = true, .limit = 1};
  do {
    auto page = copy_of(directives->list(query));
    for (const auto& one : page.items) order.push_back(one.reference);
    query.cursor = page.next_cursor;
  } while (!query.cursor.empty());
  EXPECT_THAT(order, ElementsAre("soon", "late", "none"));
  const auto waiting = copy_of(directives->count_open());
  EXPECT_EQ(waiting.open, 3);
  EXPECT_EQ(waiting.overdue, 0);
  EXPECT_EQ(waiting.soonest_due, soon.due_at);
  clock.jump_wall(hours(25));
  EXPECT_EQ(copy_of(directives->count_open()).overdue, 1);
  clock.jump_wall(-hours(25));
  const auto counts = copy_of(directives->count(clock.wall() - hours(24 * 60), clock.wall() + hours(1)));
  ASSERT_EQ(counts.size(), 2u);
  EXPECT_EQ(counts[0].month, "2026-10");
  EXPECT_EQ(counts[0].rejected, 1);
  EXPECT_EQ(counts[1].authority, "A05");
  EXPECT_EQ(counts[1].received, 3);
  EXPECT_EQ(counts[1].open, 3);
}

}  // namespace
}  // namespace vedette::desk
