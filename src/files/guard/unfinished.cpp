#include "files/guard/unfinished.h"

#include <set>

namespace vedette::files {

std::vector<Deed> unfinished_writes(const std::vector<Image>& images, const std::vector<Deed>& deeds,
                                    const FileIncident& incident) {
  std::set<std::uint64_t> told;
  for (const auto& deed : deeds) told.insert(deed.image);
  std::map<FileId, std::uint64_t> others;  // the latest image that somebody else's write made
  for (const auto& image : images) {
    if (belongs(image.actor, image.lineage, incident)) continue;
    auto& latest = others[image.file];
    latest = std::max(latest, image.id);
  }
  std::vector<Deed> out;
  for (const auto& image : images) {
    if (image.settled || told.contains(image.id) || !belongs(image.actor, image.lineage, incident)) continue;
    if (auto later = others.find(image.file); later != others.end() && later->second > image.id) continue;
    Deed deed;
    deed.number = image.id;
    deed.kind = ChangeKind::kModified;
    deed.path = image.path;
    deed.file = image.file;
    deed.image = image.id;
    deed.actor = image.actor;
    deed.lineage = image.lineage;
    deed.size_before = deed.size_after = image.size;
    deed.at = image.at;
    out.push_back(std::move(deed));
  }
  return out;
}

}  // namespace vedette::files
