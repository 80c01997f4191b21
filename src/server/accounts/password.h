// Password hashes: Argon2id (RFC 9106) in PHC string form. Thread-safe; each call takes about 19 MiB and some
// ten milliseconds on purpose.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::server {

// 19 MiB, two passes, one lane: the OWASP minimum for a server that must also run on a small machine.
struct Argon2Cost {
  std::uint32_t passes = 2, memory_kib = 19'456, lanes = 1;
};

constexpr std::size_t kPasswordBytesMax = 512;

Result<std::string> hash_password(std::string_view password, const Argon2Cost& cost = {});
bool verify_password(std::string_view password, const std::string& hash);
// True when `hash` was made with another cost: it is made anew at the next sign-in.
bool needs_rehash(std::string_view hash, const Argon2Cost& cost = {});
// The same work as verify_password() for an account that does not exist, so that time does not tell.
void verify_nothing(std::string_view password);

}  // namespace vedette::server
