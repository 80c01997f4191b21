#include "desk/ladder.h"

#include <boost/json.hpp>

#include "base/log.h"
#include "desk/channel_store.h"
#include "desk/outbox.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;
constexpr std::size_t kStepsMax = 20;
constexpr int kMinutesMax = 7 * 24 * 60;
constexpr std::int64_t kMinuteMs = 60'000;

Result<Ladder> ladder_from(const std::string& stored) {
  boost::system::error_code problem;
  auto value = json::parse(stored, problem);
  if (problem) return fail(ErrorCode::kCorrupt, "the stored ladder does not parse");
  Ladder ladder;
  const auto& object = value.as_object();
  ladder.repeat_last_minutes = static_cast<int>(object.at("repeat_last_minutes").as_int64());
  ladder.least = severity_from(object.at("least").as_string()).value_or(Severity::kHigh);
  for (const auto& step : object.at("steps").as_array()) {
    LadderStep one{static_cast<int>(step.as_object().at("after_minutes").as_int64()), {}};
    for (const auto& id : step.as_object().at("channel_ids").as_array())
      one.channel_ids.emplace_back(id.as_string());
    ladder.steps.push_back(std::move(one));
  }
  return ladder;
}

// When the step after `climbed` steps is due; nothing when the ladder has ended.
std::optional<std::int64_t> next_due(const Ladder& ladder, int climbed, std::int64_t cycle_due,
                                     std::int64_t now) {
  if (ladder.steps.empty()) return std::nullopt;
  auto index = static_cast<std::size_t>(climbed);
  if (index < ladder.steps.size())
    return std::max(now, cycle_due + ladder.steps[index].after_minutes * kMinuteMs);
  if (ladder.repeat_last_minutes <= 0) return std::nullopt;
  return now + ladder.repeat_last_minutes * kMinuteMs;
}

// A step must reach somebody: without a usable channel of its own it goes through every channel there is.
std::vector<ChannelRecord> channels_of_step(std::vector<ChannelRecord> all, const LadderStep& step,
                                            const Alert& about) {
  std::erase_if(all, [&](const ChannelRecord& record) {
    return !record.channel.enabled || (about.kind == kChannelDead && about.asset.id == record.channel.id);
  });
  std::vector<ChannelRecord> named;
  for (const auto& record : all) {
    if (std::ranges::count(step.channel_ids, record.channel.id) > 0) named.push_back(record);
  }
  return named.empty() ? all : named;
}

Result<void> climb(store::Session& session, const DeskContext& desk, const Ladder& ladder,
                   AlertRecord& record) {
  auto index = std::min(static_cast<std::size_t>(record.alert.step), ladder.steps.size() - 1);
  TRY_ASSIGN(auto all, load_channels(session));
  auto channels = channels_of_step(std::move(all), ladder.steps[index], record.alert);
  TRY_ASSIGN(int sent, enqueue(session, desk, record.alert, record.alert.step, channels));
  if (sent == 0) {
    desk.metrics.counter("vedette_desk_steps_without_channel_total", "Ladder steps that could reach nobody")
        .add();
    TRY(add_timeline(session, record.alert.id, desk.clock.wall(), "unreachable", "desk",
                     {"desk.timeline.unreachable", {}}));
  }
  auto now = desk.due.now_ms();
  ++record.alert.step;
  record.next_due = next_due(ladder, record.alert.step, record.cycle_due, now);
  return set_desk_value(session, "due_now", std::to_string(now));
}

bool applies(const Ladder& ladder, const AlertRecord& record) {
  return !ladder.steps.empty() && record.alert.severity >= ladder.least &&
         record.alert.state == AlertState::kNew;
}

}  // namespace

Result<Ladder> load_ladder(store::Session& session) {
  TRY_ASSIGN(auto stored, desk_value(session, "ladder"));
  if (!stored) return Ladder{};
  try {
    return ladder_from(*stored);
  } catch (const std::exception& problem) {
    return fail(ErrorCode::kCorrupt, fmt::format("the stored ladder is damaged: {}", problem.what()));
  }
}

