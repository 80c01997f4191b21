#include "agent/state_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

namespace vedette::agent {

Result<void> write_state_file(const std::filesystem::path& path, const std::string& text) {
  auto next = path.string() + ".new";
  int fd = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                 ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(next.c_str(), path.c_str()) != 0)
    return fail(ErrorCode::kUnavailable,
                fmt::format("{} cannot be written; check the disk and the folder's owner", path.string()));
  int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
  return {};
}

Result<std::string> read_state_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::kNotFound, path.string() + " is not there");
  std::string text(kStateBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kStateBytesMax) return fail(ErrorCode::kCorrupt, path.string() + " is too long");
  return text;
}

}  // namespace vedette::agent
