// PresenceSet: which of many hashed items a page carries, and in how many of its fetches each was seen.
//
// At most `capacity` items are kept: the ones with the smallest hashes (a KMV sketch, Bar-Yossef et al.
// 2002), so that every fetch is sampled alike and shares of the sample estimate shares of the page. Counts
// decay, so that what an owner removes is forgotten and what he adds becomes expected. A pinned item was
// approved and stays known. One thread at a time; ⌈8 bytes × capacity⌉.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::sites {

// Presence is counted in eighths of a fetch; kWeightMax eighths is the memory of the decay (16 fetches).
inline constexpr std::uint8_t kSeenStep = 8;
inline constexpr std::uint8_t kWeightMax = 128;
inline std::uint8_t decayed(std::uint8_t seen, bool full) {
  return full ? static_cast<std::uint8_t>(seen - (seen + 15) / 16) : seen;
}

class PresenceSet {
 public:
  explicit PresenceSet(std::size_t capacity) : capacity_(capacity) {}

  // `present`: sorted, each hash once. `full`: the profile has reached kWeightMax, so old counts decay.
  void learn(std::span<const std::uint32_t> present, bool full);
  // What is present becomes wholly expected and pinned, everything else falls to a quarter of `weight`.
  void approve(std::span<const std::uint32_t> present, std::uint8_t weight);

  bool known(
      std::uint32_t hash) const;  // seen in any fetch that is remembered; true above the sample's limit
  bool sampled(std::uint32_t hash) const { return hash <= limit_; }
  std::uint8_t seen(std::uint32_t hash) const;  // eighths of a fetch

  struct Share {
    std::uint32_t stable = 0;   // learnt items seen in at least `share` of the fetches
    std::uint32_t kept = 0;     // of these, present now
    std::uint32_t current = 0;  // sampled items present now
    std::uint32_t known = 0;    // of these, seen before
    double recall() const { return stable == 0 ? 0.0 : static_cast<double>(kept) / stable; }
    double precision() const { return current == 0 ? 0.0 : static_cast<double>(known) / current; }
  };
  Share compare(std::span<const std::uint32_t> present, std::uint8_t weight, double share = 0.6) const;

  std::size_t size() const { return items_.size(); }
  void write(std::string& out) const;
  bool read(std::string_view& in);  // false: malformed

 private:
  struct Item {
    std::uint32_t hash = 0;
    std::uint8_t seen = 0;
    bool pinned = false;
  };
  const Item* find(std::uint32_t hash) const;
  void merge(std::span<const std::uint32_t> present, bool full, bool pin, std::uint8_t weight);
  void shrink();

  std::vector<Item> items_;  // by hash
  std::size_t capacity_;
  std::uint32_t limit_ = 0xffffffffu;
};

}  // namespace vedette::sites
