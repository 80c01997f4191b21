// The guard's control socket, VAULT/control: how `vedette files rollback` and `allow` reach a running guard.
//
// One JSON object a line each way; the folder is this user's own (0700), and the peer's uid is compared as
// well. The server answers one caller at a time. Limits: 64 KiB a request, 10 s to send it.
#pragma once

#include <boost/json/fwd.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "base/result.h"
#include "files/guard/unique_fd.h"

namespace vedette::files {

class ControlServer {
 public:
  // Called on the server's thread; returns the answer.
  using Answer = std::function<boost::json::object(const boost::json::object& request)>;
  static Result<std::unique_ptr<ControlServer>> start(const std::filesystem::path& vault, Answer answer);
  ~ControlServer();

 private:
  ControlServer(std::filesystem::path path, UniqueFd listening, Answer answer);
  void serve(const std::stop_token& stop);
  const std::filesystem::path path_;
  UniqueFd listening_;
  Answer answer_;
  std::jthread thread_;
};

// kNotFound: no guard runs on this vault. A member "error" of the answer becomes an error here.
Result<boost::json::object> ask_guard(const std::filesystem::path& vault, const boost::json::object& request);

}  // namespace vedette::files
