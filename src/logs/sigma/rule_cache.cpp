#include "logs/sigma/rule_cache.h"

#include <fmt/format.h>

#include <chrono>
#include <fstream>

#include "base/hash.h"
#include "logs/sigma/rule_files.h"

namespace vedette::logs::sigma {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kMade = "vedette rules 2\n";
constexpr std::size_t kCacheBytesMax = 1u << 30;

struct FileState {
  std::string path;
  std::uint64_t size = 0;
  std::int64_t changed = 0;
};

FileState state_of(const fs::path& path) {
  std::error_code error;
  FileState out{path.string(), fs::file_size(path, error), 0};
  if (error) out.size = 0;
  const auto time = fs::last_write_time(path, error);
  if (!error) out.changed = time.time_since_epoch().count();
  return out;
}

std::string hash_of(const fs::path& path) {
  auto bytes = read_rule_file(path);
  return bytes ? sha256_hex(*bytes) : std::string(64, '-');
}

// Another program may make something else of the same file.
std::string program_line() {
  const auto program = state_of("/proc/self/exe");
  return fmt::format("{} {}\n", program.size, program.changed);
}

std::string options_line(const LoadOptions& options, std::span<const RuleText> texts) {
  auto text = pack_pipelines(options.pipelines);
  for (const auto& [name, values] : options.placeholders) {
    text += fmt::format("{}:{}={}\n", name.size(), name, values.size());
    for (const auto& value : values) text += fmt::format("{}:{}\n", value.size(), value);
  }
  for (const auto& [file, bytes] : texts)
    text += fmt::format("{}:{} {}:{}\n", file.size(), file, bytes.size(), bytes);
  return sha256_hex(text) + "\n";
}

// made, by whom, options, number of files, then for each file: size, time, SHA-256, path; then the packed
// set. In front of all that its SHA-256.
std::string head_of(const std::vector<FileState>& files, const LoadOptions& options,
                    std::span<const RuleText> texts) {
  return fmt::format("{}{}{}{}\n", kMade, program_line(), options_line(options, texts), files.size());
}

std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

bool unchanged(std::string_view line, const FileState& file) {
  const auto now = fmt::format("{} {} ", file.size, file.changed);
  constexpr std::size_t kHash = 64;
  if (line.size() < kHash + 1 + file.path.size() || !line.ends_with(" " + file.path)) return false;
  if (line.starts_with(now) && line.size() == now.size() + kHash + 1 + file.path.size()) return true;
  // Touched, perhaps by a checkout: is it the same?
  const auto hash = line.substr(line.size() - file.path.size() - 1 - kHash, kHash);
  return line.starts_with(fmt::format("{} ", file.size)) && hash_of(file.path) == hash;
}

std::optional<RuleSet> read_cache(const fs::path& cache, const std::vector<FileState>& files,
                                  const std::string& head) {
  std::ifstream in(cache, std::ios::binary | std::ios::ate);
  if (!in || in.tellg() < 65 || static_cast<std::size_t>(in.tellg()) > kCacheBytesMax) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(in.tellg()), '\0');
  in.seekg(0).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!in) return std::nullopt;
  std::string_view rest = bytes;
  const auto sum = take_line(rest);
  if (!sum || !rest.starts_with(head) || sha256_hex(rest) != *sum) return std::nullopt;
  rest.remove_prefix(head.size());
  for (const auto& file : files) {
    const auto line = take_line(rest);
    if (!line || !unchanged(*line, file)) return std::nullopt;
  }
  return unpack_rules(rest);
}

std::string write_cache(const fs::path& cache, const std::string& body) {
  auto fresh = cache;
  fresh += ".new";
  {
    std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
    out << sha256_hex(body) << '\n' << body;
    out.flush();
    if (!out) return fresh.string() + ": cannot be written";
  }
  std::error_code error;
  fs::rename(fresh, cache, error);
  return error ? fmt::format("{}: {}", cache.string(), error.message()) : std::string();
}

}  // namespace

CachedRules load_rules_cached(std::span<const fs::path> paths, const LoadOptions& options,
                              const fs::path& cache, std::span<const RuleText> texts) {
  RuleSet walked;
  std::vector<FileState> files;
  for (const auto& path : rule_files(paths, walked)) files.push_back(state_of(path));
  const bool plain =
      std::ranges::none_of(files, [](const FileState& file) { return file.path.contains('\n'); });
  auto body = head_of(files, options, texts);
  if (plain && walked.refused.empty()) {
    if (auto set = read_cache(cache, files, body)) return {*std::move(set), true, {}};
  }
  // The states are of before the reading: what changes meanwhile is read again next time.
  CachedRules out{load_rules(paths, options, texts), false, {}};
  if (!plain || !walked.refused.empty()) return out;
  for (const auto& file : files)
    body += fmt::format("{} {} {} {}\n", file.size, file.changed, hash_of(file.path), file.path);
  body += pack_rules(out.set);
  out.trouble = write_cache(cache, body);
  return out;
}

}  // namespace vedette::logs::sigma
