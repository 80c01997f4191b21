// Any bytes decode within the limits, to well-formed UTF-8.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "base/text/decode.h"
#include "base/text/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  vedette::DecodeLimits limits;
  limits.output_bytes = 64 * 1024;
  limits.results = 50;
  const vedette::DecodeResult result = vedette::decode_strings(source, limits);
  VEDETTE_ASSERT(result.decoded.size() <= limits.results);
  for (const vedette::Decoded& one : result.decoded) {
    VEDETTE_ASSERT(one.layer >= 1 && one.layer <= limits.layers);
    VEDETTE_ASSERT(one.offset + static_cast<std::size_t>(one.length) <= source.size());
    VEDETTE_ASSERT(vedette::is_valid_utf8(one.text));
  }
  return 0;
}
