// LiteralIndex: which of many literals a text equals, begins with, ends with or contains; all of them at
// once, exactly.
//
// - equals: a hash of the whole text.
// - ends with: where the literal has a path separator, a hash of what stands behind the last one ("\cmd.exe":
//   the file's name); the rest and `begins with`: a radix tree each (prefix_trie.h).
// - contains: the rarest four bytes of each literal in a hash table behind a bitmap that stays in the first
//   cache; literals of two and three bytes by a table of byte pairs.
// Searching is linear in the text plus what is found; what an attacker can do is to let many candidates be
// compared (at most all literals that share four bytes).
//
// Immutable once built; any thread. Texts to search must be readable for kPadding bytes behind their end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "logs/match/prefix_trie.h"

namespace vedette::logs::match {

struct Literal {
  enum class Where : std::uint8_t { kEquals, kBegins, kEnds, kContains };
  Where where = Where::kContains;
  std::string text;  // kContains: at least one byte
  auto operator<=>(const Literal&) const = default;
};

class LiteralIndex {
 public:
  // A literal's number is its position in the list; the list has no two alike.
  static LiteralIndex build(std::vector<Literal> literals);

  bool empty() const { return literals_.empty(); }
  // Calls found(number) for every literal that the text has; for kContains maybe more than once.
  template <class Found>
  void search(std::string_view text, Found&& found) const;
  std::size_t bytes() const;  // of memory, about

 private:
  using Number = std::uint32_t;
  static constexpr Number kNone = ~Number{0};

  // Literals by a hash of some bytes: open addressing, at most half full; all of one key stand in a row.
  struct HashTable {
    struct Slot {
      std::uint64_t key = 0;
      std::uint32_t begin = 0, end = 0;  // end == 0: free
    };
    std::vector<Slot> slots;
    std::vector<std::pair<Number, std::uint32_t>> entries;  // literal, position of the key's bytes in it
    std::size_t mask = 0;

    void build(std::vector<std::pair<std::uint64_t, std::pair<Number, std::uint32_t>>> keyed);
    const Slot* find(std::uint64_t key) const {
      if (slots.empty()) return nullptr;
      for (auto at = spread(key) & mask; slots[at].end != 0; at = (at + 1) & mask)
        if (slots[at].key == key) return &slots[at];
      return nullptr;
    }
  };
  static std::uint64_t spread(std::uint64_t key) {
    key *= 0x9E3779B97F4A7C15ULL;
    return key ^ (key >> 32);
  }
  static std::uint64_t hash_of(std::string_view text);
  static std::size_t tail_begin(std::string_view text);  // of the last separator, or npos
  void build_contains();
  template <class Found>
  void search_contains(std::string_view text, Found&& found) const;
  template <class Found>
  void probe(const HashTable& table, std::uint64_t key, std::string_view text, std::size_t at,
             Found&& found) const;

  std::vector<Literal> literals_;
  HashTable equals_, tails_, grams_, pairs_;
  std::size_t equals_bytes_max_ = 0;
  PrefixTrie<TextSide::kBegin> begins_;
  PrefixTrie<TextSide::kEnd> ends_;
  std::vector<std::uint64_t> gram_bits_, pair_bits_;
  unsigned gram_shift_ = 32;
  std::vector<std::pair<char, Number>> bytes_;  // literals of one byte
};

}  // namespace vedette::logs::match

#include "logs/match/literal_index.inl"