Result<void> store_ladder(store::Session& session, const Ladder& ladder) {
  if (ladder.steps.size() > kStepsMax)
    return fail(ErrorCode::kInvalid, fmt::format("steps: at most {}", kStepsMax));
  if (ladder.repeat_last_minutes < 0 || ladder.repeat_last_minutes > kMinutesMax) {
    return fail(ErrorCode::kInvalid, fmt::format("repeat_last_minutes: 0 to {}", kMinutesMax));
  }
  json::array steps;
  int before = -1;
  for (std::size_t i = 0; i < ladder.steps.size(); ++i) {
    const auto& step = ladder.steps[i];
    if ((i == 0 && step.after_minutes != 0) || step.after_minutes <= before ||
        step.after_minutes > kMinutesMax) {
      return fail(
          ErrorCode::kInvalid,
          fmt::format("steps[{}].after_minutes: the first is 0, each is later than the one before", i));
    }
    if (step.channel_ids.empty())
      return fail(ErrorCode::kInvalid, fmt::format("steps[{}].channel_ids: name a channel", i));
    for (const auto& id : step.channel_ids) {
      if (!load_channel(session, id)) {
        return fail(ErrorCode::kInvalid, fmt::format("steps[{}].channel_ids: there is no channel {}", i, id));
      }
    }
    before = step.after_minutes;
    steps.push_back(
        json::object{{"after_minutes", step.after_minutes},
                     {"channel_ids", json::array(step.channel_ids.begin(), step.channel_ids.end())}});
  }
  return set_desk_value(session, "ladder",
                        json::serialize(json::object{{"steps", std::move(steps)},
                                                     {"repeat_last_minutes", ladder.repeat_last_minutes},
                                                     {"least", to_string(ladder.least)}}));
}

Result<void> start_ladder(store::Session& session, const DeskContext& desk, AlertRecord& record) {
  TRY_ASSIGN(auto ladder, load_ladder(session));
  record.alert.step = 0;
  record.cycle_due = desk.due.now_ms();
  record.next_due.reset();
  if (!applies(ladder, record)) return {};
  return climb(session, desk, ladder, record);
}

Result<void> resume_ladder(store::Session& session, const DeskContext& desk, AlertRecord& record) {
  TRY_ASSIGN(auto ladder, load_ladder(session));
  if (!applies(ladder, record)) return {};
  TRY(revive_cancelled(session, desk, record.alert));
  record.next_due = next_due(ladder, record.alert.step, record.cycle_due, desk.due.now_ms());
  return {};
}

Result<void> stop_ladder(store::Session& session, AlertRecord& record) {
  record.next_due.reset();
  return cancel_pending(session, record.alert.id);
}

Result<bool> climb_if_due(store::Session& session, const DeskContext& desk, const std::string& alert_id) {
  TRY_ASSIGN(auto record, load_alert(session, desk.due, alert_id));
  if (!record.next_due || *record.next_due > desk.due.now_ms()) return false;
  TRY_ASSIGN(auto ladder, load_ladder(session));
  if (record.alert.snoozed_until) {
    record.alert.snoozed_until.reset();
    TRY(add_timeline(session, alert_id, desk.clock.wall(), "unsnoozed", "desk",
                     {"desk.timeline.snooze_ended", {}}));
  }
  record.alert.updated_at = desk.clock.wall();
  if (applies(ladder, record)) {
    TRY(climb(session, desk, ladder, record));
  } else {
    record.next_due.reset();
  }
  TRY(save_alert(session, record));
  return true;
}

Result<std::vector<std::string>> due_alerts(store::Session& session, const DeskContext& desk,
                                            std::size_t limit) {
  TRY_ASSIGN(
      auto rows,
      session.query(
          "SELECT id FROM alerts WHERE next_due IS NOT NULL AND next_due <= ? ORDER BY next_due LIMIT ?",
          {desk.due.now_ms(), static_cast<std::int64_t>(limit)}));
  std::vector<std::string> ids;
  for (const auto& row : rows) ids.push_back(row.text(0));
  return ids;
}

}  // namespace vedette::desk
