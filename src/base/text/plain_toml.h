// A TOML file of a person without what the TOML library cannot be trusted with.
//
// toml++ 3.3 stops the program (assertions) or is undefined (an unreachable branch of its Unicode tables) on
// some bytes that are no TOML: control characters, a section without a name, letters beyond ASCII outside of
// quotes, stray braces, a date and one digit. Here they become errors, comments go, and letters beyond ASCII
// inside "…" become \U escapes, so that the library sees ASCII only. Lines keep their numbers. No file of
// ours needs an inline table, a list of lists, or text of several lines. Pure; linear time.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace vedette {

struct TomlRefusal {
  int line = 0;
  std::string what;
};

std::expected<std::string, TomlRefusal> plain_toml(std::string_view toml);

}  // namespace vedette
