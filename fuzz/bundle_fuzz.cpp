// Evidence bundles: whatever the bytes are, they are refused with a reason or are signed by the key they
// name.
#include <cstdint>

#include "base/assert.h"
#include "desk/evidence/bundle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto checked =
      desk::verify_bundle([&]() -> Result<std::string> { return std::exchange(bytes, ""); }, "");
  if (!checked) VEDETTE_ASSERT(!checked.error().message().empty());
  if (checked) VEDETTE_ASSERT(!checked->public_key.empty());
  return 0;
}
