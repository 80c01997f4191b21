#include "desk/breaker.h"

namespace vedette::desk {
namespace {

constexpr std::int64_t kFirstMs = 15'000, kMostMs = 60'000;
constexpr std::int64_t kFailuresBefore = 3;  // as note_failure() counts them

}  // namespace

Result<bool> hold_if_open(store::Session& session, const DeskContext& desk, const ChannelRecord& channel) {
  if (channel.channel.state != "failing") return false;
  auto now = desk.due.now_ms();
  const auto& id = channel.channel.id;
  if (channel.probe_due <= now) {
    TRY(session.execute("UPDATE channels SET probe_due = ? WHERE id = ?",
                        {now + desk.options.lease.count(), id}));
    desk.metrics
        .counter("vedette_desk_breaker_probes_total", "Messages that tried whether a failing channel works")
        .add();
    return false;
  }
  // Not what is being sent, the one that tries it among them.
  TRY(session.execute(
      "UPDATE notifications SET due = ? WHERE channel_id = ? AND state = 'pending' AND due <= ?",
      {channel.probe_due, id, now}));
  TRY(
      session.execute("UPDATE notifications SET state = 'pending', lease_owner = '', due = ? WHERE "
                      "channel_id = ? AND state = "
                      "'leased' AND due <= ?",
                      {channel.probe_due, id, now}));
  return true;
}

Result<void> open_breaker(store::Session& session, const DeskContext& desk, const std::string& channel_id) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT failures FROM channels WHERE id = ? AND state = 'failing'", {channel_id}));
  if (rows.empty()) return {};
  auto again = std::clamp<std::int64_t>(rows[0].integer(0) - kFailuresBefore, 0, 10);
  TRY(session.execute("UPDATE channels SET probe_due = ? WHERE id = ?",
                      {desk.due.now_ms() + std::min(kMostMs, kFirstMs << again), channel_id}));
  return {};
}

Result<void> close_breaker(store::Session& session, const DeskContext& desk, const std::string& channel_id) {
  TRY(session.execute(
      "UPDATE notifications SET due = ? WHERE channel_id = ? AND state = 'pending' AND due > ?",
      {desk.due.now_ms(), channel_id, desk.due.now_ms()}));
  return {};
}

}  // namespace vedette::desk
