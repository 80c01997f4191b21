#include "files/guard/directory_index.h"

namespace vedette::files {
namespace {
constexpr int kDepth = 1024;  // directories nest deeper than any path that can be opened, but not in circles
}

void DirectoryIndex::add_root(const FileId& id, std::string path) {
  std::lock_guard lock(mutex_);
  nodes_[id] = {{}, std::move(path)};
}
void DirectoryIndex::add(const FileId& id, const FileId& parent, std::string name) {
  std::lock_guard lock(mutex_);
  nodes_[id] = {parent, std::move(name)};
}
void DirectoryIndex::remove(const FileId& id) {
  std::lock_guard lock(mutex_);
  nodes_.erase(id);
}
bool DirectoryIndex::contains(const FileId& id) const {
  std::lock_guard lock(mutex_);
  return nodes_.contains(id);
}
std::string DirectoryIndex::path_of(const FileId& id) const {
  std::lock_guard lock(mutex_);
  return path_locked(id);
}
std::string DirectoryIndex::path_of(const FileId& directory, std::string_view name) const {
  auto path = path_of(directory);
  if (path.empty() || name.empty() || name == ".") return path;
  return path.append(path.ends_with('/') ? "" : "/").append(name);
}
std::size_t DirectoryIndex::size() const {
  std::lock_guard lock(mutex_);
  return nodes_.size();
}

std::string DirectoryIndex::path_locked(const FileId& id) const {
  std::vector<const Node*> up;
  for (const FileId* at = &id; up.size() < kDepth;) {
    auto found = nodes_.find(*at);
    if (found == nodes_.end()) return {};
    up.push_back(&found->second);
    if (found->second.parent.empty()) break;
    at = &found->second.parent;
  }
  if (up.size() == kDepth) return {};
  std::string path;
  for (auto node = up.rbegin(); node != up.rend(); ++node) {
    if (!path.empty() && !path.ends_with('/')) path += '/';
    path += (*node)->name;
  }
  return path;
}

}  // namespace vedette::files
