// JSON strings as they stand in a log: finding their end, and what their escapes say (RFC 8259, 7).
//
// An escape that JSON does not know stays as it is written, so that no byte of a hostile log gets lost. A
// surrogate without its other half becomes U+FFFD. Linear; any thread.
#pragma once

#include <string>
#include <string_view>

namespace vedette::logs {

// Adds the text that `escaped` stands for (what is between the quotes) to `out`; never longer than `escaped`.
void unescape_json(std::string_view escaped, std::string& out);

// One escape: moves `at`, which stands on the backslash, behind it, and writes at most 4 bytes. Returns how
// many.
std::size_t unescape_one(std::string_view escaped, std::size_t& at, char* out);

}  // namespace vedette::logs
