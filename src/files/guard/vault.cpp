#include "files/guard/vault.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/log.h"

namespace vedette::files {
namespace json = boost::json;
namespace {

constexpr std::size_t kLineMax = 256 * 1024;
constexpr std::uint64_t kCopied = 256 * 1024;  // not reflinked up to here
constexpr std::size_t kDeedsKept = 100'000;    // of an older journal, when it is written anew

std::unexpected<Error> failed(const std::string& what) {
  auto code = errno == EACCES || errno == EPERM ? ErrorCode::kForbidden
              : errno == ENOSPC                 ? ErrorCode::kLimit
                                                : ErrorCode::kUnavailable;
  return fail(code, what + ": " + std::strerror(errno));
}

Result<void> private_folder(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("creating " + path.string());
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return failed("looking at " + path.string());
  if (!S_ISDIR(status.st_mode)) return fail(ErrorCode::kInvalid, path.string() + " is no folder");
  if (status.st_uid != ::geteuid() || (status.st_mode & 022) != 0)
    return fail(ErrorCode::kForbidden, path.string() +
                                           " belongs to somebody else or others may write to it; it must "
                                           "be this user's own, mode 0700");
  return {};
}

}  // namespace

Vault::Vault(std::filesystem::path path, const VaultLimits& limits, const Clock& clock)
    : path_(std::move(path)), limits_(limits), clock_(clock) {}

Result<std::unique_ptr<Vault>> Vault::open(const std::filesystem::path& path, const VaultLimits& limits,
                                           const Clock& clock) {
  std::unique_ptr<Vault> vault(new Vault(path, limits, clock));
  TRY(vault->start());
  return vault;
}

Result<VaultHistory> Vault::read(const std::filesystem::path& path) {
  VaultHistory history;
  std::ifstream in(path / "journal", std::ios::binary);
  if (!in)
    return fail(ErrorCode::kNotFound, (path / "journal").string() + " cannot be read: is this a vault?");
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    if (line.size() > kLineMax) {
      ++history.unreadable_lines;
      continue;
    }
    take_record(line, history);
  }
  return history;
}

