#include "desk/ladder.h"

#include <fmt/ranges.h>

#include <boost/json.hpp>

#include "desk/channel_store.h"
#include "desk/due_anchor.h"
#include "desk/escalation/policy_store.h"
#include "desk/escalation/recipients.h"
#include "desk/escalation/unresolvable.h"
#include "desk/ingest.h"
#include "desk/outbox.h"
#include "desk/periods/period_store.h"
#include "desk/periods/situation.h"
#include "desk/units/unit_store.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;
constexpr std::size_t kStepsMax = 20;
constexpr std::int64_t kMinuteMs = 60'000;

// As it was stored before there were policies.
Result<Ladder> old_ladder(const std::string& stored) try {
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
} catch (const std::exception& problem) {
  return fail(ErrorCode::kCorrupt, fmt::format("the stored ladder is damaged: {}", problem.what()));
}

EscalationPolicy first_policy() {
  EscalationPolicy policy;
  policy.id = policy.name = kDefaultPolicy;
  return policy;
}

void take_ladder(EscalationPolicy& policy, const Ladder& ladder) {
  policy.steps.clear();
  for (const auto& step : ladder.steps) {
    EscalationStep one{step.after_minutes, {}};
    for (const auto& id : step.channel_ids) one.targets.push_back({TargetKind::kChannel, id, ""});
    policy.steps.push_back(std::move(one));
  }
  policy.repeat_last_minutes = ladder.repeat_last_minutes;
  policy.least = ladder.least;
}

// What the ladder's own form names differently from a policy; the rest is refused by store_policy().
Result<void> check_ladder(store::Session& session, const Ladder& ladder) {
  for (std::size_t i = 0; i < ladder.steps.size() && i < kStepsMax; ++i) {
    const auto& step = ladder.steps[i];
    if (step.channel_ids.empty())
      return refuse(ErrorCode::kInvalid, "ladder.no_channel", {{"step", std::to_string(i)}});
    for (const auto& id : step.channel_ids) {
      if (!load_channel(session, id))
        return refuse(ErrorCode::kInvalid, "ladder.unknown_channel",
                      {{"step", std::to_string(i)}, {"id", id}});
    }
  }
  return {};
}

std::int64_t timer_ms(int minutes, const AlertRecord& record) {
  return minutes * kMinuteMs * record.timer_percent / 100;
}

// When the step after those that were climbed is due; nothing when the ladder has ended.
std::optional<std::int64_t> next_due(const EscalationPolicy& policy, const AlertRecord& record,
                                     std::int64_t now) {
  if (policy.steps.empty()) return std::nullopt;
  auto index = static_cast<std::size_t>(record.alert.step);
  if (index < policy.steps.size())
    return std::max(now, record.cycle_due + timer_ms(policy.steps[index].after_minutes, record));
  if (policy.repeat_last_minutes <= 0) return std::nullopt;
  return now + timer_ms(policy.repeat_last_minutes, record);
}

Result<void> climb(store::Session& session, const DeskContext& desk, const EscalationPolicy& policy,
                   AlertRecord& record, std::set<std::string>& changed) {
  auto index = std::min(static_cast<std::size_t>(record.alert.step), policy.steps.size() - 1);
  TRY_ASSIGN(auto usable, usable_channels(session, record.alert));
  TRY_ASSIGN(auto resolved, resolve_step(session, policy, index, usable, desk.clock.wall()));
  TRY_ASSIGN(int sent, enqueue(session, desk, record.alert, record.alert.step, resolved.recipients));
  auto nobody = fmt::format("{}", fmt::join(resolved.nobody, "; "));
  if (!nobody.empty())
    TRY(add_timeline(session, record.alert.id, desk.clock.wall(), "unresolved", "desk",
                     {"desk.timeline.unresolved", {{"nobody", nobody}}}));
  if (sent == 0) {
    desk.metrics.counter("vedette_desk_steps_without_channel_total", "Ladder steps that could reach nobody")
        .add();
    TRY(add_timeline(session, record.alert.id, desk.clock.wall(), "unreachable", "desk",
                     {"desk.timeline.unreachable", {}}));
  }
  auto now = desk.due.now_ms();
  ++record.alert.step;
  record.next_due = next_due(policy, record, now);
  TRY(keep_due(session, desk));
  // Not about itself: its own ladder may stand on the same targets.
  if (nobody.empty() || record.alert.kind == kUnresolvable) return {};
  return take_finding(session, desk, unresolvable_finding(desk, policy, index, nobody), changed);
}

