#include "logs/match/value_memo.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace vedette::logs::match {
namespace {

std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const auto wide = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(wide) ^ static_cast<std::uint64_t>(wide >> 64);
}

std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
  constexpr std::uint64_t kFirst = 0xA0761D6478BD642FULL, kSecond = 0xE7037ED1A0B428DBULL;
  std::uint64_t hash = seed ^ text.size() * kFirst, a = 0, b = 0;
  std::size_t at = 0;
  for (; text.size() - at >= 16; at += 16) {
    std::memcpy(&a, text.data() + at, 8);
    std::memcpy(&b, text.data() + at + 8, 8);
    hash = multiply(a ^ kFirst, b ^ hash);
  }
  a = b = 0;
  const auto rest = text.size() - at;
  std::memcpy(&a, text.data() + at, std::min<std::size_t>(rest, 8));
  if (rest > 8) std::memcpy(&b, text.data() + at + 8, rest - 8);
  return multiply(a ^ kSecond, b ^ hash);
}

}  // namespace

ValueMemo::ValueMemo(std::size_t bytes) {
  // A quarter for the places, the rest for what they hold.
  const auto places = std::bit_floor(std::max<std::size_t>(bytes / 4 / sizeof(Place), kWays * 64));
  places_.resize(places);
  mask_ = places / kWays - 1;
  ring_bytes_ =
      std::max<std::size_t>(bytes * 3 / 4, 4 * (kValueBytesMax + 4 * kNumbersMax)) & ~std::size_t{7};
  ring_ = std::make_unique_for_overwrite<std::uint32_t[]>(ring_bytes_ / 4);
}

ValueMemo::Key ValueMemo::key(const void* where, std::string_view value, bool escaped) const {
  return {where, value, hash_of(value, reinterpret_cast<std::uintptr_t>(where) + escaped), escaped};
}

std::optional<std::span<const std::uint32_t>> ValueMemo::find(const Key& key) const {
  const auto set = (key.hash & mask_) * kWays;
  for (std::size_t way = 0; way < kWays; ++way) {
    const auto& place = places_[set + way];
    if (place.hash != key.hash || place.where != key.where || place.size != key.value.size() ||
        place.escaped != key.escaped || !alive(place))
      continue;
    const auto* numbers = ring_.get() + place.at % ring_bytes_ / 4;
    if (std::memcmp(numbers + place.numbers, key.value.data(), key.value.size()) == 0)
      return std::span(numbers, place.numbers);
  }
  return std::nullopt;
}

void ValueMemo::keep(const Key& key, std::span<const std::uint32_t> numbers) {
  if (key.value.size() > kValueBytesMax || numbers.size() > kNumbersMax) return;
  const auto size = numbers.size() * 4 + (key.value.size() + 3) / 4 * 4;
  // Nothing stands across the ring's end.
  if (head_ % ring_bytes_ + size > ring_bytes_) head_ += ring_bytes_ - head_ % ring_bytes_;
  auto* to = ring_.get() + head_ % ring_bytes_ / 4;
  std::ranges::copy(numbers, to);  // there may be none: memcpy takes no null
  if (!key.value.empty()) std::memcpy(to + numbers.size(), key.value.data(), key.value.size());
  const auto set = (key.hash & mask_) * kWays;
  places_[set + 1] = places_[set];
  places_[set] = {key.where,
                  key.hash,
                  head_,
                  static_cast<std::uint32_t>(key.value.size()),
                  static_cast<std::uint32_t>(numbers.size()),
                  key.escaped};
  head_ += size;
}

}  // namespace vedette::logs::match
