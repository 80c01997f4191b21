// Decoding of strings that hide what they say: what a script or an attribute holds in base64, escapes,
// character codes, percent encoding, character references, reversed or concatenated literals and data: URLs.
//
// Only what decodes to plausible text is returned: the caller looks again at Decoded::text as if it stood on
// the page. Input is hostile: time is linear in `source` for each layer, layers and output are bounded. Pure;
// any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vedette {

enum class Encoding : std::uint8_t {
  kBase64,          // atob("…"), long base64 literals
  kHexEscape,       // \x68\x61
  kUnicodeEscape,   // \u0068, \u{68}
  kCharCodes,       // String.fromCharCode(…), [104,97,…] lists
  kPercent,         // unescape, decodeURIComponent: %68, %u0068
  kHtmlReferences,  // &#104; &lt;
  kHexString,       // "6861636b6564"
  kConcatenated,    // "ha" + "cked"
  kReversed,        // "dekcah".split("").reverse().join("")
  kDataUrl,         // data:text/html;base64,…
};
std::string_view to_string(Encoding encoding);

struct Decoded {
  Encoding encoding = Encoding::kBase64;
  int layer = 1;             // 1: found in the source; 2: found in a result of layer 1; …
  std::uint32_t offset = 0;  // of the encoded form in the source; of the outermost one for deeper layers
  std::uint32_t length = 0;
  std::string text;  // UTF-8 (malformed bytes replaced)
};

struct DecodeLimits {
  int layers = 4;
  std::size_t source_bytes = 2u << 20;  // of the source; the rest is not looked at
  std::size_t output_bytes = 4u << 20;  // of all results together
  std::size_t results = 512;
  std::size_t min_length = 4;  // shorter results say nothing
};

struct DecodeResult {
  std::vector<Decoded> decoded;  // layer by layer, each in source order
  bool cut = false;              // a limit stopped the search
};

DecodeResult decode_strings(std::string_view source, const DecodeLimits& limits = {});

}  // namespace vedette
