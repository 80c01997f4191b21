// The answers that handlers have promised and not given yet (LaterAnswer in http_server.h): bounded, and
// ended when the server stops. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "net/http_server.h"

namespace vedette::net {

// One of them. It is delivered when it was given and its handler has returned, which still reads the request.
class LaterAnswer::Open {
 public:
  using Deliver = std::move_only_function<void(Response)>;  // quick: it runs wherever the answer came from

  explicit Open(Deliver deliver) : deliver_(std::move(deliver)) {}
  void give(Response response);  // what comes after the first is dropped
  void handler_returned();

 private:
  void deliver_when_due();

  std::mutex mutex_;
  bool returned_ = false;
  std::optional<Response> response_;
  Deliver deliver_;  // empty: it was called
};

class OpenAnswers : public std::enable_shared_from_this<OpenAnswers> {
 public:
  explicit OpenAnswers(std::size_t most) : most_(most) {}

  // Null: there are `most` already, or end() was called; `deliver` is left as it was.
  std::shared_ptr<LaterAnswer::Open> open(LaterAnswer::Open::Deliver& deliver);
  // Gives all that are open the server's own answer "ending". How many those were.
  std::size_t end();

 private:
  const std::size_t most_;
  std::mutex mutex_;
  bool ended_ = false;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, std::shared_ptr<LaterAnswer::Open>> open_;
};

}  // namespace vedette::net
