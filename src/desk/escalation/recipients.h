// Recipients: what a step's targets come to at a moment.
#pragma once

#include "desk/channel_store.h"
#include "desk/escalation/policy.h"

namespace vedette::desk {

// One message to send: through this channel to this target. `person` and `contact` tell whose contact it is,
// so that the next one can be tried when this is not accepted.
struct Recipient {
  ChannelRecord channel;
  std::string target;
  std::string person = {};  // empty: a channel as such
  int contact = 0;
};

struct Resolved {
  std::vector<Recipient> recipients = {};
  std::vector<std::string> nobody = {};  // names of the persons and tiers that came to nobody
  bool by_fallback = false;
};

// Channels that are disabled, or that the alert says are dead, are left out; a person's contact through a
// failing channel comes only when they have no better one.
Result<Resolved> resolve(store::Session& session, const std::vector<EscalationTarget>& targets,
                         const std::vector<ChannelRecord>& usable, WallTime at);
// A step must reach somebody: its own targets, else the policy's fallback, else every channel there is.
Result<Resolved> resolve_step(store::Session& session, const EscalationPolicy& policy, std::size_t step,
                              const std::vector<ChannelRecord>& usable, WallTime at);
// The person's contacts from `from` on: the first that can be used. Empty: none is left.
Result<std::vector<Recipient>> contact_of(store::Session& session, const std::string& person, int from,
                                          const std::vector<ChannelRecord>& usable);
// Enabled ones, without the one the alert is about.
Result<std::vector<ChannelRecord>> usable_channels(store::Session& session, const Alert& about);
// Every target of a channel.
std::vector<Recipient> everybody_of(const ChannelRecord& channel);

}  // namespace vedette::desk
