#include "files/guard/known_files.h"

namespace vedette::files {

std::shared_ptr<Known> KnownFiles::opened(const FileId& id, std::string path, std::shared_ptr<UniqueFd> pin,
                                          Inode inode) {
  std::lock_guard lock(mutex_);
  auto found = files_.find(id);
  if (found == files_.end()) {
    while (files_.size() >= pins_max_ && !ages_.empty()) {
      forget(files_.find(ages_.front()));
      ++dropped_;
    }
    auto known = std::make_shared<Known>();
    known->id = id;
    ages_.push_back(id);
    found = files_.emplace(id, Entry{std::move(known), std::prev(ages_.end())}).first;
  } else {
    ages_.splice(ages_.end(), ages_, found->second.age);
  }
  auto& known = found->second.known;
  if (!known->pin && pin) {
    known->pin = std::move(pin);
    found->second.inode = inode;
    if (inode != Inode{}) inodes_[inode] = id;
  }
  if (known->path != path) {
    forget_path(*known);
    known->path = std::move(path);
  }
  paths_[known->path] = id;
  return known;
}

std::optional<std::string> KnownFiles::opened_again(Inode inode, const std::string& actor_key) {
  std::lock_guard lock(mutex_);
  auto numbered = inodes_.find(inode);
  if (numbered == inodes_.end()) return std::nullopt;
  auto& entry = files_.find(numbered->second)->second;
  ages_.splice(ages_.end(), ages_, entry.age);
  if (!actor_key.empty()) entry.user = actor_key;
  return entry.known->path;
}

void KnownFiles::forget(std::unordered_map<FileId, Entry>::iterator entry) {
  forget_path(*entry->second.known);
  auto numbered = inodes_.find(entry->second.inode);
  if (numbered != inodes_.end() && numbered->second == entry->first) inodes_.erase(numbered);
  ages_.erase(entry->second.age);
  files_.erase(entry);
}

void KnownFiles::forget_path(const Known& known) {
  auto named = paths_.find(known.path);
  if (named != paths_.end() && named->second == known.id) paths_.erase(named);
}

std::shared_ptr<Known> KnownFiles::find(const FileId& id) const {
  std::lock_guard lock(mutex_);
  auto found = files_.find(id);
  return found == files_.end() ? nullptr : found->second.known;
}

std::shared_ptr<Known> KnownFiles::pinned(Inode inode) const {
  std::lock_guard lock(mutex_);
  auto numbered = inodes_.find(inode);
  return numbered == inodes_.end() ? nullptr : files_.find(numbered->second)->second.known;
}

std::shared_ptr<Known> KnownFiles::at(const std::string& path) const {
  std::lock_guard lock(mutex_);
  auto named = paths_.find(path);
  if (named == paths_.end()) return nullptr;
  auto found = files_.find(named->second);
  return found == files_.end() ? nullptr : found->second.known;
}

void KnownFiles::renamed(const FileId& id, const std::string& path) {
  std::lock_guard lock(mutex_);
  auto found = files_.find(id);
  if (found == files_.end()) return;
  forget_path(*found->second.known);
  found->second.known->path = path;
  paths_[path] = id;
}

void KnownFiles::used(const FileId& id, const std::string& actor_key) {
  std::lock_guard lock(mutex_);
  if (auto found = files_.find(id); found != files_.end()) found->second.user = actor_key;
}

std::string KnownFiles::last_user(const FileId& id) const {
  std::lock_guard lock(mutex_);
  auto found = files_.find(id);
  return found == files_.end() ? std::string() : found->second.user;
}

void KnownFiles::removed(const FileId& id) {
  std::lock_guard lock(mutex_);
  auto found = files_.find(id);
  if (found == files_.end()) return;
  forget(found);
}

std::size_t KnownFiles::size() const {
  std::lock_guard lock(mutex_);
  return files_.size();
}
std::uint64_t KnownFiles::dropped() const {
  std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace vedette::files
