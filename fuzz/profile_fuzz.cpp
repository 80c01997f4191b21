// The profile loader: whatever bytes lie in the store, parse() refuses them or gives a profile that judges,
// learns and writes itself back unchanged.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/assert.h"
#include "sites/judge/bytes.h"
#include "sites/judge/hash32.h"
#include "sites/judge/judge.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette::sites;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  (void)Profile::parse(input);
  // Behind the check sum, so that the fields themselves are reached.
  std::string sealed("VPRF");
  put(sealed, 1, 1);
  put(sealed, hash32(input, 70), 4);
  sealed += input;
  auto profile = Profile::parse(sealed);
  if (!profile.has_value()) return 0;
  const PageInput page{
      .url = "https://example.org/", .http_status = 200, .content_type = "", .body = input.substr(0, 4096)};
  (void)profile->judge(page, 8);
  const std::string again = profile->serialize();
  auto second = Profile::parse(again);
  VEDETTE_ASSERT(second.has_value() && second->serialize() == again);
  profile->learn(page);
  VEDETTE_ASSERT(profile->serialize().size() <= Profile::kProfileBytesMax);
  return 0;
}
