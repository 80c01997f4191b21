// Replay: the judge over recorded fetches, for `vedette sites replay` and the benchmarks.
//
// FOLDER/<page>/<nn>.html are consecutive fetches in the order of their names. The profile learns from the
// first `learn` of them. After that, each fetch whose bytes differ from the one before is a change and gets a
// verdict; the profile goes on learning from what is ok, and from what is warned about only with
// `approve_alarms`, which plays an operator who approves every alarm after it was given (so that one redesign
// counts once, not at each later fetch). With `against`, every file of that folder is presented to each
// page's final profile as its next fetch.
//
// The recordings hold no addresses, so a page's own address is read from its first fetch: <base href>, then
// the canonical link, then the host that most absolute links name.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "base/result.h"
#include "sites/judge/judge.h"

namespace vedette::sites {

struct ReplayOptions {
  std::filesystem::path folder;
  int learn = 8;
  std::filesystem::path against;  // empty: none
  bool json = false;              // a JSON line per change; else a readable line per alarm
  bool approve_alarms = false;
};

struct ReplayPage {
  std::string name;
  std::vector<std::filesystem::path> fetches;
};

struct ReplaySummary {
  std::uint64_t changes = 0, critical = 0, warn = 0, unavailable = 0, against = 0, caught = 0,
                named_hostile = 0;
};

inline constexpr std::size_t kReplayFileBytesMax = 32u << 20;

Result<std::vector<ReplayPage>> list_recording(const std::filesystem::path& folder);
Result<std::vector<std::filesystem::path>> list_files(const std::filesystem::path& folder);
Result<std::string> read_recorded(const std::filesystem::path& file);
std::string own_url(std::string_view body);

struct ReplayStep {
  std::string page, from, to;
  Judgement judgement;
  bool against = false;
};
using ReplayVisit = std::function<void(const ReplayStep&)>;
Result<ReplaySummary> replay(const ReplayOptions& options, const ReplayVisit& visit);

// The command: lines to `out`, the summary last. 0: no CRITICAL among the changes; 1: there was one; 2:
// unreadable.
int run_replay(const ReplayOptions& options, std::ostream& out, std::ostream& err);

}  // namespace vedette::sites
