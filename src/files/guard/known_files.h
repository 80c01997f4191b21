// KnownFiles: the files that somebody opened a short while ago, each with a descriptor held open on it (a
// pin).
//
// The pin is how a file can still be read after it was unlinked or another was renamed over it, and how its
// new content is measured without opening it. Bounded: the least recently opened go first, files that lost
// their name while their fate is open last. Thread-safe; a Known is shared and its fields are for the strand
// of its last writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "files/guard/file_id.h"
#include "files/guard/unique_fd.h"
#include "files/judge/fingerprint.h"

namespace vedette::files {

struct Known {
  FileId id;
  std::shared_ptr<UniqueFd> pin;
  std::string path;
  std::string writer;                // key of the actor who opened it for writing last
  std::uint64_t image = 0;           // what it was before `writer` began; 0: none
  std::string no_image;              // why there is none, for a person
  std::optional<Fingerprint> print;  // where there is none: what is remembered instead
  bool created = false;              // by `writer`, and not yet judged
  bool written = false;              // since it was opened for writing last, and judged
  std::int64_t ctime_ns = 0;  // at the image, or when it was judged last: unchanged means nothing was written
  std::uint64_t size_before = 0;
};

// (st_dev, st_ino)
using Inode = std::pair<std::uint64_t, std::uint64_t>;

class KnownFiles {
 public:
  explicit KnownFiles(std::size_t pins_max) : pins_max_(pins_max) {}

  // The file is there, opened by somebody; `pin` may be null (created, not opened yet). Keeps an earlier pin.
  std::shared_ptr<Known> opened(const FileId& id, std::string path, std::shared_ptr<UniqueFd> pin,
                                Inode inode = {});
  // It was opened again by `actor_key`; its path, or nothing where no pin holds that inode. While one does,
  // its number is not given out again.
  std::optional<std::string> opened_again(Inode inode, const std::string& actor_key);
  std::shared_ptr<Known> find(const FileId& id) const;
  std::shared_ptr<Known> pinned(Inode inode) const;
  std::shared_ptr<Known> at(const std::string& path) const;
  void renamed(const FileId& id, const std::string& path);
  // Who opened it last, for writing or at all; "" where nobody is known.
  void used(const FileId& id, const std::string& actor_key);
  std::string last_user(const FileId& id) const;
  // Its name is gone; the pin lives on with whoever holds the Known.
  void removed(const FileId& id);
  std::size_t size() const;
  std::uint64_t dropped() const;

 private:
  struct Entry {
    std::shared_ptr<Known> known;
    std::list<FileId>::iterator age;
    std::string user = {};
    Inode inode = {};
  };
  void forget(std::unordered_map<FileId, Entry>::iterator entry);
  void forget_path(const Known& known);
  const std::size_t pins_max_;
  mutable std::mutex mutex_;
  std::unordered_map<FileId, Entry> files_;
  std::unordered_map<std::string, FileId> paths_;
  std::map<Inode, FileId> inodes_;  // of those with a pin
  std::list<FileId> ages_;          // oldest first
  std::uint64_t dropped_ = 0;
};

}  // namespace vedette::files
