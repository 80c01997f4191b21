// What defacers' pages look like apart from their words: media that start by themselves, loaders that hide
// the page, free image hosts, pages that are one picture or one foreign frame, blocked right clicks.
//
// Asked only of a page that has replaced another. Each trait has points; cross-site replacement by ordinary
// pages measures that no ordinary page reaches kHostilePoints (bench/sites). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sites/judge/hostile_words.h"

namespace vedette::sites {

inline constexpr int kHostilePoints = 4;
inline constexpr int kBarePoints = 6;

struct HostileTrait {
  std::string_view name;  // message argument; "autoplay_media", "upload_shell", …
  int points = 0;
  std::string where, text;
};

struct HostileTraits {
  std::vector<HostileTrait> traits;
  int points = 0;
  int bare = 0;  // of them, for a look that innocent small pages can have too
  // What was said or done apart from the look: enough to name a defacer with no regard to it.
  bool told() const { return points - bare >= kHostilePoints; }
  // The look alone must say much more.
  bool hostile() const { return points >= kHostilePoints && (points - bare >= 2 || points >= kBarePoints); }
};

HostileTraits hostile_traits(const Features& features, const HostileWords& words);

// A host or path that serves what anybody pastes there.
bool is_paste_url(std::string_view host, std::string_view url);

}  // namespace vedette::sites
