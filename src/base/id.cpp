#include "base/id.h"

#include <fmt/format.h>
#include <sodium.h>

#include <mutex>

namespace vedette {
namespace {

struct Last {
  std::mutex mutex;
  std::uint64_t ms = 0;
  std::uint32_t counter = 0;
};

}  // namespace

std::string new_id(const Clock& clock) {
  static Last last;
  auto ms = static_cast<std::uint64_t>(to_unix_ms(clock.wall()));
  std::uint32_t counter = 0;
  {
    std::lock_guard lock(last.mutex);
    if (ms > last.ms) {
      last.ms = ms;
      last.counter = randombytes_uniform(0x400);
    } else {
      ms = last.ms;  // the clock stood still or went back: stay in order
      if (++last.counter > 0xfff) {
        ms = ++last.ms;
        last.counter = 0;
      }
    }
    counter = last.counter;
  }
  std::uint64_t random = 0;
  randombytes_buf(&random, sizeof random);
  return fmt::format("{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}", (ms >> 16) & 0xffffffffU, ms & 0xffffU, counter,
                     0x8000U | ((random >> 48) & 0x3fffU), random & 0xffffffffffffULL);
}

bool is_id(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

std::string random_token(std::size_t bytes) {
  std::string raw(bytes, '\0');
  randombytes_buf(raw.data(), raw.size());
  std::string out(sodium_base64_encoded_len(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(raw.data()), raw.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  out.resize(out.find('\0'));
  return out;
}

}  // namespace vedette
