#include "files/guard/range_image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace vedette::files {
namespace {

constexpr std::size_t kPiece = 1 << 20;  // bytes copied at once, and the most one record speaks of

struct Record {
  std::uint64_t offset = 0, count = 0;
  std::uint32_t sum = 0, reserved = 0;
};
static_assert(sizeof(Record) == 24);

std::unexpected<Error> failed(const std::string& what) {
  return fail(errno == ENOSPC || errno == EDQUOT ? ErrorCode::kLimit : ErrorCode::kUnavailable,
              what + ": " + std::strerror(errno));
}

std::uint32_t sum_of(const char* bytes, std::size_t size) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const unsigned char*>(bytes), static_cast<uInt>(size)));
}

// As much as there is; less than `size` at the end of the file only.
Result<std::size_t> read_all(int fd, char* to, std::size_t size, std::uint64_t at) {
  std::size_t done = 0;
  while (done < size) {
    auto got = ::pread(fd, to + done, size - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("reading");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<void> write_all(int fd, const char* from, std::size_t size, std::uint64_t at) {
  for (std::size_t done = 0; done < size;) {
    auto put = ::pwrite(fd, from + done, size - done, static_cast<off_t>(at + done));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failed("writing");
    done += static_cast<std::size_t>(put);
  }
  return {};
}

}  // namespace

RangeImage::RangeImage(std::uint64_t size, UniqueFd content, UniqueFd records)
    : size_(size), content_(std::move(content)), records_(std::move(records)) {}

std::filesystem::path RangeImage::records_of(const std::filesystem::path& path) {
  return path.string() + ".ranges";
}

Result<std::unique_ptr<RangeImage>> RangeImage::create(const std::filesystem::path& path,
                                                       std::uint64_t size) {
  constexpr int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
  UniqueFd content(::open(path.c_str(), flags, 0600));
  UniqueFd records(::open(records_of(path).c_str(), flags | O_APPEND, 0600));
  if (!content || !records || ::ftruncate(content.get(), static_cast<off_t>(size)) != 0) {
    auto error = failed("creating a pre-image");
    ::unlink(path.c_str());
    ::unlink(records_of(path).c_str());
    return error;
  }
  return std::unique_ptr<RangeImage>(new RangeImage(size, std::move(content), std::move(records)));
}

Result<std::unique_ptr<RangeImage>> RangeImage::open(const std::filesystem::path& path, std::uint64_t size) {
  UniqueFd content(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  UniqueFd records(::open(records_of(path).c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  if (!content || !records) return failed("opening a pre-image");
  std::unique_ptr<RangeImage> image(new RangeImage(size, std::move(content), std::move(records)));
  TRY(image->read_records());
  return image;
}

Result<void> RangeImage::read_records() {
  Record record;
  for (std::uint64_t at = 0;; at += sizeof record) {
    TRY_ASSIGN(auto got, read_all(records_.get(), reinterpret_cast<char*>(&record), sizeof record, at));
    if (got < sizeof record) return {};  // half of the last one was written
    spoiled_ |= record.count == 0;
    if (record.count == 0 || record.offset >= size_ || record.count > kPiece) continue;
    join(record.offset, std::min(size_, record.offset + record.count));
  }
}

std::map<std::uint64_t, std::uint64_t> RangeImage::gaps(Range range) const {
  std::map<std::uint64_t, std::uint64_t> out;
  std::lock_guard lock(mutex_);
  if (range.offset >= size_ || range.count == 0) return out;
  auto at = range.offset / kBlock * kBlock;
  auto end = range.count >= size_ - range.offset
                 ? size_
                 : std::min(size_, (range.offset + range.count + kBlock - 1) / kBlock * kBlock);
  auto next = kept_.upper_bound(at);
  if (next != kept_.begin()) at = std::max(at, std::prev(next)->second);
  for (; at < end; ++next) {
    auto until = next == kept_.end() ? end : std::min(end, next->first);
    if (at < until) out[at] = until;
    if (next == kept_.end()) break;
    at = std::max(at, next->second);
  }
  return out;
}

void RangeImage::join(std::uint64_t begin, std::uint64_t end) {
  std::lock_guard lock(mutex_);
  auto next = kept_.upper_bound(begin);
  if (next != kept_.begin() && std::prev(next)->second >= begin) {
    --next;
    begin = next->first;
    end = std::max(end, next->second);
  }
  while (next != kept_.end() && next->first <= end) {
    end = std::max(end, next->second);
    bytes_ -= next->second - next->first;
    next = kept_.erase(next);
  }
  kept_[begin] = end;
  bytes_ += end - begin;
}

std::uint64_t RangeImage::missing(Range range) const {
  std::uint64_t bytes = 0;
  for (const auto& [begin, end] : gaps(range)) bytes += end - begin;
  return bytes;
}

Result<std::uint64_t> RangeImage::keep(int fd, Range range, const std::function<bool()>& wanted) {
  // Two writers of one stretch must both wait until it is kept.
  std::lock_guard lock(copying_);
  std::uint64_t added = 0;
  std::vector<char> piece;
  for (const auto& [begin, end] : gaps(range)) {
    for (auto at = begin; at < end;) {
      piece.resize(std::min<std::uint64_t>(kPiece, end - at));
      TRY_ASSIGN(auto got, read_all(fd, piece.data(), piece.size(), at));
      if (!wanted())
        return fail(ErrorCode::kConflict, "its writer was let through before all of it was kept");
      // Shorter than it was: whoever shortened it was not seen, or it is behind the end that this range has
      // kept.
      if (got < piece.size())
        return fail(ErrorCode::kConflict, "the file is shorter than when it was opened");
      TRY(write_all(content_.get(), piece.data(), got, at));
      TRY(record(at, got, sum_of(piece.data(), got)));
      join(at, at + got);
      added += got;
      at += got;
    }
  }
  return added;
}

Result<void> RangeImage::record(std::uint64_t offset, std::uint64_t count, std::uint32_t sum) {
  Record out{offset, count, sum, 0};
  auto put = ::write(records_.get(), &out, sizeof out);
  if (put != static_cast<ssize_t>(sizeof out)) return failed("writing down what was kept");
  return {};
}

void RangeImage::spoil() {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(spoiled_, true)) return;
  }
  [[maybe_unused]] auto written = record(0, 0, 0);
}

bool RangeImage::spoiled() const {
  std::lock_guard lock(mutex_);
  return spoiled_;
}

std::uint64_t RangeImage::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

Result<void> RangeImage::put_back(int to) const {
  std::lock_guard lock(copying_);
  if (spoiled()) return fail(ErrorCode::kConflict, "a part of it was overwritten before it could be kept");
  if (::ftruncate(to, static_cast<off_t>(size_)) != 0) return failed("giving it its old length");
  std::vector<char> piece(kPiece);
  Record record;
  for (std::uint64_t at = 0;; at += sizeof record) {
    TRY_ASSIGN(auto got, read_all(records_.get(), reinterpret_cast<char*>(&record), sizeof record, at));
    if (got < sizeof record) return {};
    if (record.offset >= size_ || record.count > kPiece) continue;
    TRY_ASSIGN(auto size, read_all(content_.get(), piece.data(), record.count, record.offset));
    if (size != record.count || sum_of(piece.data(), size) != record.sum)
      return fail(ErrorCode::kUnavailable,
                  fmt::format("what was kept of it at byte {} is damaged", record.offset));
    TRY(write_all(to, piece.data(), size, record.offset));
  }
}

void RangeImage::sync() const {
  ::fdatasync(content_.get());
  ::fdatasync(records_.get());
}

}  // namespace vedette::files
