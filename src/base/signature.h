// Ed25519 signatures (RFC 8032): the server signs what an agent is to do, so that an agent acts on the word
// of the server it was enrolled with and of nobody in between. Keys and signatures are base64. Thread-safe.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace vedette {

class SigningKey {
 public:
  // Reads the key file (0600, base64 of the 32 bytes of the seed), or makes it. Errors name the file.
  static Result<SigningKey> open(const std::filesystem::path& file);
  const std::string& public_key() const { return public_key_; }
  std::string sign(std::string_view bytes) const;

 private:
  SigningKey(Secret secret, std::string public_key)
      : secret_(std::move(secret)), public_key_(std::move(public_key)) {}
  Secret secret_;
  std::string public_key_;
};

bool signature_fits(std::string_view public_key, std::string_view bytes, std::string_view signature);

}  // namespace vedette