bool applies(const EscalationPolicy& policy, const AlertRecord& record) {
  return !policy.steps.empty() && record.alert.severity >= policy.least &&
         record.alert.state == AlertState::kNew;
}

// The policy that the unit of the alert has chosen; the watch's where none of those above it has.
Result<EscalationPolicy> policy_in_peace(store::Session& session, const Alert& alert) {
  TRY_ASSIGN(auto chosen, policy_of_unit(session, alert.unit));
  if (!chosen) return policy_for(session, alert.watch);
  auto policy = load_policy(session, *chosen);
  if (!policy && policy.error().code() == ErrorCode::kNotFound) return policy_for(session, alert.watch);
  return policy;
}

// A situation report goes to whom its schedule names, everything else by the policy of the period that runs;
// when that is gone, or there is none, by that of the alert's unit or its watch.
Result<EscalationPolicy> policy_under(store::Session& session, const Heightened& heightened,
                                      const Alert& alert) {
  auto id = heightened.policy_id;
  if (alert.kind == kSituationReport) {
    TRY_ASSIGN(auto schedule, load_report_schedule(session, alert.asset.id));
    id = schedule.policy_id;
  }
  if (id.empty()) return policy_in_peace(session, alert);
  auto policy = load_policy(session, id);
  if (!policy && policy.error().code() == ErrorCode::kNotFound) return policy_in_peace(session, alert);
  return policy;
}

Result<bool> climb_from_start(store::Session& session, const DeskContext& desk, const ChosenPolicy& chosen,
                              AlertRecord& record, std::set<std::string>& changed) {
  if (!applies(chosen.policy, record)) return false;
  if (!chosen.period.empty())
    TRY(add_timeline(session, record.alert.id, desk.clock.wall(), "heightened", "desk",
                     {"desk.timeline.heightened",
                      {{"period", chosen.period},
                       {"percent", std::to_string(record.timer_percent)},
                       {"policy", chosen.policy.name}}}));
  TRY(climb(session, desk, chosen.policy, record, changed));
  return true;
}

Result<void> start(store::Session& session, const DeskContext& desk, AlertRecord& record,
                   std::set<std::string>& changed) {
  TRY_ASSIGN(auto chosen, choose_policy(session, desk, record));
  TRY(climb_from_start(session, desk, chosen, record, changed));
  return {};
}

// An acknowledgement is a promise for a time.
Result<void> hold(store::Session& session, const DeskContext& desk, const EscalationPolicy& policy,
                  AlertRecord& record) {
  if (policy.acknowledge_minutes <= 0) return {};
  auto now = desk.due.now_ms();
  record.next_due = now + timer_ms(policy.acknowledge_minutes, record);
  return keep_due(session, desk);
}

Result<void> expire(store::Session& session, const DeskContext& desk, AlertRecord& record,
                    std::set<std::string>& changed) {
  auto now = desk.clock.wall();
  TRY(add_timeline(session, record.alert.id, now, "acknowledgement_expired", "desk",
                   {"desk.timeline.acknowledgement_expired", {{"by", record.alert.acknowledged_by}}}));
  record.alert.state = AlertState::kNew;
  record.alert.acknowledged_at.reset();
  record.alert.acknowledged_by.clear();
  record.raised_at = now;
  ++record.alert.cycle;
  return start(session, desk, record, changed);
}

}  // namespace

Result<Ladder> load_ladder(store::Session& session) {
  auto policy = load_policy(session, std::string(kDefaultPolicy));
  if (!policy && policy.error().code() == ErrorCode::kNotFound) return Ladder{};
  if (!policy) return std::unexpected(policy.error());
  Ladder ladder{{}, policy->repeat_last_minutes, policy->least};
  for (const auto& step : policy->steps) {
    LadderStep one{step.after_minutes, {}};
    for (const auto& target : step.targets) {
      if (target.kind == TargetKind::kChannel) one.channel_ids.push_back(target.id);
    }
    ladder.steps.push_back(std::move(one));
  }
  return ladder;
}

Result<void> store_ladder(store::Session& session, const Clock& clock, const Ladder& ladder,
                          const std::string& by) {
  auto stored = load_policy(session, std::string(kDefaultPolicy));
  if (!stored && stored.error().code() != ErrorCode::kNotFound) return std::unexpected(stored.error());
  auto policy = stored ? *std::move(stored) : first_policy();
  for (const auto& step : policy.steps) {
    for (const auto& target : step.targets) {
      if (target.kind != TargetKind::kChannel) return refuse(ErrorCode::kConflict, "ladder.policy");
    }
  }
  TRY(check_ladder(session, ladder));
  take_ladder(policy, ladder);
  TRY(store_policy(session, clock, std::move(policy), by));
  return {};
}

