// LineSocket: lines from programs on this machine over a Unix domain socket: a stream (lines end with a
// newline) or datagrams (each is one line), as Suricata's EVE output writes them (`filetype: unix_stream`,
// `unix_dgram`).
//
//   reader (1)  the socket and all connections; hands over batches
//
// `take` is called on that thread. False: there is no room: nothing is read until it takes the batch, so the
// sender waits, with datagrams too. The protocol has no answer: what lies in the socket when either side dies
// is gone. start() and stop() by one thread; status() by any. Limits: line_bytes_max a line (cut and
// counted), connections_max connections (more are refused and counted).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"

namespace vedette::net {

struct LineSocketOptions {
  std::string path;  // absolute; what a dead server left there is replaced
  bool datagrams = false;
  unsigned mode = 0660;  // of the file: who may write to it
  std::size_t line_bytes_max = 1u << 20, batch_lines_max = 10'000;
  std::size_t connections_max = 32;
  std::chrono::milliseconds full_pause{50};  // before a refused batch is offered again
};

class LineSocket {
 public:
  using Take = std::function<bool(std::vector<std::string>& lines)>;  // true: it has taken them out

  LineSocket(LineSocketOptions options, Take take) : options_(std::move(options)), take_(std::move(take)) {}
  ~LineSocket() { stop(); }
  // kInvalid: the path cannot be one of a socket. kConflict: somebody listens there, or the file is none of a
  // socket. kUnavailable: the system refuses.
  Result<void> start();
  void stop();

  struct Status {
    std::uint64_t lines = 0, cut = 0, refused_connections = 0;
    std::uint64_t waits = 0;  // times that there was no room
  };
  Status status() const { return {lines_.load(), cut_.load(), refused_.load(), waits_.load()}; }

 private:
  struct Connection;
  void run(const std::stop_token& stop);
  void accept(std::vector<Connection>& connections);
  bool read(Connection& connection);  // false: it is over
  void read_datagrams();
  void add(std::string_view line, bool cut);
  void hand_over(const std::stop_token& stop);

  const LineSocketOptions options_;
  const Take take_;
  int socket_ = -1;
  std::vector<std::string> batch_;  // the reader's
  std::string buffer_;
  std::atomic<std::uint64_t> lines_{0}, cut_{0}, refused_{0}, waits_{0};
  std::jthread thread_;
};

}  // namespace vedette::net
