// How a page looks that somebody put in the place of another: it says little, leads nowhere on the site,
// stages itself (black, neon, falling letters, music, blocked clicks) and signs with a name to be reached by.
//
// None of it is forbidden to an owner, so each sign weighs little and a small notice of an owner, host or
// server ("coming soon", "parked", "it works") is weighed by its words alone. Asked only of a page that has
// replaced another. Linear in the page, of which at most 200 KB are read; pure.
#pragma once

#include "sites/judge/features.h"
#include "sites/judge/hostile_points.h"
#include "sites/judge/hostile_words.h"

namespace vedette::sites {

// Visible text below which a page says little.
inline constexpr std::size_t kSmallTextBytes = 3'000;

void staged_page(const Features& features, const HostileWords& words, HostilePoints& points);

}  // namespace vedette::sites
