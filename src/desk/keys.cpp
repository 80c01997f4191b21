#include "desk/keys.h"

#include "base/hash.h"

namespace vedette::desk {

Keys::Keys(const Secret& master)
    : link_key_(store::derived_key(master, "acknowledge link")), box_(master, "channel secrets") {}

Result<Keys> Keys::load(const std::filesystem::path& file) {
  TRY_ASSIGN(auto master, store::load_key_file(file));
  return Keys(master);
}

std::string Keys::link_token(const std::string& notification_id) const {
  return hmac_sha256_hex(link_key_.reveal(), notification_id);
}

}  // namespace vedette::desk
