// The texts of a field's value: as the event says it (escapes resolved), and folded for comparisons without
// case. ASCII is done sixteen bytes at a time; everything else by json_text.h and case_fold.h, which define
// what comes out. Any thread with an arena of its own.
#pragma once

#include <string_view>

#include "logs/event.h"
#include "logs/match/arena.h"

namespace vedette::logs::match {

// So many zero bytes stand behind each text: a search may read a little beyond its end.
inline constexpr std::size_t kPadding = 16;

std::string_view plain_text(std::string_view value, bool escaped, Arena& arena);   // not padded
std::string_view folded_text(std::string_view value, bool escaped, Arena& arena);  // padded

}  // namespace vedette::logs::match
