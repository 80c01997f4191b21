#include "files/guard/tree_observer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "files/judge/measure.h"

namespace vedette::files {
namespace {
namespace fs = std::filesystem;

constexpr std::size_t kAtOnce = 64;       // files in one call
constexpr std::size_t kDueMax = 100'000;  // paths that wait to be looked at; then at once
constexpr std::size_t kOneFolder = 200'000;

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

UniqueFd open_for_reading(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

Deed deed_of(const FileChange& change) {
  Deed deed;
  deed.kind = change.kind;
  deed.path = change.path;
  deed.old_path = change.old_path;
  deed.file = file_id_of(change.path);
  return deed;
}

}  // namespace

Result<std::unique_ptr<TreeObserver>> TreeObserver::open(const std::vector<std::string>& trees,
                                                         Excluded excluded, const Clock& clock,
                                                         const ObserverLimits& limits) {
  std::unique_ptr<TreeObserver> observer(new TreeObserver(std::move(excluded), clock, limits));
  TRY_ASSIGN(observer->watch_, open_inotify_watch());
  // The watches first: what changes while it learns is looked at afterwards.
  for (const auto& tree : trees) {
    TRY(observer->watch_->add(tree));
    observer->folders_.push_back(tree);
  }
  observer->trees_ = trees;
  return observer;
}

bool TreeObserver::learn() {
  for (std::size_t done = 0; done < kAtOnce; ++done) {
    if (files_.empty()) {
      if (folders_.empty()) return false;
      auto folder = std::move(folders_.front());
      folders_.pop_front();
      look_into(folder, false);
      continue;
    }
    const auto path = std::move(files_.front());
    files_.pop_front();
    if (known_.contains(path)) continue;
    if (known_.size() >= limits_.files_max) {
      ++unlearned_;
      continue;
    }
    auto file = open_for_reading(path);
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    auto print = fingerprint_of(file.get());
    if (!print) {
      ++unlearned_;
      continue;
    }
    remember(path, {{status.st_dev, status.st_ino},
                    static_cast<std::uint64_t>(status.st_size),
                    nanoseconds(status.st_mtim),
                    nanoseconds(status.st_ctim),
                    *std::move(print)});
  }
  return true;
}

void TreeObserver::look_into(const std::string& folder, bool all_are_news) {
  std::error_code error;
  std::size_t seen = 0;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end && seen < kOneFolder;
       entry.increment(error), ++seen) {
    auto path = entry->path().string();
    if (excluded_(path)) continue;
    std::error_code ignored;
    const auto status = entry->symlink_status(ignored);
    if (fs::is_directory(status)) {
      if (all_are_news) {
        look_into(path, true);
      } else {
        folders_.push_back(std::move(path));
      }
    } else if (fs::is_regular_file(status)) {
      if (all_are_news) {
        touch(path);
      } else {
        files_.push_back(std::move(path));
      }
    }
  }
}

void TreeObserver::touch(const std::string& path) {
  const auto now = clock_.steady();
  auto [found, fresh] = due_.try_emplace(path, Due{now, now});
  found->second.last = now;
}

void TreeObserver::remember(const std::string& path, Entry entry) {
  forget(path);
  inodes_[entry.inode] = path;
  known_[path] = std::move(entry);
}

void TreeObserver::forget(const std::string& path) {
  auto found = known_.find(path);
  if (found == known_.end()) return;
  if (auto named = inodes_.find(found->second.inode); named != inodes_.end() && named->second == path)
    inodes_.erase(named);
  known_.erase(found);
}

Result<void> TreeObserver::next(std::chrono::milliseconds wait, std::vector<Seen>& out, bool& overflow) {
  TreeWatch::Batch batch;
  TRY(watch_->wait(wait, batch));
  overflow = batch.overflow;
  for (const auto& event : batch.events) {
    if (excluded_(event.path)) continue;
    if (!event.directory) {
      touch(event.path);
    } else if (!event.gone) {
      look_into(event.path, true);
    } else {
      const auto prefix = event.path + "/";
      for (auto below = known_.lower_bound(prefix); below != known_.end() && below->first.starts_with(prefix);
           ++below)
        touch(below->first);
    }
  }
  if (batch.overflow) {
    for (const auto& [path, entry] : known_) touch(path);
    for (const auto& tree : trees_) look_into(tree, true);
  }
  if (!folders_.empty() || !files_.empty()) return {};  // what is not learned yet cannot be compared
  const auto now = clock_.steady();
  std::vector<std::pair<std::string, SteadyTime>> ready;
  for (auto one = due_.begin(); one != due_.end() && ready.size() < kAtOnce;) {
    const bool is_due = now - one->second.last >= limits_.settle ||
                        now - one->second.first >= limits_.busy_max || due_.size() > kDueMax;
    if (!is_due) {
      ++one;
      continue;
    }
    ready.emplace_back(one->first, one->second.first);
    one = due_.erase(one);
  }
  // Those that are there first: a name that is gone may be one of theirs.
  for (const auto& [path, at] : ready) examine(path, at, out);
  for (const auto& [path, at] : ready) missing(path, at, out);
  return {};
}

void TreeObserver::examine(const std::string& path, SteadyTime at, std::vector<Seen>& out) {
  auto file = open_for_reading(path);
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  Entry entry;
  entry.inode = {status.st_dev, status.st_ino};
  entry.size = static_cast<std::uint64_t>(status.st_size);
  entry.mtime_ns = nanoseconds(status.st_mtim);
  entry.ctime_ns = nanoseconds(status.st_ctim);
  auto known = known_.find(path);
  const auto named = inodes_.find(entry.inode);
  struct stat elsewhere{};
  std::string old_path;  // where this file was before
  if (named != inodes_.end() && named->second != path &&
      (::lstat(named->second.c_str(), &elsewhere) != 0 || elsewhere.st_ino != status.st_ino))
    old_path = named->second;

  FileChange change;
  change.path = path;
  change.old_path = old_path;
  change.size_after = entry.size;
  change.at = at;
  const auto tell = [&](Result<ContentChange> content) {
    if (content) {
      change.content = *std::move(content);
    } else {
      change.content_unknown = content.error().full();
    }
    auto deed = deed_of(change);
    out.push_back({change, std::move(deed)});
  };
  std::optional<Entry> before;
  if (known != known_.end()) {
    before = known->second;
    if (before->inode == entry.inode && before->size == entry.size && before->mtime_ns == entry.mtime_ns &&
        before->ctime_ns == entry.ctime_ns)
      return;
    change.kind = before->inode == entry.inode ? ChangeKind::kModified : ChangeKind::kReplaced;
    change.size_before = before->size;
    if (entry.size > 0 || before->size > 0) tell(measure_since(before->print, file.get()));
  } else if (!old_path.empty()) {
    before = known_.at(old_path);
    change.kind = ChangeKind::kRenamed;
    change.size_before = before->size;
    auto deed = deed_of(change);
    out.push_back({change, std::move(deed)});
    if (before->size != entry.size || before->mtime_ns != entry.mtime_ns) {
      change.kind = ChangeKind::kModified;
      change.old_path.clear();
      tell(measure_since(before->print, file.get()));
    }
  } else {
    change.kind = ChangeKind::kCreated;
    if (entry.size > 0) tell(describe_file(file.get()));
  }
  if (!old_path.empty()) forget(old_path);
  auto print = fingerprint_of(file.get());
  if (!print) return;
  if (known == known_.end() && known_.size() >= limits_.files_max) {
    ++unlearned_;
    return;
  }
  entry.print = *std::move(print);
  remember(path, std::move(entry));
}

void TreeObserver::missing(const std::string& path, SteadyTime at, std::vector<Seen>& out) {
  auto known = known_.find(path);
  struct stat status{};
  if (known == known_.end() || ::lstat(path.c_str(), &status) == 0) return;
  FileChange change;
  change.kind = ChangeKind::kDeleted;
  change.path = path;
  change.size_before = known->second.size;
  change.content = removed_since(known->second.print);
  change.at = at;
  Deed deed;
  deed.kind = change.kind;
  deed.path = path;
  forget(path);
  out.push_back({std::move(change), std::move(deed)});
}

}  // namespace vedette::files
