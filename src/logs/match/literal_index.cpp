#include "logs/match/literal_index.h"

#include <array>
#include <bit>
#include <unordered_map>

#include "base/assert.h"

namespace vedette::logs::match {
namespace {

// About how often a byte stands in folded logs, as a weight; only the order matters. What stands in paths and
// command lines everywhere is dear, digits and rare letters and signs are cheap.
std::uint32_t weight_of(unsigned char c) {
  static constexpr std::string_view kOften = "esictnorald.\\mwx ", kSometimes = "pubhfgyv-_:/0123\"=;,";
  if (kOften.find(static_cast<char>(c)) != std::string_view::npos) return 6;
  if (kSometimes.find(static_cast<char>(c)) != std::string_view::npos) return 3;
  return 1;
}

std::uint32_t gram_at(std::string_view text, std::size_t at) {
  std::uint32_t gram = 0;
  std::memcpy(&gram, text.data() + at, 4);
  return gram;
}

}  // namespace

void LiteralIndex::HashTable::build(
    std::vector<std::pair<std::uint64_t, std::pair<Number, std::uint32_t>>> keyed) {
  if (keyed.empty()) return;
  std::ranges::sort(keyed);
  slots.resize(std::bit_ceil(keyed.size() * 2));
  mask = slots.size() - 1;
  for (std::size_t i = 0; i < keyed.size();) {
    Slot slot{keyed[i].first, static_cast<std::uint32_t>(entries.size()), 0};
    for (; i < keyed.size() && keyed[i].first == slot.key; ++i) entries.push_back(keyed[i].second);
    slot.end = static_cast<std::uint32_t>(entries.size());
    auto at = spread(slot.key) & mask;
    while (slots[at].end != 0) at = (at + 1) & mask;
    slots[at] = slot;
  }
}

void LiteralIndex::build_contains() {
  std::unordered_map<std::uint32_t, std::uint32_t> uses;  // of four bytes, over all literals
  std::size_t count = 0;
  for (const auto& [where, text] : literals_) {
    if (where != Literal::Where::kContains || text.size() < 4) continue;
    ++count;
    for (std::size_t at = 0; at + 4 <= text.size(); ++at) ++uses[gram_at(text, at)];
  }
  const auto bits = std::clamp<std::size_t>(std::bit_ceil(count * 32), 512, std::size_t{1} << 18);
  gram_shift_ = 32 - static_cast<unsigned>(std::countr_zero(bits));
  std::vector<std::pair<std::uint64_t, std::pair<Number, std::uint32_t>>> grams, pairs;
  for (Number number = 0; number < literals_.size(); ++number) {
    const auto& [where, text] = literals_[number];
    if (where != Literal::Where::kContains) continue;
    VEDETTE_ASSERT(!text.empty());
    if (text.size() == 1) {
      bytes_.emplace_back(text[0], number);
    } else if (text.size() < 4) {
      std::uint16_t pair = 0;
      std::memcpy(&pair, text.data(), 2);
      pair_bits_.resize(65536 / 64);
      pair_bits_[pair >> 6] |= std::uint64_t{1} << (pair & 63);
      pairs.push_back({pair, {number, 0}});
    } else {
      std::size_t best = 0;
      std::uint64_t best_cost = ~std::uint64_t{0};
      for (std::size_t at = 0; at + 4 <= text.size(); ++at) {
        std::uint64_t cost = 1;
        for (std::size_t i = 0; i < 4; ++i) cost *= weight_of(static_cast<unsigned char>(text[at + i]));
        cost *= 4 + uses[gram_at(text, at)];
        if (cost < best_cost) best = at, best_cost = cost;
      }
      const auto gram = gram_at(text, best);
      const auto hash = (gram * 0x9E3779B1U) >> gram_shift_;
      gram_bits_.resize(bits / 64);
      gram_bits_[hash >> 6] |= std::uint64_t{1} << (hash & 63);
      grams.push_back({gram, {number, static_cast<std::uint32_t>(best)}});
    }
  }
  grams_.build(std::move(grams));
  pairs_.build(std::move(pairs));
}

LiteralIndex LiteralIndex::build(std::vector<Literal> literals) {
  LiteralIndex index;
  index.literals_ = std::move(literals);
  std::vector<std::pair<std::uint64_t, std::pair<Number, std::uint32_t>>> equals, tails;
  std::vector<std::pair<std::string, Number>> begins, ends;
  for (Number number = 0; number < index.literals_.size(); ++number) {
    const auto& [where, text] = index.literals_[number];
    if (where == Literal::Where::kEquals) {
      equals.push_back({hash_of(text), {number, 0}});
      index.equals_bytes_max_ = std::max(index.equals_bytes_max_, text.size());
    }
    if (where == Literal::Where::kBegins) begins.emplace_back(text, number);
    if (where != Literal::Where::kEnds) continue;
    if (const auto tail = tail_begin(text); tail != std::string::npos)
      tails.push_back(
          {hash_of(std::string_view(text).substr(tail)), {number, static_cast<std::uint32_t>(tail)}});
    else
      ends.emplace_back(text, number);
  }
  index.equals_.build(std::move(equals));
  index.tails_.build(std::move(tails));
  index.begins_.build(begins);
  index.ends_.build(ends);
  index.build_contains();
  return index;
}

std::size_t LiteralIndex::bytes() const {
  std::size_t sum = (gram_bits_.size() + pair_bits_.size()) * 8;
  for (const auto& literal : literals_) sum += sizeof literal + literal.text.capacity();
  for (const auto* table : {&equals_, &tails_, &grams_, &pairs_})
    sum += table->slots.size() * sizeof(HashTable::Slot) + table->entries.size() * 8;
  return sum + begins_.bytes() + ends_.bytes();
}

}  // namespace vedette::logs::match
