// The host part of a URL: percent-decoding, IDNA, IPv4 in all its spellings, IPv6. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::net {

// WHATWG "host parser" for special schemes: lower-case ASCII name, dotted IPv4, or "[IPv6]" in RFC 5952 form.
Result<std::string> parse_host(std::string_view text);

// "%41" → "A"; sequences that are no two hex digits stay.
std::string percent_decode(std::string_view text);

}  // namespace vedette::net
