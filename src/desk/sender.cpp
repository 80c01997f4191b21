#include "desk/sender.h"

#include <random>

#include "base/log.h"
#include "desk/breaker.h"
#include "desk/ingest.h"
#include "desk/mailbox.h"

namespace vedette::desk {
namespace {

bool is_doubtful(const ChannelRecord& record) { return record.channel.state != "ok" || record.failures > 0; }

}  // namespace

Sender::Sender(const DeskContext& desk, store::Database& database, Transport& transport, std::string owner)
    : desk_(desk),
      database_(database),
      transport_(transport),
      owner_(std::move(owner)),
      jitter_(std::random_device{}()) {}

ClaimLimits Sender::limits() {
  std::lock_guard lock(mutex_);
  ClaimLimits limits;
  std::size_t fair = std::max<std::size_t>(1, desk_.options.senders / 2);
  limits.proven_only = doubtful_ >= fair;
  for (const auto& [id, load] : loads_) {
    if (load.sending >= (load.failing ? 1 : fair)) limits.busy_channels.insert(id);
  }
  auto now = desk_.clock.steady();
  for (auto& [id, bucket] : buckets_) {
    double minutes = std::chrono::duration<double, std::ratio<60>>(now - bucket.filled).count();
    bucket.tokens =
        std::min<double>(bucket.rate_per_minute, bucket.tokens + minutes * bucket.rate_per_minute);
    bucket.filled = now;
    if (bucket.tokens < 1) limits.slow_channels.insert(id);
  }
  return limits;
}

void Sender::begin(const Claim& claim, int rate_per_minute) {
  std::lock_guard lock(mutex_);
  if (is_doubtful(claim.channel)) ++doubtful_;
  const auto& id = claim.channel.channel.id;
  ++loads_[id].sending;
  loads_[id].failing = claim.channel.channel.state == "failing";
  auto [bucket, fresh] = buckets_.try_emplace(id);
  if (fresh) bucket->second = {static_cast<double>(rate_per_minute), desk_.clock.steady(), rate_per_minute};
  bucket->second.rate_per_minute = rate_per_minute;
  bucket->second.tokens = std::max(0.0, bucket->second.tokens - 1);
}

void Sender::end(const Claim& claim, bool failing) {
  std::lock_guard lock(mutex_);
  if (is_doubtful(claim.channel)) --doubtful_;
  auto& load = loads_[claim.channel.channel.id];
  --load.sending;
  load.failing = failing;
}

Result<Sender::Outcome> Sender::send_one(const std::function<void()>& claimed) {
  bool due = false;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(due, anything_due(session, desk_));
    return {};
  }));
  if (!due) return Outcome{};
  std::optional<Claim> claim;
  {
    auto limits = this->limits();
    TRY(database_.write([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(claim, claim_next(session, desk_, owner_, limits));
      return {};
    }));
    if (!limits.slow_channels.empty()) {
      desk_.metrics
          .counter("vedette_desk_rate_limited_total",
                   "Times a channel was over its rate and only critical went")
          .add();
    }
  }
  if (!claim) return Outcome{};
  claimed();
  auto settings = settings_of(claim->channel, desk_.keys);
  begin(*claim, settings ? settings->rate_per_minute : 60);
  Delivered delivered = std::unexpected(Failure{settings ? "" : settings.error().full(), true, {}, false});
  if (settings) {
    Notice notice = make_notice(desk_, *claim);
    delivered = deliver({desk_, claim->channel.channel, *settings, notice, claim->notification.id,
                         claim->notification.target, &*claim},
                        transport_);
  }
  auto changed = settle(*claim, delivered);
  end(*claim, !delivered && !delivered.error().recipient_only);
  if (!changed) return std::unexpected(std::move(changed).error());
  return Outcome{true, *std::move(changed)};
}

Result<std::vector<std::string>> Sender::settle(const Claim& claim, const Delivered& delivered) {
  std::vector<std::string> changed;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    changed = {claim.alert.alert.id};
    HealthChange change = HealthChange::kNone;
    if (delivered) {
      TRY_ASSIGN(bool ours, settle_accepted(session, desk_, claim, delivered->receipt));
      if (ours && delivered->caught) TRY(catch_mail(session, *delivered->caught));
      TRY_ASSIGN(change, note_success(session, desk_, claim.channel));
      TRY(report_recipient(session, claim, nullptr, changed));
    } else {
      TRY_ASSIGN(bool ours, settle_failed(session, desk_, claim, delivered.error(), jitter_));
      if (!ours) return {};
      if (delivered.error().recipient_only) {
        TRY_ASSIGN(bool others, others_are_reached(session, claim.channel, claim.notification.target));
        if (others) return report_recipient(session, claim, &delivered.error(), changed);
      }
      TRY_ASSIGN(change,
                 note_failure(session, claim.channel, delivered.error().error, delivered.error().for_good));
      TRY(open_breaker(session, desk_, claim.channel.channel.id));
    }
    return report_health(session, claim, change, delivered ? "" : delivered.error().error, changed);
  }));
  desk_.metrics
      .counter("vedette_desk_sendings_total", "Tries to send a notification",
               {{"channel_kind", std::string(to_string(claim.channel.channel.kind))},
                {"outcome", delivered ? "accepted" : "failed"}})
      .add();
  if (!delivered) {
    log::warn("desk", "a notification was not taken",
              {{"vedette.notification.id", claim.notification.id},
               {"vedette.channel.name", claim.channel.channel.name},
               {"error.message", delivered.error().error}});
  }
  return changed;
}

// A dead channel is an alert of its own, in the transaction that found it dead; it goes out through the
// others.
Result<void> Sender::report_health(store::Session& session, const Claim& claim, HealthChange change,
                                   const std::string& error, std::vector<std::string>& changed) {
  if (change == HealthChange::kNone) return {};
  std::set<std::string> alerts;
  TRY(take_finding(
      session, desk_,
      channel_finding(desk_, claim.channel.channel,
                      change == HealthChange::kDied ? FindingState::kPresent : FindingState::kResolved,
                      error),
      alerts));
  changed.insert(changed.end(), alerts.begin(), alerts.end());
  return {};
}

// One person who cannot be reached: known when the server says "never", or when it has said "later" for long.
Result<void> Sender::report_recipient(store::Session& session, const Claim& claim, const Failure* failure,
                                      std::vector<std::string>& changed) {
  const auto& channel = claim.channel.channel;
  const auto& target = claim.notification.target;
  bool refused = failure && (failure->for_good || claim.notification.attempts >= kAttemptsMax);
  if (failure && !refused) return {};
  if (!failure) {
    TRY_ASSIGN(bool open, recipient_is_open(session, channel, target));
    if (!open) return {};
  }
  std::set<std::string> alerts;
  TRY(take_finding(
      session, desk_,
      recipient_finding(desk_, channel, target, refused ? FindingState::kPresent : FindingState::kResolved,
                        failure ? failure->error : ""),
      alerts));
  changed.insert(changed.end(), alerts.begin(), alerts.end());
  return {};
}

}  // namespace vedette::desk
