// Keys: the desk's secret, in a file of its own beside the database (0600), so that a copy of the database
// alone gives away neither a channel's password nor a working acknowledge link. Thread-safe after load().
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace vedette::desk {

class Keys {
 public:
  // Reads the key, or makes it. Refuses a file that others may read.
  static Result<Keys> load(const std::filesystem::path& file);

  // The token of a notification's acknowledge link: the same at every retry, and not in the database (which
  // keeps its hash).
  std::string link_token(const std::string& notification_id) const;
  // libsodium secretbox (XSalsa20-Poly1305), nonce before the box.
  std::string seal(const std::string& plain) const;
  // kCorrupt: another key, or the bytes were changed.
  Result<Secret> open(const std::string& sealed) const;

 private:
  explicit Keys(Secret master);
  Secret link_key_, box_key_;
};

}  // namespace vedette::desk
