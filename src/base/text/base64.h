// Base64 (RFC 4648): mail bodies, proxy logins, DevTools payloads, and what hostile pages hide in it. Pure;
// linear time; any thread.
#pragma once

#include <string>
#include <string_view>

namespace vedette {

// With padding, in the alphabet with '+' and '/' (§4).
std::string base64_encode(std::string_view bytes);

// Forgiving, as browsers' atob() and more: the alphabets of §4 and §5 both count, every other character is
// passed over, padding is not asked for.
std::string base64_decode(std::string_view text);

// 0…63 for a character of either alphabet, otherwise -1.
int base64_value(char c);

}  // namespace vedette
