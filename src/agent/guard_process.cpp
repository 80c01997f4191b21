#include "agent/guard_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstring>
#include <thread>

#include "base/log.h"
#include "files/guard/control.h"

namespace vedette::agent {
namespace json = boost::json;
namespace {

constexpr int kReadyFd = 3;
constexpr std::size_t kSaidMax = 4096;
constexpr std::chrono::milliseconds kAnswer{2'000}, kLook{20};

std::vector<std::string> texts(const json::object& from, std::string_view key) {
  std::vector<std::string> out;
  const auto* list = from.if_contains(key);
  if (list && list->is_array())
    for (const auto& one : list->get_array())
      if (one.is_string()) out.emplace_back(one.get_string());
  return out;
}

}  // namespace

GuardProcess::GuardProcess(std::filesystem::path program, std::filesystem::path vault)
    : program_(std::move(program)), vault_(std::move(vault)) {}

Result<void> GuardProcess::start(const GuardWish& wish) {
  std::vector<std::string> words{"vedette", "files", "guard"};
  words.insert(words.end(), wish.trees.begin(), wish.trees.end());
  for (const auto& folder : wish.exclude) words.insert(words.end(), {"--exclude", folder});
  words.insert(words.end(), {"--mode", std::string(files::to_string(wish.mode)), "--vault", vault_.string(),
                             "--vault-size", std::to_string(wish.vault_bytes >> 20), "--json", "--ready-fd",
                             std::to_string(kReadyFd),
                             // Who only observes keeps nobody waiting for room.
                             "--when-full", wish.mode == files::GuardMode::kObserve ? "allow" : "hold"});
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return fail(ErrorCode::kUnavailable, std::strerror(errno));
  files::UniqueFd reading(pipe[0]), writing(pipe[1]);
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, writing.get(), kReadyFd);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none, usual;
  ::sigemptyset(&none);
  ::sigemptyset(&usual);
  for (int number : {SIGPIPE, SIGINT, SIGTERM}) ::sigaddset(&usual, number);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  ::posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  int failed = ::posix_spawn(&watchdog_, program_.c_str(), &actions, &attributes, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    watchdog_ = 0;
    return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", program_.string(), std::strerror(failed)));
  }
  ready_ = std::move(reading);
  said_.clear();
  return {};
}

std::optional<Result<void>> GuardProcess::started() {
  char block[512];
  auto got = ready_ ? ::read(ready_.get(), block, sizeof block) : 0;
  if (got > 0 && said_.size() < kSaidMax) said_.append(block, static_cast<std::size_t>(got));
  auto end = said_.find('\n');
  if (end == std::string::npos) {
    if (got == 0 || !alive()) {
      ready_.reset();
      return fail(ErrorCode::kUnavailable, "the guard's process ended before it said anything");
    }
    return std::nullopt;
  }
  ready_.reset();
  auto line = said_.substr(0, end);
  if (line == "ready") return Result<void>();
  return fail(ErrorCode::kUnavailable, line.starts_with("error ") ? line.substr(6) : line);
}

bool GuardProcess::alive() {
  if (watchdog_ > 0 && ::waitpid(watchdog_, nullptr, WNOHANG) != 0) watchdog_ = 0;
  return watchdog_ > 0;
}

void GuardProcess::stop(std::chrono::milliseconds patience) {
  auto status = files::ask_guard(vault_, {{"do", "status"}}, kAnswer);
  pid_t group = watchdog_;
  if (status && group == 0)
    if (const auto* pid = status->if_contains("pid"); pid && pid->is_int64())
      group = ::getpgid(static_cast<pid_t>(pid->get_int64()));
  if (watchdog_ > 0) {
    ::kill(watchdog_, SIGTERM);
  } else if (status) {
    [[maybe_unused]] auto asked = files::ask_guard(vault_, {{"do", "stop"}}, kAnswer);
  } else {
    return;
  }
  auto gone = [&] { return group <= 0 || (!alive() && ::kill(-group, 0) != 0); };
  for (auto waited = kLook; !gone() && waited < patience; waited += kLook) std::this_thread::sleep_for(kLook);
  if (!gone() && group > 1 && group != ::getpgrp()) {
    log::warn("agent.guard", "the guard did not end when it was asked to and is killed: opens go on", {});
    ::kill(-group, SIGKILL);
    for (int i = 0; !gone() && i < 100; ++i) std::this_thread::sleep_for(kLook);
  }
  ready_.reset();
}

std::optional<GuardWish> GuardProcess::running() const {
  auto status = files::ask_guard(vault_, {{"do", "status"}}, kAnswer);
  const auto* serves = status ? status->if_contains("serves") : nullptr;
  if (!serves || !serves->is_object()) return std::nullopt;
  const auto& object = serves->get_object();
  GuardWish out;
  out.trees = texts(object, "trees");
  out.exclude = texts(object, "exclude");
  const auto* mode = object.if_contains("mode");
  for (auto one : {files::GuardMode::kObserve, files::GuardMode::kHold, files::GuardMode::kRollback})
    if (mode && mode->is_string() && mode->get_string() == files::to_string(one)) out.mode = one;
  json::error_code error;
  if (const auto* bytes = object.if_contains("vault_bytes"); bytes && bytes->is_number())
    out.vault_bytes = bytes->to_number<std::uint64_t>(error);
  return out;
}

}  // namespace vedette::agent
