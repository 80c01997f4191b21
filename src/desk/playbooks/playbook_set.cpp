#include "desk/playbooks/playbook_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/assert.h"
#include "desk/clocks/toml_files.h"
#include "model/content.h"

namespace vedette::desk {

Result<void> PlaybookSet::add(std::string_view toml, const std::string& file, std::string source) {
  TRY_ASSIGN(auto playbook, parse_playbook(toml, file));
  playbook.source = std::move(source);
  auto id = playbook.id;
  playbooks_.insert_or_assign(std::move(id), std::move(playbook));
  return {};
}

PlaybookSet PlaybookSet::built_in() {
  PlaybookSet set;
  for (const auto& file : content::content_files()) {
    if (!file.path.starts_with("playbooks/")) continue;
    const auto added = set.add(file.bytes, std::string(file.path), "built_in");
    VEDETTE_ASSERT(added.has_value());
  }
  return set;
}

Result<PlaybookSet> PlaybookSet::with_folder(const std::filesystem::path& folder) {
  auto set = built_in();
  std::vector<std::string> refusals;
  TRY_ASSIGN(auto files, toml_files(folder));
  for (const auto& path : files) {
    auto bytes = bytes_of_toml_file(path);
    auto added = bytes ? set.add(*bytes, path.string(), "own") : Result<void>(std::unexpected(bytes.error()));
    if (!added) refusals.push_back(added.error().full());
  }
  if (!refusals.empty()) return fail(ErrorCode::kInvalid, fmt::format("{}", fmt::join(refusals, "\n")));
  return set;
}

const Playbook* PlaybookSet::find(std::string_view id) const {
  auto found = playbooks_.find(id);
  return found == playbooks_.end() ? nullptr : &found->second;
}

std::vector<const Playbook*> PlaybookSet::playbooks() const {
  std::vector<const Playbook*> out;
  for (const auto& [id, playbook] : playbooks_) out.push_back(&playbook);
  return out;
}

}  // namespace vedette::desk
