// RuleClass: what one class of events (one channel, one event id, one log source) has to be asked: the fields
// that matter, for each an index of the witnesses' literals, which rules each literal wakes, and the woken
// rules' conditions. Rules that cannot hold in the class are not in it.
//
// What it finds never changes; any thread. Once enough events of it were seen a better one stands in its
// place (compiled_rules.h), which finds the same for less.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "logs/match/literal_index.h"
#include "logs/match/raw_filter.h"
#include "logs/match/rule_program.h"

namespace vedette::logs::match {

// A name's hash, cheap enough to be made for every field of every event. Names are compared all the same.
inline std::uint32_t name_hash(std::string_view name) {
  std::uint64_t first = 0, last = 0;
  const auto size = name.size();
  if (size >= 8) {
    std::memcpy(&first, name.data(), 8);
    std::memcpy(&last, name.data() + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(&first, name.data(), 4);
    std::memcpy(&last, name.data() + size - 4, 4);
  } else if (size > 0) {
    first = static_cast<unsigned char>(name[0]) |
            std::uint64_t{static_cast<unsigned char>(name[size / 2])} << 8 |
            std::uint64_t{static_cast<unsigned char>(name[size - 1])} << 16;
  }
  const auto mixed = (first * 0x9E3779B97F4A7C15ULL) ^ ((last + size) * 0xC2B2AE3D27D4EB4FULL);
  return static_cast<std::uint32_t>(mixed >> 32);
}

// Names to numbers: open addressing, at most a quarter full.
class NameTable {
 public:
  static constexpr std::uint32_t kNone = ~0U;
  std::uint32_t add(std::string_view name);  // or the number it has
  std::uint32_t find(std::string_view name, std::uint32_t hash) const {
    if (slots_.empty()) return kNone;
    for (auto at = hash & mask_; slots_[at].number != kNone; at = (at + 1) & mask_)
      if (slots_[at].hash == hash && names_[slots_[at].number] == name) return slots_[at].number;
    return kNone;
  }
  std::size_t size() const { return names_.size(); }
  const std::string& name(std::uint32_t number) const { return names_[number]; }

 private:
  struct Slot {
    std::uint32_t hash = 0, number = kNone;
  };
  void insert(std::uint32_t number);
  std::vector<std::string> names_;
  std::vector<Slot> slots_;
  std::uint32_t mask_ = 0;
};

// What follows from a literal that was found, or from a field that is there.
struct Effects {
  std::vector<std::uint32_t> holds;  // predicates, which are thereby known
  std::vector<std::uint32_t> wakes;  // rules, by their position in the class
};

class RuleClass {
 public:
  static constexpr std::uint32_t kKeywords = 0;  // the slot of "": all values of the event

  struct Slot {
    LiteralIndex index;
    std::optional<RawFilter> filter;  // says no where the index would find nothing
    std::vector<Effects> of_literal;
    Effects when_here;
    bool wanted_early = false;  // to be searched before rules are asked
  };
  struct Ask {  // a predicate as this class numbers it
    const PreparedPredicate* predicate;
    std::uint32_t slot;
    bool indexed;  // holds exactly when an effect said so
  };
  struct Program {
    std::uint32_t rule;  // number in the rule set
    std::uint32_t begin;
  };

  RuleClass(std::span<const Condition> conditions, std::span<const Known> rules_known,
            std::span<const Known> known, std::span<const PreparedPredicate> predicates,
            const WitnessPrices& prices);

  const NameTable& names() const { return names_; }
  const std::vector<Slot>& slots() const { return slots_; }
  const std::vector<Ask>& asks() const { return asks_; }
  const std::vector<Jump>& jumps() const { return jumps_; }
  const std::vector<Program>& programs() const { return programs_; }
  const std::vector<std::uint32_t>& always() const { return always_; }  // programs without a witness
  std::size_t index_bytes() const;

  // The one to match by: that in its place, or itself.
  const RuleClass& best() const {
    const auto* better = better_.load(std::memory_order_acquire);
    return better != nullptr ? *better : *this;
  }
  void put_in_place(const RuleClass& better) const { better_.store(&better, std::memory_order_release); }
  // Whether this event, one in `every`, is to be learnt from; asked once for each event.
  bool learns_from_next(std::uint64_t every) const {
    return learning_.load(std::memory_order_relaxed) &&
           events_.fetch_add(1, std::memory_order_relaxed) % every == 0;
  }
  bool learning() const { return learning_.load(std::memory_order_relaxed); }
  void stop_learning() const { learning_.store(false, std::memory_order_relaxed); }

 private:
  struct Build;

  NameTable names_;
  std::vector<Slot> slots_;
  std::vector<Ask> asks_;
  std::vector<Jump> jumps_;
  std::vector<Program> programs_;
  std::vector<std::uint32_t> always_;
  mutable std::atomic<const RuleClass*> better_{nullptr};
  mutable std::atomic<bool> learning_{true};
  mutable std::atomic<std::uint64_t> events_{0};
};

}  // namespace vedette::logs::match
