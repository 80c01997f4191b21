#include "files/guard/rollback_report.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>

#include "base/hash.h"
#include "files/guard/unique_fd.h"

namespace vedette::files {
namespace json = boost::json;
namespace {

constexpr std::size_t kFilesMax = 200'000, kLineMax = 64 * 1024;

std::string text(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::unexpected<Error> failed(const std::filesystem::path& path) {
  return fail(ErrorCode::kUnavailable, path.string() + ": " + std::strerror(errno));
}

RestoredFile file_of(const json::object& line) {
  return {text(line, "path"),   text(line, "action"),           text(line, "sha256_before"),
          text(line, "sha256"), text(line, "replaced_version"), text(line, "error")};
}

bool named_like_an_id(const std::string& name) {
  return !name.empty() && name.size() <= 64 &&
         std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
}

std::filesystem::path report_path(const std::filesystem::path& vault, const std::string& incident) {
  return vault / "reports" / incident;
}

}  // namespace

json::object restored_file_json(const RestoredFile& file) {
  json::object out{{"path", file.path}, {"action", file.action}};
  if (!file.sha256_expected.empty()) out["sha256_before"] = file.sha256_expected;
  if (!file.sha256.empty()) out["sha256"] = file.sha256;
  if (!file.moved_to.empty()) out["replaced_version"] = file.moved_to;
  if (!file.error.empty()) out["error"] = file.error;
  return out;
}

Result<void> write_report(const std::filesystem::path& vault, const FileIncident& incident,
                          const std::vector<RestoredFile>& files) {
  std::map<std::string, RestoredFile> all;
  if (auto before = read_report(vault, incident.id, 0, kFilesMax))
    for (auto& file : before->files) all[file.path] = std::move(file);
  for (const auto& file : files)
    if (all.size() < kFilesMax || all.contains(file.path)) all[file.path] = file;
  auto path = report_path(vault, incident.id);
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  auto next = path.string() + ".new";
  UniqueFd out(::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!out) return failed(next);
  std::string block;
  auto put = [&](bool now) {
    if (!now && block.size() < 256 * 1024) return true;
    bool whole = ::write(out.get(), block.data(), block.size()) == static_cast<ssize_t>(block.size());
    block.clear();
    return whole;
  };
  for (const auto& [name, file] : all) {
    block += json::serialize(restored_file_json(file)) + "\n";
    if (!put(false)) return failed(next);
  }
  if (!put(true) || ::fsync(out.get()) != 0) return failed(next);
  return ::rename(next.c_str(), path.c_str()) == 0 ? Result<void>() : failed(path);
}

Result<RollbackReport> read_report(const std::filesystem::path& vault, const std::string& incident,
                                   std::size_t from, std::size_t count) {
  if (!named_like_an_id(incident)) return fail(ErrorCode::kInvalid, "that is no incident's id");
  std::ifstream in(report_path(vault, incident), std::ios::binary);
  if (!in) return fail(ErrorCode::kNotFound, "nothing of this incident was rolled back");
  RollbackReport out;
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  std::string digested;
  std::size_t index = 0;
  for (std::string line; std::getline(in, line) && index < kFilesMax; ++index) {
    boost::system::error_code error;
    auto value = line.size() > kLineMax ? json::value() : json::parse(line, error, {}, options);
    if (error || !value.is_object()) return fail(ErrorCode::kCorrupt, "its report cannot be read");
    auto file = file_of(value.get_object());
    ++(file.ok() ? out.restored : out.failed);
    digested = sha256_hex(digested + line);
    if (index >= from && index - from < count) out.files.push_back(std::move(file));
  }
  out.revision = digested;
  return out;
}

}  // namespace vedette::files
