#include "files/judge/byte_source.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace vedette::files {

std::string ByteSource::take(std::uint64_t offset, std::size_t count) {
  if (offset >= size_) return {};
  std::uint64_t wanted = std::min<std::uint64_t>(count, size_ - offset);
  if (wanted > budget_) {
    exhausted_ = true;
    wanted = budget_;
  }
  budget_ -= wanted;
  if (fd_ < 0) return std::string(memory_.substr(offset, wanted));
  std::string out(wanted, '\0');
  std::size_t got = 0;
  while (got < out.size()) {
    const ssize_t n = ::pread(fd_, out.data() + got, out.size() - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      failed_ = true;
      break;
    }
    got += static_cast<std::size_t>(n);
  }
  out.resize(got);
  return out;
}

std::uint64_t little_endian(std::string_view bytes, std::size_t at, std::size_t width) {
  if (width > bytes.size() || at > bytes.size() - width) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = width; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}

std::uint64_t big_endian(std::string_view bytes, std::size_t at, std::size_t width) {
  if (width > bytes.size() || at > bytes.size() - width) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

}  // namespace vedette::files
