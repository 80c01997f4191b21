// The life of alerts, against a model: random findings, actions, passing minutes, jumps of the wall clock,
// failing channels and restarts, with what must hold after each of them.
#include <rapidcheck.h>

#include <gmock/gmock.h>

#include "desk/desk_fixture.h"

namespace vedette::desk {
namespace {

enum class Move {
  kFindMedium,
  kFindHigh,
  kFindCritical,
  kResolve,
  kAcknowledge,
  kUnacknowledge,
  kSnooze,
  kUnsnooze,
  kClose,
  kReopen,
  kMerge,
  kUnmerge,
  kMinutes,
  kHour,
  kJumpBack,
  kBreakMail,
  kMendMail,
  kRestart,
  kCount
};

struct Model {
  std::map<std::string, std::int64_t> reported;  // findings by key
  std::map<std::string, Alert> before;
};

struct LifecycleTest : DeskTest {
  Model model;

  std::map<std::string, Alert> all() {
    std::map<std::string, Alert> found;
    auto page = copy_of(desk->alerts({.limit = 500}));
    for (auto& alert : page.items) found[alert.dedup_key] = alert;
    return found;
  }

  void find_one(const std::string& key, Severity severity, FindingState state = FindingState::kPresent) {
    auto f = finding(key, severity);
    f.state = state;
    RC_ASSERT(desk->report({f}).has_value());
    if (state == FindingState::kPresent || model.before.contains(key)) ++model.reported[key];
  }

  // An action either succeeds or says that it does not fit; anything else is a defect.
  static void fits_or_conflict(const Result<Alert>& result) {
    bool expected = result.has_value() || result.error().code() == ErrorCode::kConflict;
    RC_ASSERT(expected);
  }

  void act(Move move, const std::string& key, const std::string& other) {
    std::string id = model.before.contains(key) ? model.before[key].id : "";
    std::string into = model.before.contains(other) ? model.before[other].id : "";
    switch (move) {
      case Move::kFindMedium:
        return find_one(key, Severity::kMedium);
      case Move::kFindHigh:
        return find_one(key, Severity::kHigh);
      case Move::kFindCritical:
        return find_one(key, Severity::kCritical);
      case Move::kResolve:
        return find_one(key, Severity::kInformational, FindingState::kResolved);
      case Move::kMinutes:
        return minutes(3);
      case Move::kHour:
        clock.advance(std::chrono::hours(1));
        return work();
      case Move::kJumpBack:
        return clock.jump_wall(-std::chrono::minutes(40));
      case Move::kBreakMail:
        sent.mail_error = Error(ErrorCode::kUnavailable, "451 later");
        return;
      case Move::kMendMail:
        sent.mail_error.reset();
        return;
      case Move::kRestart:
        return restart();
      default:
        break;
    }
    if (id.empty()) return;
    if (move == Move::kAcknowledge) fits_or_conflict(desk->acknowledge(id, "lan", ""));
    if (move == Move::kUnacknowledge) fits_or_conflict(desk->unacknowledge(id, "lan"));
    if (move == Move::kSnooze)
      fits_or_conflict(desk->snooze(id, clock.wall() + std::chrono::minutes(30), "lan"));
    if (move == Move::kUnsnooze) fits_or_conflict(desk->unsnooze(id, "lan"));
    if (move == Move::kClose) fits_or_conflict(desk->close(id, Resolution::kBenign, "", "lan"));
    if (move == Move::kReopen) fits_or_conflict(desk->reopen(id, "lan"));
    if (move == Move::kMerge && !into.empty()) fits_or_conflict(desk->merge(id, into, "lan"));
    if (move == Move::kUnmerge) fits_or_conflict(desk->unmerge(id, "lan"));
  }

  void check(Move move) {
    auto now = all();
    for (const auto& [key, before] : model.before) RC_ASSERT(now.contains(key));  // no alert ever disappears
    for (const auto& [key, alert] : now) {
      bool open = alert.state != AlertState::kClosed;
      RC_ASSERT(open == (alert.resolution == Resolution::kNone));
      RC_ASSERT(open == !alert.closed_at.has_value());
      if (alert.state == AlertState::kAcknowledged) RC_ASSERT(alert.acknowledged_at.has_value());
      if (alert.state == AlertState::kNew) RC_ASSERT(!alert.acknowledged_at.has_value());
      if (!alert.merged_into.empty()) RC_ASSERT(alert.resolution == Resolution::kDuplicate);
      // A new alert that is grave enough always has a next step: the ladder repeats until somebody answers.
      if (alert.state == AlertState::kNew && alert.severity >= Severity::kHigh)
        RC_ASSERT(alert.next_step_at.has_value());
      if (!open) RC_ASSERT(!alert.next_step_at.has_value());
      check_counts(now, key, alert);
      check_notifications(alert);
      check_change(move, key, alert);
    }
    model.before = std::move(now);
  }

  // What came for an alert's key, plus what came for those that are merged into it.
  void check_counts(const std::map<std::string, Alert>& now, const std::string& key, const Alert& alert) {
    if (alert.kind == "channel_dead") return;
    std::int64_t expected = model.reported[key];
    for (const auto& [other_key, other] : now) {
      if (other.merged_into == alert.id) expected += model.reported[other_key];
    }
    RC_ASSERT(alert.count == expected);
  }

  void check_notifications(const Alert& alert) {
    std::set<std::string> steps;
    for (const auto& n : copy_of(desk->notifications(alert.id))) {
      RC_ASSERT(steps.insert(fmt::format("{}/{}/{}/{}", n.cycle, n.step, n.target, n.channel_id)).second);
      RC_ASSERT(n.cycle <= alert.cycle);
      if (alert.state != AlertState::kNew) RC_ASSERT(n.state != "pending");
      if (n.state == "accepted") RC_ASSERT(n.accepted_at.has_value());
    }
  }

  // Nothing becomes acknowledged or closed unless a person did it.
  void check_change(Move move, const std::string& key, const Alert& alert) {
    auto before = model.before.find(key);
    if (before == model.before.end()) return;
    const Alert& was = before->second;
    RC_ASSERT(alert.cycle >= was.cycle);
    RC_ASSERT(alert.cycle <= was.cycle + 1);
    bool by_person = move == Move::kAcknowledge || move == Move::kClose || move == Move::kReopen ||
                     move == Move::kMerge || move == Move::kUnmerge;
    if (alert.state != was.state && alert.state != AlertState::kNew) RC_ASSERT(by_person);
    if (alert.cycle == was.cycle && move != Move::kUnmerge) RC_ASSERT(alert.severity >= was.severity);
  }
};

TEST_F(LifecycleTest, HoldsForEveryOrderOfEvents) {
  // In memory: a hundred lives of many commits each, and what is asked here is not whether they survive a
  // power cut.
  std::filesystem::path memory = "/dev/shm";
  auto parent = std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
  auto result = rc::check("the life of alerts", [&] {
    auto moves =
        *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, static_cast<int>(Move::kCount) * 9));
    store::TemporaryFolder place(parent);
    auto before = std::move(database);
    desk.reset();
    before.reset();
    database = *store::open_sqlite({.path = place / "state.db"}, desk_migrations(), clock, metrics);
    sent.mail_error.reset();
    desk = make();
    two_steps();
    model = {};
    for (int chosen : moves) {
      auto move = static_cast<Move>(chosen / 9);
      act(move, fmt::format("key{}", chosen % 3), fmt::format("key{}", chosen / 3 % 3));
      check(move);
    }
    RC_ASSERT(desk->verify_audit().has_value());
  });
  EXPECT_TRUE(result);
}

}  // namespace
}  // namespace vedette::desk
