#include "desk/incidents/tasks.h"

#include <gmock/gmock.h>

#include "desk/desk_fixture.h"
#include "desk/playbooks/playbook_set.h"
#include "desk/roster/person.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct TasksTest : DeskTest {
  Incidents incidents{*database, *desk, clock, std::make_shared<const RegimeSet>(RegimeSet::built_in())};
  IncidentTasks tasks{incidents, *database, clock};
  const PlaybookSet set = PlaybookSet::built_in();
  Incident incident = opened("Sự cố");

  Incident opened(std::string title, std::vector<std::string> alerts = {}, std::string commander = {}) {
    return copy_of(incidents.open({.title = std::move(title),
                                   .facts = {.detected_at = clock.wall()},
                                   .roles = {.commander = std::move(commander)}},
                                  alerts, "an"));
  }
  std::string person(std::string name) {
    std::string id;
    EXPECT_TRUE(database->write([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto made, store_person(session, clock, {.name = std::move(name)}));
      id = made.id;
      return {};
    }));
    return id;
  }
  std::vector<std::string> entries(const std::string& id) {
    std::vector<std::string> out;
    for (const auto& one : copy_of(incidents.timeline(id, "", 100)).items) out.push_back(one.kind);
    return out;
  }
  std::string refusal(const Result<IncidentTask>& result) {
    return result ? "accepted" : said_in(result.error(), Language::kEnglish);
  }
};

TEST_F(TasksTest, APlaybookPutsItsStepsOntoTheIncidentOnce) {
  auto lan = person("Lan");
  incident = opened("Mã hóa", {}, lan);
  const auto& playbook = *set.find("ransomware");
  auto made = copy_of(tasks.choose(incident.id, playbook, "an"));
  ASSERT_EQ(made.size(), playbook.steps.size());
  EXPECT_EQ(made, copy_of(tasks.list(incident.id)));
  EXPECT_EQ(made[0].due_at, clock.wall() + std::chrono::minutes(playbook.steps[0].due_minutes));
  for (const auto& one : made) EXPECT_EQ(one.assignee, one.role == "commander" ? lan : "") << one.step;
  EXPECT_FALSE(tasks.choose(incident.id, playbook, "an"));
  EXPECT_EQ(copy_of(tasks.list(incident.id)).size(), made.size());
  EXPECT_THAT(entries(incident.id), ElementsAre("opened", "playbook"));
}

TEST_F(TasksTest, StatesAreKeptWithWhoAndWhyAndWrittenDown) {
  auto lan = person("Lan");
  auto task = copy_of(tasks.add(incident.id, {.title = {"Gọi", "Call"}}, "an"));
  task.assignee = lan;
  task = copy_of(tasks.change(incident.id, task, "an"));
  task.state = TaskState::kInProgress;
  task = copy_of(tasks.change(incident.id, task, "an"));
  auto skipped = task;
  skipped.state = TaskState::kSkipped;
  EXPECT_THAT(refusal(tasks.change(incident.id, skipped, "an")), HasSubstr("reason"));
  skipped.note = "không cần";
  auto saved = copy_of(tasks.change(incident.id, skipped, "binh"));
  EXPECT_EQ(saved.updated_by, "binh");
  EXPECT_EQ(saved.revision, task.revision + 1);
  EXPECT_THAT(refusal(tasks.change(incident.id, task, "an")), HasSubstr("meanwhile"));
  EXPECT_EQ(copy_of(tasks.change(incident.id, saved, "an")).revision, saved.revision) << "nothing changed";
  EXPECT_THAT(entries(incident.id),
              ElementsAre("opened", "task", "task_assigned", "task_in_progress", "task_skipped"));
  const auto listed = copy_of(incidents.timeline(incident.id, "", 100)).items;
  EXPECT_THAT(render(listed[2].text, Language::kVietnamese),
              testing::AllOf(HasSubstr("Lan"), HasSubstr("Gọi")));
  EXPECT_THAT(render(listed[4].text, Language::kEnglish), HasSubstr("không cần"));
  EXPECT_EQ(copy_of(desk->audit_log("", 1)).items[0].action, "incident.task_skipped");
  EXPECT_EQ(copy_of(incidents.get(incident.id)).incident.revision, incident.revision)
      << "an open form is not refused because of a task";
}

