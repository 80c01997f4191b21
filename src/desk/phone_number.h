// Telephone numbers as people write them. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace vedette::desk {

// Digits, and signs that separate them: at least three digits, at most 32 bytes.
bool is_phone_number(std::string_view text);
// What is dialled of it (RFC 3966 §3): the digits and a leading +.
std::string dialled(std::string_view number);

}  // namespace vedette::desk
