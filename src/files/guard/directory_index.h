// DirectoryIndex: where the watched directories are. The kernel names a directory by its handle only; its
// path comes from here, and follows renames without touching what lies below. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "files/guard/file_id.h"

namespace vedette::files {

class DirectoryIndex {
 public:
  // A protected tree's own folder: `path` is absolute.
  void add_root(const FileId& id, std::string path);
  void add(const FileId& id, const FileId& parent, std::string name);
  void moved(const FileId& id, const FileId& parent, std::string name) { add(id, parent, std::move(name)); }
  void remove(const FileId& id);
  bool contains(const FileId& id) const;
  // "" when it is not known.
  std::string path_of(const FileId& id) const;
  std::string path_of(const FileId& directory, std::string_view name) const;
  std::size_t size() const;

 private:
  struct Node {
    FileId parent;     // "" for a root
    std::string name;  // of a root: its whole path
  };
  std::string path_locked(const FileId& id) const;
  mutable std::mutex mutex_;
  std::unordered_map<FileId, Node> nodes_;
};

}  // namespace vedette::files