Result<void> adopt_ladder(store::Session& session, const Clock& clock) {
  TRY_ASSIGN(auto stored, desk_value(session, "ladder"));
  if (!stored) return {};
  auto ladder = old_ladder(*stored);
  if (!ladder) return std::unexpected(std::move(ladder).error().with("taking over the contact ladder"));
  auto policy = first_policy();
  // What it named and is gone by now is no reason to start with nobody to call.
  for (auto& step : ladder->steps)
    std::erase_if(step.channel_ids, [&](const std::string& id) { return !load_channel(session, id); });
  std::erase_if(ladder->steps, [](const LadderStep& step) { return step.channel_ids.empty(); });
  if (!ladder->steps.empty()) ladder->steps.front().after_minutes = 0;
  take_ladder(policy, *ladder);
  TRY(store_policy(session, clock, std::move(policy), "desk"));
  TRY(session.execute("DELETE FROM desk_state WHERE name = 'ladder'"));
  return {};
}

Result<EscalationPolicy> policy_of(store::Session& session, const AlertRecord& record) {
  if (!record.policy_id.empty()) return load_policy_version(session, record.policy_id, record.policy_version);
  auto first = load_policy_version(session, std::string(kDefaultPolicy), 1);
  if (first || first.error().code() != ErrorCode::kNotFound) return first;
  return policy_for(session, record.alert.watch);
}

Result<ChosenPolicy> choose_policy(store::Session& session, const DeskContext& desk, AlertRecord& record) {
  TRY_ASSIGN(auto heightened, heightened_at(session, desk.clock.wall()));
  TRY_ASSIGN(auto policy, policy_under(session, heightened, record.alert));
  record.timer_percent = heightened.timer_percent;
  record.policy_id = policy.id;
  record.policy_version = policy.version;
  record.alert.step = 0;
  record.cycle_due = desk.due.now_ms();
  record.next_due.reset();
  return ChosenPolicy{std::move(policy), std::move(heightened.name)};
}

Result<bool> climb_first(store::Session& session, const DeskContext& desk, const ChosenPolicy& chosen,
                         AlertRecord& record) {
  std::set<std::string> changed;
  return climb_from_start(session, desk, chosen, record, changed);
}

Result<void> start_ladder(store::Session& session, const DeskContext& desk, AlertRecord& record) {
  std::set<std::string> changed;
  return start(session, desk, record, changed);
}

Result<void> resume_ladder(store::Session& session, const DeskContext& desk, AlertRecord& record) {
  TRY_ASSIGN(auto policy, policy_of(session, record));
  if (record.alert.state == AlertState::kAcknowledged) return hold(session, desk, policy, record);
  if (!applies(policy, record)) return {};
  TRY(revive_cancelled(session, desk, record.alert));
  record.next_due = next_due(policy, record, desk.due.now_ms());
  return {};
}

Result<void> stop_ladder(store::Session& session, const DeskContext& desk, AlertRecord& record) {
  record.next_due.reset();
  TRY(cancel_pending(session, desk, record.alert.id));
  if (record.alert.state != AlertState::kAcknowledged) return {};
  TRY_ASSIGN(auto policy, policy_of(session, record));
  return hold(session, desk, policy, record);
}

Result<bool> climb_if_due(store::Session& session, const DeskContext& desk, const std::string& alert_id,
                          std::set<std::string>& changed) {
  TRY_ASSIGN(auto record, load_alert(session, desk.due, alert_id));
  if (!record.next_due || *record.next_due > desk.due.now_ms()) return false;
  TRY_ASSIGN(auto policy, policy_of(session, record));
  if (record.alert.snoozed_until) {
    record.alert.snoozed_until.reset();
    TRY(add_timeline(session, alert_id, desk.clock.wall(), "unsnoozed", "desk",
                     {"desk.timeline.snooze_ended", {}}));
  }
  record.alert.updated_at = desk.clock.wall();
  if (applies(policy, record)) {
    TRY(climb(session, desk, policy, record, changed));
  } else if (record.alert.state == AlertState::kAcknowledged && policy.acknowledge_minutes > 0) {
    TRY(expire(session, desk, record, changed));
  } else {
    record.next_due.reset();
  }
  TRY(save_alert(session, record));
  changed.insert(alert_id);
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
