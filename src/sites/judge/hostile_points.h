// The tally of hostile_traits(): which signs were seen and what they weigh together. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "sites/judge/excerpt.h"
#include "sites/judge/hostile_traits.h"

namespace vedette::sites {

struct HostilePoints {
  HostileTraits out;
  void add(std::string_view name, int points, std::string_view where, std::string_view text) {
    out.traits.push_back({name, points, std::string(where), clipped(text, 300)});
    out.points += points;
  }
  // A sign that innocent small pages show too: it names nobody alone (HostileTraits::bare).
  void add_bare(std::string_view name, int points, std::string_view where, std::string_view text) {
    add(name, points, where, text);
    out.bare += points;
  }
};

inline bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}
template <class List>
bool holds_any(std::string_view text, const List& parts) {
  return std::any_of(std::begin(parts), std::end(parts),
                     [&](std::string_view part) { return holds(text, part); });
}
inline bool host_is(std::string_view host, std::string_view name) {
  return host == name ||
         (host.size() > name.size() && host.ends_with(name) && host[host.size() - name.size() - 1] == '.');
}

}  // namespace vedette::sites
