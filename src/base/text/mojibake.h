// Text whose UTF-8 bytes were once read as windows-1252 and written as UTF-8 again: "Ä‘á»™" for "độ".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vedette {

// Undoes it, up to twice. Returns how many characters were repaired and writes the text to `out`; 0 leaves
// `out` alone: there is nothing to repair, or too little to be sure. Linear; any thread.
std::uint32_t repair_mojibake(std::string_view text, std::string& out);

}  // namespace vedette
