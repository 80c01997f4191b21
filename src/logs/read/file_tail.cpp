#include "logs/read/file_tail.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/hash.h"

namespace vedette::logs {
namespace {

std::string head_of(int fd, std::size_t size) {
  std::string head(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t count = ::pread(fd, head.data() + got, size - got, static_cast<off_t>(got));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    got += static_cast<std::size_t>(count);
  }
  head.resize(got);
  return head;
}

struct Identity {
  std::uint64_t device = 0, inode = 0, size = 0;
  bool regular = false;
  timespec changed{};
};
std::optional<Identity> identity_of(const struct stat& status) {
  return Identity{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
                  S_ISREG(status.st_mode), status.st_mtim};
}
std::optional<Identity> identity_of(int fd) {
  struct stat status;
  return ::fstat(fd, &status) == 0 ? identity_of(status) : std::nullopt;
}
std::optional<Identity> identity_of(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 ? identity_of(status) : std::nullopt;
}

}  // namespace

FileTail::FileTail(std::string path, From from)
    : path_(std::move(path)), rotated_(path_), from_end_(from == From::kEnd) {}
FileTail::FileTail(std::string path, TailPosition position)
    : path_(std::move(path)),
      rotated_(path_),
      position_(std::move(position)),
      resumed_(position_.inode != 0) {}
FileTail::~FileTail() { close(); }

void FileTail::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  input_.reset();
}

void FileTail::start_at(std::uint64_t offset) {
  position_.offset = read_to_ = offset;
  position_.head_bytes = 0;
  position_.head_hash.clear();
  buffer_.clear();
  at_ = 0;
  skipping_ = last_ = at_end_ = false;
}

void FileTail::use(int fd, std::uint64_t offset) {
  close();
  fd_ = fd;
  const auto identity = identity_of(fd);
  if (identity) {
    position_.device = identity->device;
    position_.inode = identity->inode;
  }
  start_at(offset);
  remember_head();
}

// From its beginning, since it cannot be begun elsewhere; what was handed out is passed over. It keeps device
// and inode of what it was compressed from, where that is known: it is known by its first bytes.
Result<bool> FileTail::use_compressed(const RotatedFile& file) {
  close();
  TRY_ASSIGN(auto input, Input::open(file.path));
  input_.emplace(std::move(input));
  input_head_.clear();
  if (file.offset == 0) {
    if (const auto identity = identity_of(file.path)) {
      position_.device = identity->device;
      position_.inode = identity->inode;
    }
  }
  start_at(file.offset);
  read_to_ = 0;
  last_ = true;
  return true;
}

void FileTail::remember_head() {
  if (position_.head_bytes >= kHeadBytes) return;
  const std::string head = input_ ? input_head_ : head_of(fd_, kHeadBytes);
  // Never of more than was read: what follows may be rewritten.
  const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(head.size(), position_.offset));
  if (size == position_.head_bytes) return;
  position_.head_bytes = size;
  position_.head_hash = sha256_hex(std::string_view(head).substr(0, size));
}

bool FileTail::same_head(int fd) const {
  if (position_.head_bytes == 0) return true;
  const std::string head =
      head_of(fd, static_cast<std::size_t>(std::min<std::uint64_t>(position_.head_bytes, kHeadBytes)));
  return head.size() == position_.head_bytes && sha256_hex(head) == position_.head_hash;
}

// True: a file is open.
Result<bool> FileTail::open() {
  if (resumed_) return resume();
  return open_next();
}

Result<bool> FileTail::open_next() {
  while (!backlog_.empty()) {
    const RotatedFile file = backlog_.front();
    backlog_.pop_front();
    if (file.compressed) {
      if (use_compressed(file)) return true;
    } else if (const int fd = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); fd >= 0) {
      use(fd, file.offset);
      // Its writer may still add to it while there is no new file.
      last_ = !backlog_.empty() || identity_of(path_).has_value();
      return true;
    }
    ++counters_.gaps;
  }
  const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    if (errno == ENOENT) return false;
    return fail(errno == EACCES ? ErrorCode::kForbidden : ErrorCode::kUnavailable,
                fmt::format("{}: {}", path_, std::strerror(errno)));
  }
  const auto identity = identity_of(fd);
  if (!identity || !identity->regular) {
    ::close(fd);
    return fail(ErrorCode::kInvalid, fmt::format("{}: is no regular file", path_));
  }
  use(fd, position_.inode == 0 && from_end_ ? identity->size : 0);
  return true;
}

Result<bool> FileTail::resume() {
  const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && errno != ENOENT)
    return fail(errno == EACCES ? ErrorCode::kForbidden : ErrorCode::kUnavailable,
                fmt::format("{}: {}", path_, std::strerror(errno)));
  resumed_ = false;
  const auto identity = fd >= 0 ? identity_of(fd) : std::nullopt;
  const bool itself = identity && identity->regular && identity->inode == position_.inode &&
                      identity->device == position_.device;
  if (itself && identity->size >= position_.offset && same_head(fd)) {
    use(fd, position_.offset);
    return true;
  }
  if (fd >= 0) ::close(fd);
  if (auto files = rotated_.since(position_)) {
    backlog_.assign(files->begin(), files->end());
  } else {
    ++counters_.gaps;
    if (itself) ++counters_.truncations;
  }
  from_end_ = false;
  return open_next();
}

