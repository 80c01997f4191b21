// LookMemory: when the slow looks at one site were and will be taken, and what they could not see. Plain
// value; kept in the site's record under its lock and stored as the part "rota", so that a restart goes on.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace vedette::sites {

enum class Look { kDns, kResources, kCloak };
inline constexpr std::array kLooks{Look::kDns, Look::kResources, Look::kCloak};

struct LookMemory {
  std::array<WallTime, kLooks.size()> next{}, done{};  // by Look; WallTime{}: never
  int resolvers = 0, failing = 0;                      // of the last DNS round
  int led_inside = 0;          // linked files of the last round that a public page has inside
  bool robot_refused = false;  // the robot got no page to compare

  WallTime& next_of(Look look) { return next[static_cast<std::size_t>(look)]; }
  WallTime& done_of(Look look) { return done[static_cast<std::size_t>(look)]; }
  bool was_done(Look look) const { return done[static_cast<std::size_t>(look)] != WallTime{}; }
};

std::string looks_to_json(const LookMemory& memory);
LookMemory looks_from_json(std::string_view json);  // what is damaged keeps its default

}  // namespace vedette::sites
