// Control characters of ASCII (RFC 20): what must not stand in a name, an address or a header. Any thread.
#pragma once

#include <algorithm>
#include <string_view>

namespace vedette {

inline bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace vedette