Result<bool> FileTail::fill_compressed() {
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kReadBytes);
  const auto count = input_->read(std::span(buffer_).subspan(before));
  buffer_.resize(before + count.value_or(0));
  if (!count) {
    // What was read of it so far is handed out; the rest cannot be had.
    ++counters_.gaps;
    input_.emplace(Input::of(""));
  } else if (*count > 0) {
    const std::string_view got = std::string_view(buffer_).substr(before);
    if (input_head_.size() < kHeadBytes) input_head_.append(got.substr(0, kHeadBytes - input_head_.size()));
    const std::uint64_t passed =
        read_to_ < position_.offset ? std::min<std::uint64_t>(position_.offset - read_to_, *count) : 0;
    read_to_ += *count;
    buffer_.erase(before, static_cast<std::size_t>(passed));
    if (passed > 0) remember_head();
    return true;
  }
  if (buffer_.size() > at_ && !skipping_) return false;
  ++counters_.rotations;
  close();
  return open_next();
}

// The file was begun anew. What was not read of it may be left in the copy that was made before.
bool FileTail::truncated() {
  ++counters_.truncations;
  const auto copy = backlog_.empty() ? rotated_.since(position_) : std::nullopt;
  if (!copy && !at_end_) ++counters_.gaps;
  if (!copy) return false;
  backlog_.assign(copy->begin(), copy->end());
  return true;
}

Result<bool> FileTail::fill() {
  if (input_) return fill_compressed();
  if (fd_ < 0) return open();
  // Looked at first: a file that was truncated may have grown beyond where we are since.
  const auto open_file = identity_of(fd_);
  if (open_file && (open_file->size < read_to_ || !same_head(fd_))) {
    if (truncated()) {
      close();
      return open_next();
    }
    const int again = ::dup(fd_);
    if (again < 0) return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", path_, std::strerror(errno)));
    use(again, 0);
    return true;
  }
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kReadBytes);
  ssize_t count = 0;
  do {
    count = ::pread(fd_, buffer_.data() + before, kReadBytes, static_cast<off_t>(read_to_));
  } while (count < 0 && errno == EINTR);
  buffer_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (count < 0) return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", path_, std::strerror(errno)));
  at_end_ = count == 0;
  if (count > 0) {
    read_to_ += static_cast<std::uint64_t>(count);
    return true;
  }
  if (!last_) {
    const auto named = identity_of(path_);
    const bool renamed =
        named && open_file && (named->inode != open_file->inode || named->device != open_file->device);
    if (!renamed) return false;
    // Its writer may still add to it until it opens the new file, which is there: this is looked at once
    // more.
    last_ = true;
    return true;
  }
  if (buffer_.size() > at_ && !skipping_) return false;  // next() hands out the end without a newline first
  ++counters_.rotations;
  // Between two looks it may have been rotated more than once.
  if (backlog_.empty() && open_file) {
    for (auto& file : rotated_.after(open_file->changed)) backlog_.push_back(std::move(file));
  }
  close();
  return open_next();
}

Result<std::optional<Line>> FileTail::next() {
  for (;;) {
    const std::size_t newline = buffer_.find('\n', at_);
    if (newline == std::string::npos && buffer_.size() - at_ <= kEventBytesMax) {
      if (at_ > 0) {
        buffer_.erase(0, at_);
        at_ = 0;
      }
      if (skipping_) {
        position_.offset += buffer_.size();
        buffer_.clear();
      }
      const bool was_last = last_;
      TRY_ASSIGN(const bool more, fill());
      if (more) continue;
      if (!was_last || buffer_.empty()) return std::nullopt;
    }
    // A line, one that is too long, or the end of a file that was renamed.
    const bool too_long = newline == std::string::npos && buffer_.size() - at_ > kEventBytesMax;
    const std::size_t end = newline != std::string::npos ? newline
                            : too_long                   ? at_ + kEventBytesMax
                                                         : buffer_.size();
    const bool skipped = skipping_;
    const std::size_t length = std::min(end - at_, kEventBytesMax);
    line_.assign(buffer_, at_, length);
    const bool cut = too_long || length < end - at_;
    position_.offset += end - at_ + (newline != std::string::npos ? 1 : 0);
    at_ = end + (newline != std::string::npos ? 1 : 0);
    skipping_ = too_long;
    remember_head();
    if (skipped) continue;
    if (line_.ends_with('\r')) line_.pop_back();
    return Line{line_, cut};
  }
}

}  // namespace vedette::logs
