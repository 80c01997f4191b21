#include "net/line_socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vedette::net {
namespace {

constexpr int kPollMs = 200;
constexpr std::size_t kReadBytes = 256 * 1024;

std::unexpected<Error> refused(ErrorCode code, const std::string& path, std::string_view why) {
  return fail(code, fmt::format("cannot listen on the socket {}: {}", path, why));
}

}  // namespace

struct LineSocket::Connection {
  int fd = -1;
  std::string rest;       // a line that has not ended
  bool skipping = false;  // the rest of one that is too long
};

Result<void> LineSocket::start() {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  if (options_.path.empty() || options_.path[0] != '/' || options_.path.size() >= sizeof at.sun_path)
    return refused(ErrorCode::kInvalid, options_.path,
                   fmt::format("the path must be absolute and shorter than {} bytes", sizeof at.sun_path));
  std::memcpy(at.sun_path, options_.path.data(), options_.path.size());
  const auto* address = reinterpret_cast<const sockaddr*>(&at);
  const int type = (options_.datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  struct stat known;
  if (::lstat(options_.path.c_str(), &known) == 0) {
    if (!S_ISSOCK(known.st_mode))
      return refused(ErrorCode::kConflict, options_.path, "there is another file");
    const int probe = ::socket(AF_UNIX, type, 0);
    const bool alive = probe >= 0 && ::connect(probe, address, sizeof at) == 0;
    if (probe >= 0) ::close(probe);
    if (alive) return refused(ErrorCode::kConflict, options_.path, "another program listens there");
    ::unlink(options_.path.c_str());
  }
  socket_ = ::socket(AF_UNIX, type, 0);
  const bool listens = socket_ >= 0 && ::bind(socket_, address, sizeof at) == 0 &&
                       ::chmod(options_.path.c_str(), options_.mode) == 0 &&
                       (options_.datagrams || ::listen(socket_, SOMAXCONN) == 0);
  if (!listens) {
    const std::string why = std::strerror(errno);
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    return refused(ErrorCode::kUnavailable, options_.path, why);
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  return {};
}

void LineSocket::stop() {
  thread_ = {};
  if (socket_ < 0) return;
  ::close(std::exchange(socket_, -1));
  ::unlink(options_.path.c_str());
}

void LineSocket::add(std::string_view line, bool cut) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == '\0'))
    line.remove_suffix(1);
  if (line.empty()) return;
  if (cut) ++cut_;
  batch_.emplace_back(line);
}

void LineSocket::hand_over(const std::stop_token& stop) {
  const auto count = batch_.size();
  while (!batch_.empty() && !take_(batch_)) {
    ++waits_;
    if (stop.stop_requested()) return;
    std::this_thread::sleep_for(options_.full_pause);
  }
  lines_ += count;
  batch_.clear();
}

void LineSocket::accept(std::vector<Connection>& connections) {
  for (;;) {
    const int fd = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    if (connections.size() >= options_.connections_max) {
      ++refused_;
      ::close(fd);
      continue;
    }
    connections.push_back({fd, {}, false});
  }
}

bool LineSocket::read(Connection& connection) {
  buffer_.resize(kReadBytes);
  const ssize_t count = ::recv(connection.fd, buffer_.data(), buffer_.size(), 0);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  std::string_view got(buffer_.data(), static_cast<std::size_t>(count));
  while (!got.empty()) {
    const auto newline = got.find('\n');
    const auto part = got.substr(0, newline);
    if (!connection.skipping) {
      const auto room = options_.line_bytes_max - connection.rest.size();
      connection.rest.append(part.substr(0, room));
      if (part.size() > room) {
        add(connection.rest, true);
        connection.rest.clear();
        connection.skipping = true;
      }
    }
    if (newline == std::string_view::npos) break;
    if (!connection.skipping) add(connection.rest, false);
    connection.rest.clear();
    connection.skipping = false;
    got.remove_prefix(newline + 1);
  }
  if (count > 0) return true;
  if (!connection.skipping) add(connection.rest, false);
  return false;
}

void LineSocket::read_datagrams() {
  buffer_.resize(options_.line_bytes_max);
  while (batch_.size() < options_.batch_lines_max) {
    const ssize_t count = ::recv(socket_, buffer_.data(), buffer_.size(), MSG_TRUNC);
    if (count < 0) return;
    const auto size = static_cast<std::size_t>(count);
    add(std::string_view(buffer_).substr(0, size), size > buffer_.size());
  }
}

void LineSocket::run(const std::stop_token& stop) {
  std::vector<Connection> connections;
  std::vector<pollfd> watched;
  while (!stop.stop_requested()) {
    watched.assign(1, {socket_, POLLIN, 0});
    for (const auto& connection : connections) watched.push_back({connection.fd, POLLIN, 0});
    if (::poll(watched.data(), watched.size(), kPollMs) <= 0) continue;
    for (std::size_t i = connections.size(); i > 0; --i) {
      if (watched[i].revents == 0 || read(connections[i - 1])) continue;
      ::close(connections[i - 1].fd);
      connections.erase(connections.begin() + static_cast<std::ptrdiff_t>(i - 1));
    }
    if (watched[0].revents != 0) options_.datagrams ? read_datagrams() : accept(connections);
    hand_over(stop);
  }
  for (const auto& connection : connections) ::close(connection.fd);
}

}  // namespace vedette::net
