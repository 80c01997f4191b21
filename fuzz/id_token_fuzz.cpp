// What an identity provider sends: a key set, or a token with the keys of RFC 7515's examples. Whatever
// stands in it, it is refused with a reason, or it is signed by one of the keys. The first byte: 'k' a key
// set, else a token.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "server/oidc/id_token.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  using namespace vedette::server;
  // RFC 7515, appendix A.3.
  static const auto known = *KeySet::parse(
      R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'k') {
    if (auto keys = KeySet::parse(text)) VEDETTE_ASSERT(keys->size() <= kKeysMax);
    return 0;
  }
  const auto claims =
      verify_id_token(text, known, {"https://sso.example.org", "vedette", "n", from_unix_ms(0)});
  VEDETTE_ASSERT(!claims.has_value() && !claims.error().message().empty());
  return 0;
}
