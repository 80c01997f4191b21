// Where two texts differ: the region between their common beginning and end, as a person reads it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace vedette::files {

struct Difference {
  std::string before, after;  // at most `bytes_max` each, valid UTF-8, whole lines where lines are short
  std::size_t line = 1;       // of the first difference
};

Difference difference_of(std::string_view before, std::string_view after, std::size_t bytes_max = 1024);
// The first bytes of a text as a person reads it: cut between characters, malformed bytes replaced.
std::string readable(std::string_view bytes, std::size_t bytes_max);

}  // namespace vedette::files
