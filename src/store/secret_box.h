// SecretBox: what must not stand in clear in the database. It is sealed with a key from a file of its own
// beside the database (0600), so that a copy of the database alone gives nothing away. Thread-safe.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace vedette::store {

// The master key: read from the file, which is made if it is not there. Refuses (kInvalid) a file that others
// may read, and (kCorrupt) one that is not whole.
Result<Secret> load_key_file(const std::filesystem::path& file);

// A key of 32 bytes for one purpose, derived from the master key (HMAC-SHA-256).
Secret derived_key(const Secret& master, std::string_view purpose);

// libsodium secretbox (XSalsa20-Poly1305), nonce before the box. Each purpose has a key of its own.
class SecretBox {
 public:
  SecretBox(const Secret& master, std::string_view purpose);

  std::string seal(const std::string& plain) const;
  // kCorrupt: another key, or the bytes were changed.
  Result<Secret> open(const std::string& sealed) const;

  // The same as text (base64url).
  std::string seal_text(const std::string& plain) const;
  Result<Secret> open_text(const std::string& sealed) const;

 private:
  Secret key_;
};

}  // namespace vedette::store
