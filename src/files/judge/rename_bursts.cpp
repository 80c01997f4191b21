#include "files/judge/rename_bursts.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace vedette::files {
namespace {
constexpr std::size_t kActorsMax = 4096;
constexpr std::size_t kFilesMax = 64;  // remembered of one actor; a burst is far smaller
}  // namespace

bool RenameBursts::fresh(const File& file, SteadyTime at) const {
  return std::chrono::duration<double>(at - file.rename.at).count() <= least_.seconds;
}

bool RenameBursts::stands(const Files& files, const std::string& ending, SteadyTime at) const {
  double count = 0;
  std::set<std::string_view> types;
  for (const File& file : files) {
    if (file.rename.ending != ending || !fresh(file, at)) continue;
    ++count;
    if (!file.rename.had.empty()) types.insert(file.rename.had);
  }
  return count >= least_.files && static_cast<double>(types.size()) >= least_.types;
}

bool RenameBursts::renamed(const std::string& actor, Rename rename) {
  auto [found, first] = actors_.try_emplace(actor);
  if (first) {
    order_.push_back(actor);
    if (order_.size() > kActorsMax) {
      actors_.erase(order_.front());
      order_.pop_front();
    }
  }
  Files& files = found->second;
  bool noise = false;
  // Renamed once more it is still one file.
  std::erase_if(files, [&](const File& file) {
    const bool same = file.rename.to == rename.from;
    noise |= same && file.noise;
    return same;
  });
  if (files.size() >= kFilesMax) files.pop_front();
  const auto ending = rename.ending;
  const auto at = rename.at;
  files.push_back({std::move(rename), noise});
  return stands(files, ending, at) && std::ranges::any_of(files, [&](const File& file) {
           return file.noise && file.rename.ending == ending && fresh(file, at);
         });
}

void RenameBursts::left(const std::string& actor, const std::string& path) {
  if (const auto found = actors_.find(actor); found != actors_.end())
    std::erase_if(found->second, [&](const File& file) { return file.rename.to == path; });
}

bool RenameBursts::turned(const std::string& actor, const std::string& path, SteadyTime at) {
  const auto found = actors_.find(actor);
  if (found == actors_.end()) return false;
  const auto file = std::ranges::find_if(found->second, [&](const File& f) { return f.rename.to == path; });
  if (file == found->second.end() || !fresh(*file, at)) return false;
  file->noise = true;
  return stands(found->second, file->rename.ending, at);
}

bool RenameBursts::stands(const std::string& actor, SteadyTime at) const {
  const auto found = actors_.find(actor);
  return found != actors_.end() && std::ranges::any_of(found->second, [&](const File& file) {
           return stands(found->second, file.rename.ending, at);
         });
}

void RenameBursts::forget(const std::string& actor) {
  // Its place in the order stays, and is taken again if it comes back.
  if (const auto found = actors_.find(actor); found != actors_.end()) found->second.clear();
}

}  // namespace vedette::files
