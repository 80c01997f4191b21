#include "desk/phone_number.h"

#include <algorithm>

namespace vedette::desk {

bool is_phone_number(std::string_view text) {
  constexpr std::size_t kDigitsLeast = 3, kBytesMost = 32;
  auto digits = std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; });
  return text.size() <= kBytesMost && static_cast<std::size_t>(digits) >= kDigitsLeast &&
         text.find_first_not_of("0123456789+ .-()") == std::string_view::npos;
}

std::string dialled(std::string_view number) {
  std::string out;
  for (char c : number) {
    if ((c >= '0' && c <= '9') || (c == '+' && out.empty())) out += c;
  }
  return out;
}

}  // namespace vedette::desk
