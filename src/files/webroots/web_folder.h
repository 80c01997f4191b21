// WebFolder: looking at what lies below one web root without ever leaving it: no symbolic link is followed,
// not even when the tree is changed while we look (openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS).
// Names are bytes. Owns the descriptor of the root. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "files/guard/unique_fd.h"

namespace vedette::files {

struct WebFile {
  enum class Type : std::uint8_t { kFile, kLink, kFolder, kOther };  // kOther: sockets, devices, fifos
  Type type = Type::kOther;
  std::int64_t size = 0, mtime_ns = 0, ctime_ns = 0, inode = 0;
  bool executable = false;
};

struct WebContent {
  std::string bytes;   // the first ShellRules::kBytesMax; of a link its target
  std::string sha256;  // of the whole; "" for a file of more than kHashMax
};

class WebFolder {
 public:
  static constexpr std::int64_t kHashMax = 256ll << 20;
  static constexpr std::size_t kEntriesMax = 200'000;  // of one folder

  static Result<WebFolder> open(const std::string& path);
  // kNotFound: it is not there (or a link leads to it).
  Result<WebFile> look(const std::string& relative) const;
  Result<WebContent> read(const std::string& relative, const WebFile& file) const;
  struct Entry {
    std::string name;
    WebFile file;
  };
  // kLimit: more than kEntriesMax.
  Result<std::vector<Entry>> list(const std::string& relative) const;
  // A link with this target, lying in `directory`, leads out of the root.
  static bool leaves(const std::string& root, const std::string& directory, const std::string& target);

 private:
  explicit WebFolder(UniqueFd root) : root_(std::move(root)) {}
  UniqueFd open_below(const std::string& relative, int flags) const;
  UniqueFd root_;
};

}  // namespace vedette::files
