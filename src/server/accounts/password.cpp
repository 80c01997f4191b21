#include "server/accounts/password.h"

#include <argon2.h>
#include <fmt/format.h>
#include <sodium.h>

#include "base/assert.h"
#include "model/refusal.h"

namespace vedette::server {

Result<std::string> hash_password(std::string_view password, const Argon2Cost& cost) {
  constexpr std::size_t kSaltBytes = 16, kHashBytes = 32;
  if (password.size() > kPasswordBytesMax) return refuse(ErrorCode::kLimit, "account.password_long");
  std::array<unsigned char, kSaltBytes> salt{};
  randombytes_buf(salt.data(), salt.size());
  std::string out(
      argon2_encodedlen(cost.passes, cost.memory_kib, cost.lanes, kSaltBytes, kHashBytes, Argon2_id), '\0');
  int code = argon2id_hash_encoded(cost.passes, cost.memory_kib, cost.lanes, password.data(), password.size(),
                                   salt.data(), salt.size(), kHashBytes, out.data(), out.size());
  if (code != ARGON2_OK)
    return fail(ErrorCode::kUnavailable,
                fmt::format("the password could not be hashed: {}", argon2_error_message(code)));
  out.resize(out.find('\0'));
  return out;
}

bool verify_password(std::string_view password, const std::string& hash) {
  if (password.size() > kPasswordBytesMax) return false;
  return argon2id_verify(hash.c_str(), password.data(), password.size()) == ARGON2_OK;
}

bool needs_rehash(std::string_view hash, const Argon2Cost& cost) {
  auto prefix = fmt::format("$argon2id$v=19$m={},t={},p={}$", cost.memory_kib, cost.passes, cost.lanes);
  return !hash.starts_with(prefix);
}

void verify_nothing(std::string_view password) {
  static const std::string hash = [] {
    auto made = hash_password("an account that does not exist");
    VEDETTE_ASSERT(made.has_value());
    return *made;
  }();
  static_cast<void>(verify_password(password, hash));
}

}  // namespace vedette::server
