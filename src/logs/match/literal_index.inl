// The searches of LiteralIndex, which are inlined into the matcher.
#pragma once

#include <algorithm>
#include <cstring>

#include "logs/match/literal_index.h"

namespace vedette::logs::match {

inline std::uint64_t LiteralIndex::hash_of(std::string_view text) {
  std::uint64_t hash = text.size() * 0x9E3779B97F4A7C15ULL;
  std::size_t at = 0;
  for (; text.size() - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    hash = spread(hash ^ word);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, text.data() + at, text.size() - at);
  return spread(hash ^ rest ^ 0xA5);
}

inline std::size_t LiteralIndex::tail_begin(std::string_view text) {
  auto at = text.size();
  while (at > 0 && text[at - 1] != '\\' && text[at - 1] != '/') --at;
  return at == 0 ? std::string_view::npos : at - 1;
}

template <class Found>
void LiteralIndex::probe(const HashTable& table, std::uint64_t key, std::string_view text, std::size_t at,
                         Found&& found) const {
  const auto* slot = table.find(key);
  if (slot == nullptr) return;
  for (auto i = slot->begin; i < slot->end; ++i) {
    const auto [number, offset] = table.entries[i];
    const std::string_view literal = literals_[number].text;
    if (at < offset || text.size() - (at - offset) < literal.size()) continue;
    if (std::memcmp(text.data() + at - offset, literal.data(), literal.size()) == 0) found(number);
  }
}

template <class Found>
void LiteralIndex::search_contains(std::string_view text, Found&& found) const {
  if (!grams_.slots.empty() && text.size() >= 4) {
    const auto* bits = gram_bits_.data();
    const auto shift = gram_shift_;
    const char* bytes = text.data();
    const auto may = [&](std::uint32_t gram) {
      const auto hash = (gram * 0x9E3779B1U) >> shift;
      return bits[hash >> 6] >> (hash & 63) & 1;
    };
    // Four places at a time, which are told apart only where one may be something.
    const auto last = text.size() - 4;
    for (std::size_t at = 0; at <= last; at += 4) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + at, 8);
      const std::uint32_t grams[4] = {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 8),
                                      static_cast<std::uint32_t>(word >> 16),
                                      static_cast<std::uint32_t>(word >> 24)};
      if ((may(grams[0]) | may(grams[1]) | may(grams[2]) | may(grams[3])) == 0) continue;
      for (std::size_t i = 0; i < 4 && at + i <= last; ++i)
        if (may(grams[i]) != 0) probe(grams_, grams[i], text, at + i, found);
    }
  }
  if (!pairs_.slots.empty() && text.size() >= 2) {
    const auto* bits = pair_bits_.data();
    for (std::size_t at = 0; at + 2 <= text.size(); ++at) {
      std::uint16_t pair = 0;
      std::memcpy(&pair, text.data() + at, 2);
      if ((bits[pair >> 6] >> (pair & 63) & 1) != 0) probe(pairs_, pair, text, at, found);
    }
  }
  for (const auto& [byte, number] : bytes_)
    if (text.find(byte) != std::string_view::npos) found(number);
}

template <class Found>
void LiteralIndex::search(std::string_view text, Found&& found) const {
  if (text.size() <= equals_bytes_max_ && !equals_.slots.empty())
    probe(equals_, hash_of(text), text, 0, [&](Number number) {
      if (literals_[number].text.size() == text.size()) found(number);
    });
  if (!tails_.slots.empty())
    if (const auto tail = tail_begin(text); tail != std::string_view::npos)
      probe(tails_, hash_of(text.substr(tail)), text, tail, found);
  if (!begins_.empty()) begins_.search(text, found);
  if (!ends_.empty()) ends_.search(text, found);
  search_contains(text, found);
}

}  // namespace vedette::logs::match
