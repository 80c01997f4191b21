// Base64 (RFC 4648 §4) for DevTools payloads and proxy logins. Pure; linear time.
#pragma once

#include <string>
#include <string_view>

namespace vedette::sites {

std::string base64_encode(std::string_view bytes);
// Stops at the first character that is not of the alphabet.
std::string base64_decode(std::string_view text);

}  // namespace vedette::sites
