// Case folding for rules that do not ask for case: Unicode simple case folding (CaseFolding.txt, status C and
// S), code point by code point. Bytes that are no well-formed UTF-8 stay as they are, so that no two
// different byte strings of a hostile log fold to one by accident. Both sides of a comparison are folded by
// this function. Linear; any thread.
#pragma once

#include <string>
#include <string_view>

namespace vedette::logs {

std::string fold_case(std::string_view text);
// The same into `out`, whose memory is used again.
void fold_case_into(std::string_view text, std::string& out);

constexpr char fold_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

}  // namespace vedette::logs
