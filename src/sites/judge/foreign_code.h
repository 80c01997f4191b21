// Question 2: code, frames, forms, links or redirections of an origin that this page never had, and inline
// code that hides or loads something.
//
// Everything is measured against the profile: what a page always loaded, from whomever, is its own business.
// Pure.
#pragma once

#include <vector>

#include "sites/judge/continuity.h"
#include "sites/judge/hostile_words.h"

namespace vedette::sites {

// At most kForeignMax findings, each for one element; more of the same kind and origin are counted, not
// listed.
inline constexpr std::size_t kForeignMax = 24;
std::vector<PageFinding> foreign_code(const Features& features, const Profile::Impl& profile,
                                      const Continuity& continuity, const HostileWords& words);

}  // namespace vedette::sites
