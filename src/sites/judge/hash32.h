// Hashes of page items (text blocks, paths, script skeletons) as a profile stores them.
//
// A 64-bit multiply-mix hash cut to 32 bits. It needs no resistance to chosen collisions: an attacker who
// makes a block collide with a learnt one hides that one block, while the judgement rests on shares of
// hundreds and on new origins, which are stored as text. Pure.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace vedette::sites {

class Mixer {
 public:
  explicit Mixer(std::uint64_t seed = 0) : state_(seed ^ 0x9e3779b97f4a7c15ull) {}
  void add(std::uint64_t word) {
    state_ = (state_ ^ word) * 0xd6e8feb86659fd93ull;
    state_ ^= state_ >> 32;
  }
  void add(std::string_view text) {
    add(static_cast<std::uint64_t>(text.size()));
    while (text.size() >= 8) {
      std::uint64_t word;
      std::memcpy(&word, text.data(), 8);
      add(word);
      text.remove_prefix(8);
    }
    std::uint64_t rest = 0;
    if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
    add(rest);
  }
  std::uint32_t value() const {
    std::uint64_t x = state_ * 0xd6e8feb86659fd93ull;
    return static_cast<std::uint32_t>((x ^ (x >> 32)) & 0xffffffffu);
  }

 private:
  std::uint64_t state_;
};

inline std::uint32_t hash32(std::string_view text, std::uint64_t seed = 0) {
  Mixer mixer(seed);
  mixer.add(text);
  return mixer.value();
}

}  // namespace vedette::sites