TEST_F(TasksTest, AfterClosingOnlyTheReviewGoesOn) {
  auto work = copy_of(tasks.add(incident.id, {.title = {"a", "a"}}, "an"));
  auto review = copy_of(tasks.add(incident.id, {.phase = PlaybookPhase::kReview, .title = {"b", "b"}}, "an"));
  ASSERT_TRUE(incidents.close(incident.id, "", "lan"));
  work.state = review.state = TaskState::kDone;
  EXPECT_THAT(refusal(tasks.change(incident.id, work, "an")), HasSubstr("closed"));
  EXPECT_EQ(copy_of(tasks.change(incident.id, review, "an")).state, TaskState::kDone);
  EXPECT_FALSE(tasks.add(incident.id, {.title = {"c", "c"}}, "an"));
  EXPECT_TRUE(tasks.add(incident.id, {.phase = PlaybookPhase::kReview, .title = {"d", "d"}}, "an"));
}

TEST_F(TasksTest, TasksOfAMergedIncidentAreWorkedOnInTheOtherOne) {
  auto other = opened("Kia");
  auto task = copy_of(tasks.add(incident.id, {.title = {"a", "a"}}, "an"));
  ASSERT_TRUE(incidents.merge(incident.id, other.id, "an"));
  ASSERT_EQ(copy_of(tasks.list(other.id)).size(), 1u);
  task.state = TaskState::kDone;
  EXPECT_FALSE(tasks.change(incident.id, task, "an"));
  EXPECT_EQ(copy_of(tasks.change(other.id, task, "an")).state, TaskState::kDone);
  ASSERT_TRUE(incidents.unmerge(incident.id, "an"));
  EXPECT_EQ(copy_of(tasks.list(incident.id)).at(0).state, TaskState::kDone);
  EXPECT_TRUE(copy_of(tasks.list(other.id)).empty());
}

TEST_F(TasksTest, LessonsAreWrittenAfterClosingAndEveryWritingStays) {
  EXPECT_FALSE(copy_of(tasks.lessons(incident.id)).at);
  ASSERT_TRUE(incidents.close(incident.id, "", "lan"));
  EXPECT_FALSE(tasks.write_lessons(incident.id, "", "an"));
  ASSERT_TRUE(tasks.write_lessons(incident.id, "Sao lưu phải tách mạng", "an"));
  ASSERT_TRUE(tasks.write_lessons(incident.id, "Sao lưu phải tách mạng và thử khôi phục", "binh"));
  auto lessons = copy_of(tasks.lessons(incident.id));
  EXPECT_EQ(lessons.text, "Sao lưu phải tách mạng và thử khôi phục");
  EXPECT_EQ(lessons.by, "binh");
  EXPECT_THAT(entries(incident.id), ElementsAre("opened", "closed", "lessons", "lessons"));
}

TEST_F(TasksTest, LimitsAndUnknownPeopleAreRefused) {
  EXPECT_FALSE(tasks.add(incident.id, {.title = {"", ""}}, "an"));
  EXPECT_FALSE(tasks.add(incident.id, {.role = "boss", .title = {"a", "a"}}, "an"));
  EXPECT_FALSE(tasks.add(incident.id, {.title = {"a", "a"}, .what = {std::string(4001, 'x'), "x"}}, "an"));
  EXPECT_FALSE(tasks.add(incident.id, {.title = {"a", "a"}, .assignee = "nobody"}, "an"));
  EXPECT_TRUE(copy_of(tasks.list(incident.id)).empty());
  EXPECT_FALSE(tasks.list("none"));
}

TEST_F(TasksTest, SignsAreTheKindsAndTechniquesOfTheLinkedAlerts) {
  auto one = finding();
  one.attack = {"T1491.002"};
  auto alert = raise(one);
  auto other = finding("hosts/1/files");
  other.kind = "encryption_attack";
  other.attack = {"T1486"};
  auto second = raise(other);
  auto linked = opened("x", {alert.id, second.id});
  auto signs = copy_of(tasks.signs(linked.id));
  EXPECT_THAT(signs.kinds, testing::UnorderedElementsAre("page_replaced", "encryption_attack"));
  EXPECT_THAT(signs.techniques, testing::UnorderedElementsAre("T1491.002", "T1486"));
  EXPECT_EQ(suggested_by(*set.find("ransomware"), signs.kinds, signs.techniques), 2u);
}

}  // namespace
}  // namespace vedette::desk
