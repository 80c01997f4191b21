// SHA-256 (FIPS 180-4), as lower-case hex: evidence, snapshots, audit chain, stored token hashes.
// Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace vedette {

std::string sha256_hex(std::string_view bytes);
// HMAC-SHA-256 (RFC 2104), hex: webhook signatures.
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);
// Compares without telling by its duration where the texts differ.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace vedette
