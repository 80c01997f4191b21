#include "logs/sigma/distinct_values.h"

#include <algorithm>

#include "base/hash.h"

namespace vedette::logs::sigma {

std::size_t DistinctValues::add(std::int64_t time_ms, std::string_view value, std::int64_t begin_ms,
                                std::size_t most) {
  std::string digest;
  if (value.size() > kValueBytesMax) value = digest = sha256_hex(value);
  const auto gone = [&](const Seen& oldest, std::size_t size) {
    return size > most || oldest.at_ms <= begin_ms;
  };
  if (!many_) {
    add_to_few(time_ms, value);
    std::size_t over = 0;
    while (over < few_.size() && gone(few_[over], few_.size() - over)) ++over;
    few_.erase(few_.begin(), few_.begin() + static_cast<std::ptrdiff_t>(over));
    if (few_.size() <= kFewMax) return few_.size();
    index();
    return many_->seen.size();
  }
  many_->add(time_ms, value);
  auto& seen = many_->seen;
  while (!seen.empty() && gone(seen.front(), seen.size())) {
    many_->by_value.erase(seen.front().value);
    seen.pop_front();
  }
  return seen.size();
}

// In both forms what is late stands behind all that was seen until then.
void DistinctValues::add_to_few(std::int64_t time_ms, std::string_view value) {
  const auto place = std::ranges::upper_bound(few_, time_ms, {}, &Seen::at_ms);
  const auto known = std::ranges::find(few_, value, &Seen::value);
  if (known == few_.end()) {
    few_.insert(place, Seen{std::string(value), time_ms});
  } else if (known->at_ms <= time_ms) {
    known->at_ms = time_ms;
    std::rotate(known, known + 1, place);
  }
}

void DistinctValues::Many::add(std::int64_t time_ms, std::string_view value) {
  auto place = seen.end();
  while (place != seen.begin() && std::prev(place)->at_ms > time_ms) --place;
  const auto known = by_value.find(value);
  if (known == by_value.end()) {
    const auto added = seen.insert(place, {std::string(value), time_ms});
    by_value.emplace(added->value, added);
  } else if (known->second->at_ms <= time_ms) {
    known->second->at_ms = time_ms;
    seen.splice(place, seen, known->second);
  }
}

void DistinctValues::index() {
  many_ = std::make_unique<Many>();
  for (auto& one : few_) {
    const auto added = many_->seen.insert(many_->seen.end(), std::move(one));
    many_->by_value.emplace(added->value, added);
  }
  few_ = {};
}

}  // namespace vedette::logs::sigma
