// ValueMemo: what searching a value found, for values that come again and again (an image's path, a user). A
// value is recognised by all of its bytes, so that a hostile log cannot pass for another; a hash only says
// where to look.
//
// Bounded: a fixed number of places and one ring of bytes; the new takes the place of the old. One thread at
// a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace vedette::logs::match {

class ValueMemo {
 public:
  static constexpr std::size_t kValueBytesMax = 4096, kNumbersMax = 64;

  explicit ValueMemo(std::size_t bytes);

  struct Key {
    const void* where;
    std::string_view value;
    std::uint64_t hash;
    bool escaped;
  };
  // `where`: what the numbers belong to; it must outlive the memo.
  Key key(const void* where, std::string_view value, bool escaped) const;
  std::optional<std::span<const std::uint32_t>> find(const Key& key) const;
  // Values and lists beyond the limits are not kept.
  void keep(const Key& key, std::span<const std::uint32_t> numbers);

 private:
  struct Place {
    const void* where = nullptr;
    std::uint64_t hash = 0, at = 0;  // at: position in the endless ring
    std::uint32_t size = 0, numbers = 0;
    bool escaped = false;
  };
  static constexpr std::size_t kWays = 2;
  bool alive(const Place& place) const { return place.where != nullptr && head_ - place.at <= ring_bytes_; }

  std::vector<Place> places_;
  std::uint64_t mask_;
  std::uint64_t ring_bytes_, head_ = 0;
  std::unique_ptr<std::uint32_t[]> ring_;  // the numbers, then the value's bytes
};

}  // namespace vedette::logs::match
