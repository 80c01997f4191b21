// Identifiers that sort by time: UUID version 7 (RFC 9562 §5.7), as 36-character text.
//
// 48 bits of milliseconds, then a 12-bit counter that keeps ids of one millisecond in order within this
// process (§6.2 method 1), then 62 random bits from the operating system. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace vedette {

std::string new_id(const Clock& clock);
bool is_id(std::string_view text);

// `bytes` bytes from the operating system's generator, as unpadded base64url: for secrets and tokens.
std::string random_token(std::size_t bytes = 32);

}  // namespace vedette
