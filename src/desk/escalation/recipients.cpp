#include "desk/escalation/recipients.h"

#include "desk/periods/period_store.h"
#include "desk/roster/person.h"
#include "desk/roster/roster_store.h"

namespace vedette::desk {
namespace {

const ChannelRecord* channel_by_id(const std::vector<ChannelRecord>& channels, std::string_view id) {
  auto found = std::ranges::find(channels, id, [](const ChannelRecord& one) { return one.channel.id; });
  return found == channels.end() ? nullptr : &*found;
}

bool failing(const ChannelRecord& record) { return record.channel.state == "failing"; }

std::vector<Recipient> through(const ChannelRecord& channel, const Person& person, int contact) {
  auto address = person.contacts[static_cast<std::size_t>(contact)].address;
  if (address.empty() && channel.channel.kind == ChannelKind::kSms) address = person.phone;
  if (!address.empty()) return {{channel, address, person.id, contact}};
  // A webhook or a chat is told whom it is for.
  if (!goes_to_addresses(channel.channel.kind)) return {{channel, person.name, person.id, contact}};
  auto out = everybody_of(channel);
  for (auto& one : out) {
    one.person = person.id;
    one.contact = contact;
  }
  return out;
}

// The first contact that works; when none does, the first whose channel at least is switched on.
std::vector<Recipient> first_contact(const Person& person, int from,
                                     const std::vector<ChannelRecord>& usable) {
  std::vector<Recipient> poor;
  for (int i = from; i < static_cast<int>(person.contacts.size()); ++i) {
    const auto* channel = channel_by_id(usable, person.contacts[static_cast<std::size_t>(i)].channel_id);
    if (!channel) continue;
    auto found = through(*channel, person, i);
    if (!failing(*channel)) return found;
    if (poor.empty()) poor = std::move(found);
  }
  return poor;
}

// Who a person or a tier is at that moment: in a watch period a tier may be several.
Result<std::vector<Person>> people_at(store::Session& session, const EscalationTarget& target, WallTime at,
                                      std::string& name) {
  name = target.id;
  std::vector<std::string> ids{target.id};
  std::vector<Person> out;
  if (target.kind == TargetKind::kTier) {
    auto roster = load_roster(session, target.id);
    if (!roster && roster.error().code() != ErrorCode::kNotFound) return std::unexpected(roster.error());
    const auto* tier = roster ? tier_of(*roster, target.tier) : nullptr;
    if (!tier) return out;
    name = fmt::format("{}, {}", roster->name, tier->name.empty() ? tier->id : tier->name);
    TRY_ASSIGN(auto facts, load_facts(session, target.id, at, at + std::chrono::milliseconds(1)));
    const auto own = on_duty(*tier, facts, at).person;
    TRY_ASSIGN(ids, people_beside(session, target.id, target.tier, at));
    std::erase(ids, own);
    if (!own.empty()) ids.insert(ids.begin(), own);
  }
  for (const auto& id : ids) {
    auto person = load_person(session, id);
    if (!person && person.error().code() != ErrorCode::kNotFound) return std::unexpected(person.error());
    if (!person) continue;
    if (target.kind == TargetKind::kPerson) name = person->name;
    out.push_back(*std::move(person));
  }
  return out;
}

}  // namespace

std::vector<Recipient> everybody_of(const ChannelRecord& channel) {
  std::vector<Recipient> out;
  for (auto& target : targets_of(channel)) out.push_back({channel, std::move(target)});
  return out;
}

Result<std::vector<ChannelRecord>> usable_channels(store::Session& session, const Alert& about) {
  TRY_ASSIGN(auto all, load_channels(session));
  std::erase_if(all, [&](const ChannelRecord& record) {
    return !record.channel.enabled || (about.kind == kChannelDead && about.asset.id == record.channel.id);
  });
  return all;
}

Result<std::vector<Recipient>> contact_of(store::Session& session, const std::string& person_id, int from,
                                          const std::vector<ChannelRecord>& usable) {
  auto person = load_person(session, person_id);
  if (!person && person.error().code() == ErrorCode::kNotFound) return std::vector<Recipient>();
  if (!person) return std::unexpected(person.error());
  return first_contact(*person, from, usable);
}

Result<Resolved> resolve(store::Session& session, const std::vector<EscalationTarget>& targets,
                         const std::vector<ChannelRecord>& usable, WallTime at) {
  Resolved out;
  for (const auto& target : targets) {
    if (target.kind == TargetKind::kChannel) {
      if (const auto* channel = channel_by_id(usable, target.id))
        std::ranges::move(everybody_of(*channel), std::back_inserter(out.recipients));
      continue;
    }
    std::string name;
    TRY_ASSIGN(auto people, people_at(session, target, at, name));
    const auto before = out.recipients.size();
    for (const auto& person : people)
      std::ranges::move(first_contact(person, 0, usable), std::back_inserter(out.recipients));
    if (out.recipients.size() == before) out.nobody.push_back(name);
  }
  return out;
}

Result<Resolved> resolve_step(store::Session& session, const EscalationPolicy& policy, std::size_t step,
                              const std::vector<ChannelRecord>& usable, WallTime at) {
  TRY_ASSIGN(auto out, resolve(session, policy.steps[step].targets, usable, at));
  if (!out.recipients.empty()) return out;
  out.by_fallback = true;
  TRY_ASSIGN(auto fallback, resolve(session, policy.fallback, usable, at));
  out.recipients = std::move(fallback.recipients);
  if (!out.recipients.empty()) return out;
  for (const auto& channel : usable)
    std::ranges::move(everybody_of(channel), std::back_inserter(out.recipients));
  return out;
}

}  // namespace vedette::desk
