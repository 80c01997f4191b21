// Character encodings of web pages: which one bytes are in, and turning them into UTF-8.
//
// Follows https://encoding.spec.whatwg.org (labels, replacement of malformed bytes) and the order of
// https://html.spec.whatwg.org/#encoding-sniffing-algorithm: byte order mark, HTTP header, <meta> in the
// first 1,024 bytes; without any, UTF-8 if the bytes are well-formed, else windows-1252. Conversion is ICU's.
// Hostile bytes cannot fail it: what is malformed becomes U+FFFD. Linear time; output at most four times the
// input. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vedette {

struct Utf8Text {
  std::string_view text;       // in the input, or in `storage` of the call
  std::string_view encoding;   // canonical name, static: "UTF-8", "windows-1258", …
  std::uint32_t replaced = 0;  // malformed sequences
};

// The canonical name for a label such as "latin1" or "utf8"; empty: browsers do not know it.
std::string_view encoding_of_label(std::string_view label);

// The charset parameter of "text/html; charset=…"; empty: none.
std::string_view charset_of(std::string_view content_type);

// `storage` receives the text if it had to be converted or repaired.
Utf8Text decode_page(std::string_view bytes, std::string_view content_type, std::string& storage);

}  // namespace vedette
