#include "files/guard/canaries.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>

#include "base/hash.h"
#include "files/guard/vault.h"

namespace vedette::files {
namespace json = boost::json;
namespace {

constexpr std::size_t kFoldersLooked = 2'000, kLineMax = 32 * 1024;
constexpr std::array<std::string_view, 16> kFirst = {
    "budget", "contract", "letter", "list",  "minutes", "offer",   "plan",  "report",
    "order",  "invoice",  "survey", "notes", "staff",   "summary", "draft", "annex"};
constexpr std::array<std::string_view, 12> kSecond = {
    "spring", "final", "signed", "copy", "north", "city", "new", "may", "audit", "march", "team", "office"};

std::unexpected<Error> failed(const std::string& what) {
  return fail(ErrorCode::kUnavailable, what + ": " + std::strerror(errno));
}

std::vector<std::string> folders_below(const std::string& tree) {
  std::vector<std::string> out{tree};
  std::error_code error;
  std::filesystem::recursive_directory_iterator below(
      tree, std::filesystem::directory_options::skip_permission_denied, error);
  for (; !error && below != std::filesystem::recursive_directory_iterator() && out.size() < kFoldersLooked;
       below.increment(error))
    if (below->is_directory(error) && !below->is_symlink(error) &&
        !below->path().filename().string().starts_with('.'))
      out.push_back(below->path().string());
  return out;
}

// The new file's descriptor; nothing where it could not be written whole.
UniqueFd put_out(const std::string& path, const std::string& content, std::mt19937_64& chance) {
  struct stat folder{};
  if (::stat(std::filesystem::path(path).parent_path().c_str(), &folder) != 0) return {};
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file) return {};
  const auto days = static_cast<std::time_t>(20 + chance() % 500);
  const timespec then{::time(nullptr) - days * 86'400 - static_cast<std::time_t>(chance() % 86'400), 0};
  const timespec times[] = {then, then};
  // Whoever owns the folder owns what lies in it; otherwise it would stand out.
  if (::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()) ||
      ::fchown(file.get(), folder.st_uid, folder.st_gid) != 0 || ::futimens(file.get(), times) != 0) {
    ::unlink(path.c_str());
    return {};
  }
  return file;
}

std::string text(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

Result<std::unique_ptr<Canaries>> Canaries::open(const std::filesystem::path& vault) {
  std::unique_ptr<Canaries> out(new Canaries(vault / "canaries"));
  std::ifstream in(out->list_, std::ios::binary);
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  for (std::string line; out->canaries_.size() < kMax && std::getline(in, line);) {
    boost::system::error_code error;
    auto value = line.size() > kLineMax ? json::value() : json::parse(line, error, {}, options);
    if (error || !value.is_object()) continue;  // the last line after a power cut
    const auto& one = value.get_object();
    out->canaries_.push_back(
        {text(one, "path"), text(one, "tree"), from_hex(text(one, "file")), text(one, "sha256")});
  }
  return out;
}

Result<void> Canaries::save() const {
  auto fresh = list_.string() + ".new";
  {
    UniqueFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    std::string lines;
    for (const auto& one : canaries_)
      lines +=
          json::serialize(json::object{
              {"path", one.path}, {"tree", one.tree}, {"file", to_hex(one.file)}, {"sha256", one.sha256}}) +
          "\n";
    if (!file || ::write(file.get(), lines.data(), lines.size()) != static_cast<ssize_t>(lines.size()) ||
        ::fsync(file.get()) != 0)
      return failed("writing " + fresh);
  }
  if (::rename(fresh.c_str(), list_.c_str()) != 0) return failed("renaming " + fresh);
  return {};
}

bool Canaries::untouched(const Canary& canary) {
  UniqueFd file(::open(canary.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  auto hash = sha256_of(file.get());
  return hash && *hash == canary.sha256;
}

Result<std::size_t> Canaries::place(const std::vector<std::string>& trees) {
  std::random_device device;
  std::mt19937_64 chance(std::uint64_t{device()} << 32 | device());
  std::lock_guard lock(mutex_);
  std::erase_if(canaries_, [](const Canary& one) { return !untouched(one); });
  for (auto& one : canaries_) one.file = file_id_of(one.path);
  for (const auto& tree : trees) {
    auto have = static_cast<std::size_t>(std::ranges::count(canaries_, tree, &Canary::tree));
    const auto folders = have < kPerTree ? folders_below(tree) : std::vector<std::string>();
    for (; have < kPerTree && canaries_.size() < kMax; ++have) {
      const auto kind = static_cast<CanaryKind>(have % 4);
      const auto& folder = have == 0 ? tree : folders[chance() % folders.size()];
      Canary one;
      one.tree = tree;
      one.path = fmt::format("{}{}{}-{}-{}{}", folder, folder.ends_with('/') ? "" : "/",
                             kFirst[chance() % kFirst.size()], kSecond[chance() % kSecond.size()],
                             100 + chance() % 9'900, ending_of(kind));
      const auto content = canary_content(kind, chance());
      one.sha256 = sha256_hex(content);
      auto file = put_out(one.path, content, chance);
      if (!file) continue;
      one.file = file_id_of(file.get());
      canaries_.push_back(std::move(one));
    }
  }
  TRY(save());
  return canaries_.size();
}

Result<std::size_t> Canaries::remove() {
  std::lock_guard lock(mutex_);
  std::size_t removed = 0;
  for (const auto& one : canaries_)
    if (untouched(one) && ::unlink(one.path.c_str()) == 0) ++removed;
  canaries_.clear();
  TRY(save());
  return removed;
}

bool Canaries::contains(const FileId& file, const std::string& path) const {
  std::lock_guard lock(mutex_);
  return std::ranges::any_of(canaries_, [&](const Canary& one) {
    return (!file.empty() && one.file == file) || (!path.empty() && one.path == path);
  });
}

void Canaries::renamed(const FileId& file, const std::string& path) {
  std::lock_guard lock(mutex_);
  for (auto& one : canaries_)
    if (!file.empty() && one.file == file) one.path = path;
}

std::vector<std::string> Canaries::paths() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const auto& one : canaries_) out.push_back(one.path);
  return out;
}

}  // namespace vedette::files
