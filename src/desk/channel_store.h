// Channels as rows. A removed channel stays as a row that old notifications refer to.
#pragma once

#include "desk/channel_settings.h"
#include "desk/context.h"

namespace vedette::desk {

struct ChannelRecord {
  Channel channel;
  std::string sealed_secrets;
  int failures = 0;            // in a row
  std::int64_t probe_due = 0;  // when a failing one is tried again (breaker.h)
};

Result<std::vector<ChannelRecord>> load_channels(store::Session& session);
Result<ChannelRecord> load_channel(store::Session& session, const std::string& id);
Result<ChannelSettings> settings_of(const ChannelRecord& record, const Keys& keys);
// Checks and stores; an empty id makes a new one. A changed channel is "untested" until it has taken
// something.
Result<Channel> store_channel(store::Session& session, const DeskContext& desk, Channel channel);
Result<void> remove_channel_row(store::Session& session, const std::string& id);
// Mails and text messages go to addresses; a webhook or a chat to the channel itself.
constexpr bool goes_to_addresses(ChannelKind kind) {
  return kind == ChannelKind::kSmtp || kind == ChannelKind::kMailbox || kind == ChannelKind::kSms;
}
// Who a notification through this channel goes to: each address or number, or the channel's name.
std::vector<std::string> targets_of(const ChannelRecord& record);

// What sending came to. Three failures in a row, or one that trying again cannot mend, make a channel
// "failing".
enum class HealthChange { kNone, kDied, kRecovered };
Result<HealthChange> note_success(store::Session& session, const DeskContext& desk,
                                  const ChannelRecord& record);
Result<HealthChange> note_failure(store::Session& session, const ChannelRecord& record,
                                  const std::string& error, bool for_good);
// What the desk reports about one of its own channels.
Finding channel_finding(const DeskContext& desk, const Channel& channel, FindingState state,
                        const std::string& error);
inline constexpr std::string_view kChannelDead = "channel_dead";

// A refused recipient is the channel's fault only when none of its other recipients was reached last time.
Result<bool> others_are_reached(store::Session& session, const ChannelRecord& record,
                                const std::string& target);
Finding recipient_finding(const DeskContext& desk, const Channel& channel, const std::string& target,
                          FindingState state, const std::string& error);
// Such a finding is open: the next mail that is taken resolves it.
Result<bool> recipient_is_open(store::Session& session, const Channel& channel, const std::string& target);
inline constexpr std::string_view kRecipientRefused = "recipient_refused";

}  // namespace vedette::desk
