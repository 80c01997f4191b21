// Resource watch: the scripts and stylesheets a page links, by hash, within a budget. Pure.
//
// A resource is known by its address without the query (cache busters come and go). Each round visits those
// that waited longest. One that changes in a third of its visits or more is volatile and its hash says
// nothing. A stable script that changes is an event when the new version names hosts of other domains that it
// never named, or gained the traits of a loader or skimmer; what it says is then known. Any other change of a
// script that is not volatile is a suspicion, for which a browser shows what the script does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sites/watch/question.h"

namespace vedette::sites {

inline constexpr std::size_t kResourcesMax = 60;  // of a page
inline constexpr std::size_t kResourcesPerRound = 8;
inline constexpr std::size_t kResourceBytesMax = 2u << 20;

struct Resource {
  std::string url;   // as last seen, with its query
  std::string kind;  // "script", "stylesheet"
  std::string sha256;
  std::int64_t bytes = 0;
  std::uint32_t traits = 0;               // script_traits() of all versions seen
  std::vector<std::uint32_t> hosts;       // hashes of the hosts named, at most 64
  int visits = 0, changes = 0, same = 0;  // same: visits in a row without a change
  WallTime visited_at{}, changed_at{};
};

struct ResourceState {
  std::vector<Resource> resources;
};

// Takes over what the page links now; new ones come in, those gone from the page leave.
void see_links(ResourceState& state, std::string_view body, std::string_view url,
               std::string_view content_type);
// The addresses to visit in this round.
std::vector<std::string> next_visits(const ResourceState& state);
struct ResourceSeen {
  std::vector<Condition> events;
  bool script_changed = false;  // one that is not volatile
};
// One visit. `page_url`: of the page that links it.
ResourceSeen see_resource(ResourceState& state, const std::string& url, std::string_view body,
                          std::string_view page_url, const Asset& asset, WallTime now, bool window);
// A visit without an answer: it goes to the end of the queue.
void miss_resource(ResourceState& state, const std::string& url, WallTime now);

bool is_volatile(const Resource& resource);

// {"show": the API's resources array, "state": …}; and back.
std::string resources_to_json(const ResourceState& state);
ResourceState resources_from_json(std::string_view json);

}  // namespace vedette::sites
