#include "desk/clocks/toml_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "desk/clocks/toml_fields.h"

namespace vedette::desk {

namespace fs = std::filesystem;

Result<std::vector<fs::path>> toml_files(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() != ".toml") continue;
    if (out.size() >= kTomlFilesMax)
      return fail(ErrorCode::kLimit,
                  fmt::format("{}: has more than {} files; take some away", folder.string(), kTomlFilesMax));
    out.push_back(at->path());
  }
  if (error)
    return fail(ErrorCode::kUnavailable,
                fmt::format("{}: cannot be read: {}", folder.string(), error.message()));
  std::ranges::sort(out);
  return out;
}

Result<std::string> bytes_of_toml_file(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error))
    return fail(ErrorCode::kInvalid, fmt::format("{}: is no file", path.string()));
  std::ifstream in(path, std::ios::binary);
  std::string bytes(kClockFileBytesMax + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (in.bad() || !in.eof())
    return fail(ErrorCode::kInvalid, fmt::format("{}: cannot be read, or is larger than {} KiB",
                                                 path.string(), kClockFileBytesMax / 1024));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

}  // namespace vedette::desk
