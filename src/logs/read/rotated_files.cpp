#include "logs/read/rotated_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <tuple>

#include "base/hash.h"
#include "logs/read/decompress.h"
#include "logs/read/input.h"

namespace vedette::logs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMagicBytes = 6;

bool newer(const timespec& a, const timespec& b) {
  return std::tie(a.tv_sec, a.tv_nsec) > std::tie(b.tv_sec, b.tv_nsec);
}

// The first bytes, decompressed; fewer where the file is shorter or cannot be read.
std::string head_of(const std::string& path, std::size_t size) {
  auto input = Input::open(path);
  std::string head(size, '\0');
  std::size_t got = 0;
  while (input && got < size) {
    const auto count = input->read(std::span(head).subspan(got));
    if (!count || *count == 0) break;
    got += *count;
  }
  head.resize(got);
  return head;
}

bool is_compressed(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  char magic[kMagicBytes];
  const ssize_t count = ::pread(fd, magic, sizeof magic, 0);
  ::close(fd);
  return count > 0 && !compression_of(std::string_view(magic, static_cast<std::size_t>(count))).empty();
}

}  // namespace

bool is_rotated_name(std::string_view file, std::string_view log) {
  if (!file.starts_with(log) || file.size() == log.size()) return false;
  std::string_view rest = file.substr(log.size());
  for (const std::string_view ending : {".gz", ".xz", ".zst"}) {
    if (rest.ends_with(ending)) {
      rest.remove_suffix(ending.size());
      break;
    }
  }
  return rest.find_first_not_of("0123456789.-_T") == std::string_view::npos;
}

std::vector<RotatedFiles::Neighbour> RotatedFiles::neighbours() const {
  std::vector<Neighbour> out;
  const fs::path path(path_);
  const std::string name = path.filename();
  std::error_code error;
  std::size_t looked = 0;
  for (fs::directory_iterator entry(path.parent_path().empty() ? "." : path.parent_path(), error), end;
       !error && entry != end && looked < kNeighboursMax; entry.increment(error)) {
    const std::string file = entry->path().filename();
    if (!file.starts_with(name) || file == name) continue;
    ++looked;
    struct stat status;
    if (::stat(entry->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    out.push_back({entry->path().string(), status.st_dev, status.st_ino,
                   static_cast<std::uint64_t>(status.st_size), status.st_mtim, false});
  }
  std::ranges::sort(out, [](const auto& a, const auto& b) { return newer(b.changed, a.changed); });
  return out;
}

std::vector<RotatedFile> RotatedFiles::after(const timespec& time) const {
  std::vector<RotatedFile> out;
  const std::string name = fs::path(path_).filename();
  for (const auto& one : neighbours()) {
    if (!newer(one.changed, time) || out.size() >= kFilesMax) continue;
    if (!is_rotated_name(fs::path(one.path).filename().string(), name)) continue;
    out.push_back({one.path, is_compressed(one.path), 0});
  }
  return out;
}

std::optional<std::vector<RotatedFile>> RotatedFiles::since(const TailPosition& position) const {
  const std::string name = fs::path(path_).filename();
  const auto same_head = [&](const std::string& path) {
    const std::string head = head_of(path, position.head_bytes);
    return head.size() == position.head_bytes && sha256_hex(head) == position.head_hash;
  };
  const auto all = neighbours();
  const Neighbour* found = nullptr;
  bool compressed = false;
  for (const auto& one : all) {
    if (one.inode == position.inode && one.device == position.device && one.size >= position.offset &&
        (position.head_bytes == 0 || same_head(one.path)))
      found = &one;
  }
  // Without a single byte of it, it cannot be told from any other.
  for (auto one = all.rbegin(); position.head_bytes > 0 && found == nullptr && one != all.rend(); ++one) {
    if (!is_rotated_name(fs::path(one->path).filename().string(), name)) continue;
    compressed = is_compressed(one->path);
    if ((compressed || one->size >= position.offset) && same_head(one->path)) found = &*one;
  }
  if (found == nullptr) return std::nullopt;
  std::vector<RotatedFile> out{{found->path, compressed, position.offset}};
  for (auto& later : after(found->changed)) out.push_back(std::move(later));
  return out;
}

}  // namespace vedette::logs
