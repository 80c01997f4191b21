// The guard's control socket, VAULT/control: how `vedette files rollback` and `allow` and the agent reach a
// running guard.
//
// One JSON object a line each way; the folder is this user's own (0700), and the peer's uid is compared as
// well. The server answers one caller at a time. Limits: 64 KiB a request, 10 s to send it.
#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "base/result.h"
#include "files/guard/unique_fd.h"

namespace vedette::files {

class ControlServer {
 public:
  // Called on the server's thread; returns the answer.
  using Answer = std::function<boost::json::object(const boost::json::object& request)>;
  // Takes the connection of one who asked {"do":"events"}.
  using Listen = std::function<void(UniqueFd socket, const boost::json::object& request)>;
  static Result<std::unique_ptr<ControlServer>> start(const std::filesystem::path& vault, Answer answer,
                                                      Listen listen = {});
  ~ControlServer();

 private:
  ControlServer(std::filesystem::path path, UniqueFd listening, Answer answer, Listen listen);
  void serve(const std::stop_token& stop);
  const std::filesystem::path path_;
  UniqueFd listening_;
  Answer answer_;
  Listen listen_;
  std::jthread thread_;
};

// kNotFound: no guard runs on this vault. A member "error" of the answer becomes an error here.
// kTimeout: no answer within `patience`, where one is given (a rollback takes as long as it takes).
Result<boost::json::object> ask_guard(const std::filesystem::path& vault, const boost::json::object& request,
                                      std::optional<std::chrono::milliseconds> patience = {});
// The connection on which the guard's events come from now on (event_feed.h), after number `after` of `run`.
Result<UniqueFd> hear_guard(const std::filesystem::path& vault, const std::string& run, std::uint64_t after);

}  // namespace vedette::files