Result<void> Vault::start() {
  std::error_code ignored;
  std::filesystem::create_directories(path_.parent_path(), ignored);
  TRY(private_folder(path_));
  TRY(private_folder(path_ / "images"));
  TRY(private_folder(path_ / "replaced"));
  lock_.reset(::open((path_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_) return failed("opening " + (path_ / "lock").string());
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorCode::kConflict, "another guard or rollback works on the vault " + path_.string());
  if (std::filesystem::exists(path_ / "journal")) {
    TRY_ASSIGN(history_, read(path_));
  }
  number_ = history_.last_number;
  // The journal is written anew without what is gone; the old one stays until the new one is whole.
  auto fresh = path_ / "journal.new";
  journal_.reset(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (!journal_) return failed("creating " + fresh.string());
  for (auto it = history_.images.begin(); it != history_.images.end();) {
    struct stat status{};
    if (::stat(image_path(it->first).c_str(), &status) != 0) {
      it = history_.images.erase(it);  // half written when the machine stopped
      continue;
    }
    if (it->second.ranges) {
      auto opened = RangeImage::open(image_path(it->first), it->second.size);
      if (!opened) {
        log::error("files.vault", "a pre-image cannot be used", {{"error", opened.error().full()}});
        it = history_.images.erase(it);
        continue;
      }
      take_up_ranges(it->second, *std::move(opened));
    }
    append(to_record(it->second));
    bytes_ += bytes_of(it->second);
    if (it->second.settled) settled_.insert(it->first);
    ++it;
  }
  images_ = history_.images;
  if (history_.deeds.size() > kDeedsKept)
    history_.deeds.erase(history_.deeds.begin(), history_.deeds.end() - kDeedsKept);
  for (const auto& deed : history_.deeds) append(to_record(deed));
  for (const auto& incident : history_.incidents) append(to_record(incident));
  std::erase_if(history_.allowances, [&](const auto& one) { return one.until <= clock_.wall(); });
  for (const auto& allowance : history_.allowances) append(to_record(allowance));
  sync_now();
  if (::rename(fresh.c_str(), (path_ / "journal").c_str()) != 0) return failed("renaming the journal");
  // Images that no line speaks of are of no use to anybody.
  for (const auto& entry : std::filesystem::directory_iterator(path_ / "images", ignored)) {
    auto name = entry.path().filename().string();
    if (!images_.contains(std::strtoull(name.c_str(), nullptr, 10)))
      std::filesystem::remove(entry.path(), ignored);
  }
  return {};
}

std::filesystem::path Vault::image_path(std::uint64_t id) const {
  return path_ / "images" / std::to_string(id);
}

Result<Image> Vault::describe_new(int fd, const std::string& path, const FileId& file,
                                  const std::string& actor, std::vector<ProcessId> lineage) const {
  TRY_ASSIGN(auto image, describe(fd));
  image.lineage = std::move(lineage);
  image.path = path;
  image.file = file;
  image.actor = actor;
  image.at = clock_.wall();
  return image;
}

Result<Image> Vault::keep(int fd, const std::string& path, const FileId& file, const std::string& actor,
                          std::vector<ProcessId> lineage) {
  TRY_ASSIGN(auto image, describe_new(fd, path, file, actor, std::move(lineage)));
  if (image.size > limits_.file_bytes_max && !shares_blocks_with(fd)) {
    std::lock_guard lock(mutex_);
    ++refused_;
    return fail(ErrorCode::kUnsupported,
                fmt::format("the file is larger than {} MiB", limits_.file_bytes_max >> 20));
  }
  {
    std::lock_guard lock(mutex_);
    if (!make_room(image.size)) {
      ++refused_;
      return fail(ErrorCode::kLimit, "the vault is full");
    }
    bytes_ += image.size;  // reserved
    image.id = ++number_;
  }
  auto give_back = [&] {
    std::lock_guard lock(mutex_);
    bytes_ -= image.size;
    ++refused_;
    ::unlink(image_path(image.id).c_str());
  };
  UniqueFd copy(::open(image_path(image.id).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!copy) {
    give_back();
    return failed("creating a pre-image");
  }
  image.reflink = image.size > kCopied && share_content(fd, copy.get());
  if (!image.reflink) {
    if (auto done = copy_bytes(fd, copy.get()); !done) {
      give_back();
      return std::unexpected(std::move(done).error());
    }
  }
  std::lock_guard lock(mutex_);
  images_[image.id] = image;
  unsynced_[image.id] = false;
  append(to_record(image));
  return image;
}

bool Vault::make_room(std::uint64_t size) {
  while (bytes_ + size > limits_.bytes_max || images_.size() >= limits_.images_max) {
    if (settled_.empty()) return false;
    remove(*settled_.begin());
    ++evicted_;
  }
  return true;
}

void Vault::remove(std::uint64_t id) {
  settled_.erase(id);
  unsynced_.erase(id);
  auto found = images_.find(id);
  if (found == images_.end()) return;
  bytes_ -= std::min(bytes_, bytes_of(found->second));
  ::unlink(image_path(id).c_str());
  if (found->second.ranges) forget_ranges(found->second);
  images_.erase(found);
  append({{"t", "evicted"}, {"id", id}});
}

void Vault::discard(std::uint64_t id) {
  std::lock_guard lock(mutex_);
  remove(id);
}

std::vector<Image> Vault::images() const {
  std::lock_guard lock(mutex_);
  std::vector<Image> out;
  out.reserve(images_.size());
  for (const auto& [id, image] : images_) out.push_back(image);
  return out;
}

std::optional<Image> Vault::image(std::uint64_t id) const {
  std::lock_guard lock(mutex_);
  auto found = images_.find(id);
  return found == images_.end() ? std::nullopt : std::optional(found->second);
}

bool Vault::has(std::uint64_t id) const {
  std::lock_guard lock(mutex_);
  return images_.contains(id);
}

Result<UniqueFd> Vault::content(std::uint64_t id) const {
  {
    std::lock_guard lock(mutex_);
    if (ranges_.contains(id)) return fail(ErrorCode::kUnsupported, "only stretches of the file were kept");
  }
  UniqueFd file(::open(image_path(id).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail(ErrorCode::kNotFound, fmt::format("pre-image {} is gone from the vault", id));
  return file;
}

Result<std::string> Vault::hash(std::uint64_t id) {
  auto known = image(id);
  if (!known) return fail(ErrorCode::kNotFound, fmt::format("pre-image {} is gone from the vault", id));
  if (!known->sha256.empty()) return known->sha256;
  if (known->ranges) return fail(ErrorCode::kUnsupported, "only stretches of the file were kept");
  TRY_ASSIGN(auto file, content(id));
  TRY_ASSIGN(auto hash, sha256_of(file.get()));
  std::lock_guard lock(mutex_);
  if (auto found = images_.find(id); found != images_.end()) found->second.sha256 = hash;
  append({{"t", "hash"}, {"id", id}, {"sha256", hash}});
  return hash;
}

void Vault::settle(std::uint64_t id, bool settled) {
  std::lock_guard lock(mutex_);
  auto found = images_.find(id);
  if (found == images_.end() || found->second.settled == settled) return;
  found->second.settled = settled;
  if (settled) {
    settled_.insert(id);
    unsynced_.erase(id);
  } else {
    settled_.erase(id);
    unsynced_[id] = true;
  }
  append({{"t", "settled"}, {"id", id}, {"settled", settled ? 1 : 0}});
}

std::filesystem::path Vault::replaced_name(const std::string& path) {
  auto name = std::filesystem::path(path).filename().string();
  if (name.size() > 200) name.resize(200);
  return path_ / "replaced" / fmt::format("{}-{}", next_number(), name);
}

std::uint64_t Vault::next_number() {
  std::lock_guard lock(mutex_);
  return ++number_;
}

void Vault::record(const Deed& deed) {
  std::lock_guard lock(mutex_);
  append(to_record(deed));
}
void Vault::record(const FileIncident& incident) {
  std::lock_guard lock(mutex_);
  append(to_record(incident));
}
void Vault::record(const Allowance& allowance) {
  std::lock_guard lock(mutex_);
  append(to_record(allowance));
}
void Vault::record_undone(const std::vector<std::uint64_t>& deeds) {
  constexpr std::size_t kLine = 2'000;  // numbers; a line stays far below what read() takes
  std::lock_guard lock(mutex_);
  for (std::size_t at = 0; at < deeds.size(); at += kLine) {
    auto end = std::min(deeds.size(), at + kLine);
    append({{"t", "undone"},
            {"deeds", json::array(deeds.begin() + static_cast<std::ptrdiff_t>(at),
                                  deeds.begin() + static_cast<std::ptrdiff_t>(end))}});
  }
}
void Vault::record_pin_saved(std::uint64_t deed, std::uint64_t image) {
  std::lock_guard lock(mutex_);
  append({{"t", "pin_saved"}, {"deed", deed}, {"image", image}});
}

void Vault::append(const json::object& line) {
  auto bytes = json::serialize(line) + "\n";
  auto written = ::write(journal_.get(), bytes.data(), bytes.size());
  if (written != static_cast<ssize_t>(bytes.size()))
    log::error("files.vault", "a line of the journal could not be written",
               {{"error", std::strerror(errno)}});
}

void Vault::sync() { sync(false); }
void Vault::sync_now() { sync(true); }

void Vault::sync(bool all) {
  std::vector<std::uint64_t> due;
  {
    std::lock_guard lock(mutex_);
    for (auto one = unsynced_.begin(); one != unsynced_.end();) {
      if (!all && !std::exchange(one->second, true)) {
        ++one;
        continue;
      }
      due.push_back(one->first);
      one = unsynced_.erase(one);
    }
  }
  if (due.empty() && !all) return;
  // The content before the line that speaks of it; and what is kept for long is hashed while it is certainly
  // as it was.
  for (auto id : due) {
    if (auto stretches = ranges_image(id)) {
      stretches->sync();
      continue;
    }
    [[maybe_unused]] auto known = hash(id);
    if (auto file = content(id)) ::fdatasync(file->get());
  }
  ::fdatasync(journal_.get());
}

Vault::Status Vault::status() const {
  std::lock_guard lock(mutex_);
  return {bytes_, images_.size(), evicted_, refused_, limits_};
}

}  // namespace vedette::files
