#include "files/webroots/deploy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "files/guard/unique_fd.h"

namespace vedette::files {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {

constexpr std::size_t kKept = 32, kFileMax = 256 * 1024;

std::vector<DeployWindow> read_windows(const fs::path& state) {
  std::vector<DeployWindow> out;
  std::ifstream file(state / "deploy.json", std::ios::binary);
  std::string text(kFileMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  boost::system::error_code error;
  auto value = json::parse(text, error);
  if (error || !value.is_array()) return out;
  for (const auto& entry : value.get_array()) {
    const auto* window = entry.if_object();
    if (window == nullptr || out.size() == kKept) continue;
    auto time = [&](std::string_view key) {
      const auto* ms = window->if_contains(key);
      return from_unix_ms(ms != nullptr && ms->is_int64() ? ms->get_int64() : 0);
    };
    auto text_of = [&](std::string_view key) {
      const auto* word = window->if_contains(key);
      return word != nullptr && word->is_string() ? std::string(word->get_string()) : std::string();
    };
    out.push_back({time("from"), time("until"), text_of("root"), text_of("note")});
  }
  return out;
}

std::unexpected<Error> failed(const std::string& what) {
  return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", what, std::strerror(errno)));
}

Result<void> write_windows(const fs::path& state, const std::vector<DeployWindow>& windows) {
  json::array out;
  for (const auto& window : windows)
    out.push_back(json::object{{"from", to_unix_ms(window.from)},
                               {"until", to_unix_ms(window.until)},
                               {"root", window.root},
                               {"note", window.note}});
  auto text = json::serialize(out) + "\n";
  auto fresh = (state / "deploy.json.new").string(), name = (state / "deploy.json").string();
  UniqueFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::fsync(file.get()) != 0 || ::rename(fresh.c_str(), name.c_str()) != 0)
    return failed("writing " + name);
  return {};
}

Result<UniqueFd> locked(const fs::path& state) {
  std::error_code error;
  if (fs::create_directories(state, error)) fs::permissions(state, fs::perms::owner_all, error);
  UniqueFd lock(::open((state / "deploy.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock || ::flock(lock.get(), LOCK_EX) != 0) return failed("locking " + state.string());
  return lock;
}

}  // namespace

Result<DeployWindow> open_deploy_window(const fs::path& state, std::chrono::seconds duration,
                                        std::string root, std::string note, const Clock& clock) {
  if (duration <= std::chrono::seconds(0) || duration > kDeployMax)
    return fail(ErrorCode::kInvalid, "a deploy window lasts between one second and 24 hours");
  TRY_ASSIGN(auto lock, locked(state));
  auto windows = read_windows(state);
  DeployWindow window{clock.wall(), clock.wall() + duration, std::move(root), std::move(note)};
  if (windows.size() >= kKept)
    windows.erase(windows.begin(), windows.begin() + static_cast<std::ptrdiff_t>(windows.size() - kKept + 1));
  windows.push_back(window);
  TRY(write_windows(state, windows));
  return window;
}

Result<void> close_deploy_windows(const fs::path& state, const Clock& clock) {
  TRY_ASSIGN(auto lock, locked(state));
  auto windows = read_windows(state);
  for (auto& window : windows) window.until = std::min(window.until, clock.wall());
  return write_windows(state, windows);
}

bool DeployWindows::open_at(WallTime at, const std::string& root) {
  std::lock_guard lock(mutex_);
  std::error_code error;
  auto written = fs::last_write_time(state_ / "deploy.json", error);
  if (error) return false;
  if (written != read_) {
    windows_ = read_windows(state_);
    read_ = written;
  }
  return std::ranges::any_of(windows_, [&](const DeployWindow& window) {
    return window.from <= at && at < window.until && (window.root.empty() || window.root == root);
  });
}

}  // namespace vedette::files
