// Keys: the desk's secret, in a file of its own beside the database (0600), so that a copy of the database
// alone gives away neither a channel's password nor a working acknowledge link. Thread-safe after load().
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "store/secret_box.h"

namespace vedette::desk {

class Keys {
 public:
  // Reads the key, or makes it. Refuses a file that others may read.
  static Result<Keys> load(const std::filesystem::path& file);

  // The token of a notification's acknowledge link: the same at every retry, and not in the database (which
  // keeps its hash).
  std::string link_token(const std::string& notification_id) const;
  // A channel's secrets, for the store.
  std::string seal(const std::string& plain) const { return box_.seal(plain); }
  Result<Secret> open(const std::string& sealed) const { return box_.open(sealed); }

 private:
  explicit Keys(const Secret& master);
  Secret link_key_;
  store::SecretBox box_;
};

}  // namespace vedette::desk
