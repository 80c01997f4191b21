#include "sites/judge/presence_set.h"

#include <algorithm>

#include "base/assert.h"
#include "sites/judge/bytes.h"

namespace vedette::sites {

const PresenceSet::Item* PresenceSet::find(std::uint32_t hash) const {
  auto at = std::lower_bound(items_.begin(), items_.end(), hash,
                             [](const Item& item, std::uint32_t value) { return item.hash < value; });
  return at != items_.end() && at->hash == hash ? &*at : nullptr;
}

bool PresenceSet::known(std::uint32_t hash) const { return hash > limit_ || find(hash) != nullptr; }

std::uint8_t PresenceSet::seen(std::uint32_t hash) const {
  const Item* item = find(hash);
  return item == nullptr ? 0 : item->seen;
}

void PresenceSet::merge(std::span<const std::uint32_t> present, bool full, bool pin, std::uint8_t weight) {
  std::vector<Item> merged;
  merged.reserve(std::min(items_.size() + present.size(), 2 * capacity_));
  auto old = items_.begin();
  auto fade = [&](Item item) {
    item.seen = pin ? std::min<std::uint8_t>(item.seen, weight / 4) : decayed(item.seen, full);
    if (item.seen > 0 || item.pinned) merged.push_back(item);
  };
  for (std::uint32_t hash : present) {
    if (hash > limit_) break;
    while (old != items_.end() && old->hash < hash) fade(*old++);
    Item item{hash, 0, false};
    if (old != items_.end() && old->hash == hash) item = *old++;
    if (pin) {
      item.seen = weight;
      item.pinned = true;
    } else {
      item.seen = static_cast<std::uint8_t>(std::min(decayed(item.seen, full) + kSeenStep, +kWeightMax));
    }
    merged.push_back(item);
    // A page of a million blocks needs no more of them than the sample can hold.
    if (merged.size() >= 2 * capacity_) {
      limit_ = merged[capacity_ - 1].hash;
      break;
    }
  }
  while (old != items_.end() && old->hash <= limit_) fade(*old++);
  while (!merged.empty() && merged.back().hash > limit_) merged.pop_back();
  items_ = std::move(merged);
  shrink();
  items_.shrink_to_fit();
}

void PresenceSet::shrink() {
  if (items_.size() <= capacity_) return;
  // What fades goes first: tokens and ads must not push out the page itself.
  for (std::uint8_t floor = 2; floor <= kSeenStep && items_.size() > capacity_; floor *= 2) {
    std::erase_if(items_, [&](const Item& item) { return item.seen < floor && !item.pinned; });
  }
  if (items_.size() <= capacity_) return;
  items_.resize(capacity_);
  limit_ = items_.back().hash;
}

void PresenceSet::learn(std::span<const std::uint32_t> present, bool full) { merge(present, full, false, 0); }

void PresenceSet::approve(std::span<const std::uint32_t> present, std::uint8_t weight) {
  merge(present, false, true, weight);
}

PresenceSet::Share PresenceSet::compare(std::span<const std::uint32_t> present, std::uint8_t weight,
                                        double share) const {
  Share result;
  const double floor = share * weight;
  auto at = present.begin();
  for (const Item& item : items_) {
    while (at != present.end() && *at < item.hash) ++at, ++result.current;
    const bool here = at != present.end() && *at == item.hash;
    if (here) ++at, ++result.current, ++result.known;
    if (item.seen >= floor) ++result.stable, result.kept += here ? 1u : 0u;
  }
  while (at != present.end() && *at <= limit_) ++at, ++result.current;
  return result;
}

void PresenceSet::write(std::string& out) const {
  put(out, limit_, 4);
  put(out, items_.size(), 2);
  for (const Item& item : items_) {
    put(out, item.hash, 4);
    // The top bit is free: kWeightMax eighths fit below it as value - 1 for non-zero counts.
    put(out, static_cast<std::uint64_t>(item.seen == 0 ? 0 : item.seen - 1) | (item.pinned ? 0x80u : 0u), 1);
  }
}

bool PresenceSet::read(std::string_view& in) {
  std::uint64_t count = 0;
  if (!take_as(in, 4, limit_) || !take(in, 2, count) || count > capacity_) return false;
  items_.clear();
  items_.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    Item item;
    std::uint64_t state = 0;
    if (!take_as(in, 4, item.hash) || !take(in, 1, state)) return false;
    if (item.hash > limit_ || (!items_.empty() && item.hash <= items_.back().hash)) return false;
    item.pinned = (state & 0x80u) != 0;
    item.seen = static_cast<std::uint8_t>((state & 0x7fu) + 1);
    items_.push_back(item);
  }
  return true;
}

}  // namespace vedette::sites
