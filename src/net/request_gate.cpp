#include "net/request_gate.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <deque>
#include <fstream>
#include <set>
#include <sstream>

#include "base/text/base64.h"
#include "net/address_gate.h"

namespace vedette::net {
namespace {

constexpr std::size_t kHeadBytesMax = 64u << 10;
constexpr std::size_t kRelayStep = 32u << 10;
constexpr std::size_t kRefusedKept = 1'024;
constexpr std::size_t kAddressesTried = 4;

class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  ~Socket() { reset(); }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    reset();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

bool wait_for(int fd, short events, std::chrono::milliseconds time) {
  pollfd wait{fd, events, 0};
  int n = 0;
  do {
    n = poll(&wait, 1, static_cast<int>(time.count()));
  } while (n < 0 && errno == EINTR);
  return n > 0;
}

bool send_all(int fd, std::string_view bytes, std::chrono::milliseconds idle) {
  while (!bytes.empty()) {
    ssize_t n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (n < 0 && errno == EAGAIN) {
      if (!wait_for(fd, POLLOUT, idle)) return false;
    } else if (n < 0 && errno != EINTR) {
      return false;
    }
  }
  return true;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

struct Authority {
  std::string host;  // without brackets
  std::string port;
  std::uint16_t number = 0;  // of the port
};

// "host:port", "[v6]:port", "host".
std::optional<Authority> parse_authority(std::string_view text, std::string_view default_port) {
  Authority out;
  if (auto at = text.rfind('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  if (text.starts_with('[')) {
    auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    out.host = lower(text.substr(1, close - 1));
    text.remove_prefix(close + 1);
  } else {
    auto colon = text.find(':');
    out.host = lower(text.substr(0, colon));
    text.remove_prefix(colon == std::string_view::npos ? text.size() : colon);
  }
  out.port = text.starts_with(':') ? text.substr(1) : default_port;
  auto [end, error] = std::from_chars(out.port.data(), out.port.data() + out.port.size(), out.number);
  bool good = error == std::errc() && end == out.port.data() + out.port.size() && out.number != 0;
  if (out.host.empty() || out.host.size() > 253 || !good) return std::nullopt;
  return out;
}

class Gate final : public RequestGate {
 public:
  Gate(RequestGateOptions options, Socket listener, std::uint16_t port)
      : options_(std::move(options)), listener_(std::move(listener)), port_(port) {
    acceptor_ = std::jthread([this](std::stop_token stop) { accept_loop(stop); });
  }

  ~Gate() override {
    acceptor_.request_stop();
    shutdown(listener_.get(), SHUT_RDWR);
    acceptor_.join();
    std::unique_lock lock(mutex_);
    stopping_ = true;
    for (int fd : open_) shutdown(fd, SHUT_RDWR);
    idle_.wait(lock, [&] { return connections_ == 0; });
  }

  std::uint16_t port() const override { return port_; }
  GateCounts counts() const override {
    std::lock_guard lock(mutex_);
    return counts_;
  }
  bool refused(const std::string& host) const override {
    std::lock_guard lock(mutex_);
    return std::find(refused_.begin(), refused_.end(), host) != refused_.end();
  }

 private:
  void accept_loop(std::stop_token stop) {
    while (!stop.stop_requested()) {
      Socket client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!client) {
        if (stop.stop_requested() || errno == EINVAL || errno == EBADF) return;
        if (errno == EMFILE || errno == ENFILE) wait_for(listener_.get(), 0, std::chrono::milliseconds(100));
        continue;
      }
      {
        std::lock_guard lock(mutex_);
        if (connections_ >= options_.connections_max) {
          ++counts_.dropped;
          continue;
        }
        ++connections_;
        open_.insert(client.get());
      }
      int fd = client.get();
      try {
        // Detached, but counted: the destructor waits until the count is zero.
        std::thread([this, client = std::move(client)]() mutable {
          serve(client.get());
          end_connection(std::move(client));
        }).detach();
      } catch (const std::system_error&) {  // no more threads
        std::lock_guard lock(mutex_);
        ++counts_.dropped;
        open_.erase(fd);
        --connections_;
      }
    }
  }

  void end_connection(Socket client) {
    std::lock_guard lock(mutex_);
    open_.erase(client.get());
    client.reset();
    --connections_;
    idle_.notify_all();
  }

  // The owner of the other end, from the kernel's table: any local user could find the port.
  bool from_client(int fd) const {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return false;
    std::string wanted = fmt::format("{:08X}:{:04X}", peer.sin_addr.s_addr, ntohs(peer.sin_port));
    std::ifstream table("/proc/net/tcp");
    std::string line;
    std::getline(table, line);
    while (std::getline(table, line)) {
      std::istringstream fields(line);
      std::string slot, local, remote, state, queues, timer, retransmits;
      unsigned uid = 0;
      if (!(fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid)) continue;
      if (local == wanted && remote == fmt::format("0100007F:{:04X}", port_))
        return uid == options_.client_uid;
    }
    return false;
  }

  void answer(int fd, std::string_view status, std::string_view why) {
    send_all(
        fd,
        fmt::format("HTTP/1.1 {}\r\nVedette-Refused: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                    status, why),
        options_.idle_timeout);
  }

  void serve(int fd) {
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (!from_client(fd)) {
      std::lock_guard lock(mutex_);
      ++counts_.dropped;
      return;
    }
    std::string head;
    std::size_t end = std::string::npos;
    while ((end = head.find("\r\n\r\n")) == std::string::npos) {
      if (head.size() >= kHeadBytesMax || !wait_for(fd, POLLIN, options_.idle_timeout)) return;
      char part[4'096];
      ssize_t n = recv(fd, part, sizeof part, 0);
      if (n <= 0) return;
      head.append(part, static_cast<std::size_t>(n));
    }
    std::string rest = head.substr(end + 4);
    head.resize(end);
    forward(fd, head, std::move(rest));
  }

  void forward(int fd, std::string_view head, std::string rest) {
    auto line_end = head.find("\r\n");
    auto line = head.substr(0, line_end);
    auto fields = line_end == std::string_view::npos ? std::string_view() : head.substr(line_end + 2);
    auto method_end = line.find(' '), target_end = line.rfind(' ');
    if (method_end == std::string_view::npos || target_end <= method_end)
      return answer(fd, "400 Bad Request", "request");
    auto method = line.substr(0, method_end);
    auto target = line.substr(method_end + 1, target_end - method_end - 1);
    bool tunnel = method == "CONNECT";
    std::string_view path = "/";
    std::string_view authority = target;
    if (!tunnel) {
      if (!target.starts_with("http://")) return answer(fd, "400 Bad Request", "scheme");
      authority.remove_prefix(7);
      auto slash = authority.find_first_of("/?#");
      path = slash == std::string_view::npos ? std::string_view("/") : authority.substr(slash);
      authority = authority.substr(0, slash);
    }
    auto where = parse_authority(authority, tunnel ? "443" : "80");
    if (!where) return answer(fd, "400 Bad Request", "authority");

    bool address_refused = false;
    Socket peer = connect_to(*where, address_refused);
    if (address_refused) {
      note_refused(where->host);
      return answer(fd, "403 Forbidden", "address");
    }
    if (!peer) return answer(fd, "502 Bad Gateway", "connect");
    OpenSocket registered(*this, peer.get());

    if (tunnel) {
      if (!options_.proxy.empty() && !tunnel_through_proxy(peer.get(), *where))
        return answer(fd, "502 Bad Gateway", "proxy");
      if (!send_all(fd, "HTTP/1.1 200 Connection established\r\n\r\n", options_.idle_timeout)) return;
      if (!send_all(peer.get(), rest, options_.idle_timeout)) return;
      relay(fd, peer.get(), options_.bytes_max);
    } else {
      plain(fd, peer.get(), method, path.starts_with('/') ? std::string(path) : "/" + std::string(path),
            target, fields, std::move(rest));
    }
  }

  // One request for each connection: the next may be for another host.
  void plain(int fd, int peer, std::string_view method, const std::string& path, std::string_view target,
             std::string_view fields, std::string rest) {
    std::uint64_t body = 0;
    std::string out =
        fmt::format("{} {} HTTP/1.1\r\n", method, options_.proxy.empty() ? path : std::string(target));
    while (!fields.empty()) {
      auto end = fields.find("\r\n");
      auto field = fields.substr(0, end);
      fields.remove_prefix(end == std::string_view::npos ? fields.size() : end + 2);
      auto colon = field.find(':');
      if (colon == std::string_view::npos) continue;
      std::string name = lower(field.substr(0, colon));
      if (name == "connection" || name.starts_with("proxy-") || name == "keep-alive" || name == "upgrade")
        continue;
      if (name == "transfer-encoding") return answer(fd, "501 Not Implemented", "request");
      if (name == "content-length") {
        auto value = field.substr(colon + 1);
        while (value.starts_with(' ')) value.remove_prefix(1);
        auto [at, error] = std::from_chars(value.data(), value.data() + value.size(), body);
        if (error != std::errc() || body > options_.bytes_max)
          return answer(fd, "413 Content Too Large", "request");
      }
      out.append(field).append("\r\n");
    }
    if (auto login = proxy_login(); !login.empty()) out += login;
    out += "Connection: close\r\n\r\n";
    if (rest.size() > body) rest.resize(static_cast<std::size_t>(body));
    out += rest;
    if (!send_all(peer, out, options_.idle_timeout)) return;
    relay(fd, peer, body - rest.size());
  }

  // Both directions until the peer closes; from the client at most `upload_max` bytes.
  void relay(int client, int peer, std::uint64_t upload_max) {
    std::uint64_t up = 0, down = 0;
    bool client_open = true;
    std::vector<char> part(kRelayStep);
    while (up + down < options_.bytes_max) {
      pollfd fds[2] = {{peer, POLLIN, 0},
                       {client, static_cast<short>(client_open && up < upload_max ? POLLIN : 0), 0}};
      int n = poll(fds, 2, static_cast<int>(options_.idle_timeout.count()));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      if (fds[1].revents & POLLIN) {
        auto most = std::min<std::uint64_t>(part.size(), upload_max - up);
        ssize_t got = recv(client, part.data(), static_cast<std::size_t>(most), 0);
        if (got <= 0) break;
        up += static_cast<std::uint64_t>(got);
        if (!send_all(peer, {part.data(), static_cast<std::size_t>(got)}, options_.idle_timeout)) break;
      } else if (fds[1].revents & (POLLHUP | POLLERR)) {
        break;
      }
      if (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) {
        ssize_t got = recv(peer, part.data(), part.size(), 0);
        if (got <= 0) break;
        down += static_cast<std::uint64_t>(got);
        if (!send_all(client, {part.data(), static_cast<std::size_t>(got)}, options_.idle_timeout)) break;
      }
    }
    std::lock_guard lock(mutex_);
    ++counts_.served;
    counts_.bytes += up + down;
  }

  Socket connect_to(const Authority& where, bool& address_refused) {
    const bool may_go_inside =
        !options_.from_outside || (options_.inner_host && options_.inner_host(where.host, where.number));
    if (refused_literal(where.host, options_.allow_loopback) ||
        (!may_go_inside && inner_literal(where.host))) {
      address_refused = true;
      return Socket();
    }
    addrinfo hints{}, *list = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    bool resolved = getaddrinfo(where.host.c_str(), where.port.c_str(), &hints, &list) == 0;
    std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
    if (!resolved) static_cast<void>(owner.release());
    if (!resolved && options_.proxy.empty()) return Socket();
    std::size_t tried = 0, allowed = 0;
    for (auto* item = list; item != nullptr; item = item->ai_next) {
      if (refused_address(*item->ai_addr, options_.allow_loopback)) continue;
      if (!may_go_inside && inner_address(*item->ai_addr)) continue;
      ++allowed;
      if (!options_.proxy.empty() || tried++ >= kAddressesTried) continue;
      if (Socket socket = connect_address(*item)) return socket;
    }
    address_refused = resolved && allowed == 0;
    if (address_refused || options_.proxy.empty()) return Socket();
    return connect_proxy();
  }

  Socket connect_address(const addrinfo& address) {
    Socket socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return socket;
    int one = 1;
    setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0) return socket;
    if (errno != EINPROGRESS || !wait_for(socket.get(), POLLOUT, options_.connect_timeout)) return Socket();
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    return error == 0 ? std::move(socket) : Socket();
  }

  std::string_view proxy_authority() const {
    std::string_view text = options_.proxy;
    if (auto scheme = text.find("://"); scheme != std::string_view::npos) text.remove_prefix(scheme + 3);
    return text.substr(0, text.find('/'));
  }
  std::string proxy_login() const {
    auto authority = proxy_authority();
    auto at = authority.rfind('@');
    if (options_.proxy.empty() || at == std::string_view::npos) return {};
    return fmt::format("Proxy-Authorization: Basic {}\r\n", base64_encode(authority.substr(0, at)));
  }
  // The organisation's proxy is configured by an administrator: any address will do.
  Socket connect_proxy() {
    auto where = parse_authority(proxy_authority(), "3128");
    if (!where) return Socket();
    addrinfo hints{}, *list = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(where->host.c_str(), where->port.c_str(), &hints, &list) != 0) return Socket();
    std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
    for (auto* item = list; item != nullptr; item = item->ai_next) {
      if (Socket socket = connect_address(*item)) return socket;
    }
    return Socket();
  }
  bool tunnel_through_proxy(int peer, const Authority& where) {
    std::string host = where.host.find(':') == std::string::npos ? where.host : "[" + where.host + "]";
    std::string ask =
        fmt::format("CONNECT {0}:{1} HTTP/1.1\r\nHost: {0}:{1}\r\n{2}\r\n", host, where.port, proxy_login());
    if (!send_all(peer, ask, options_.idle_timeout)) return false;
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {  // byte by byte: what follows belongs to the tunnel
      char c = 0;
      if (head.size() > 8'192 || !wait_for(peer, POLLIN, options_.connect_timeout) ||
          recv(peer, &c, 1, 0) != 1)
        return false;
      head += c;
    }
    return head.size() > 12 && head.starts_with("HTTP/1.") && head[9] == '2';
  }

  void note_refused(const std::string& host) {
    std::lock_guard lock(mutex_);
    ++counts_.refused;
    refused_.push_back(host);
    if (refused_.size() > kRefusedKept) refused_.pop_front();
  }

  struct OpenSocket {  // known to the destructor, which shuts it down
    OpenSocket(Gate& gate, int fd) : gate(gate), fd(fd) {
      std::lock_guard lock(gate.mutex_);
      gate.open_.insert(fd);
      if (gate.stopping_) shutdown(fd, SHUT_RDWR);
    }
    ~OpenSocket() {
      std::lock_guard lock(gate.mutex_);
      gate.open_.erase(fd);
    }
    Gate& gate;
    int fd;
  };

  const RequestGateOptions options_;
  Socket listener_;
  const std::uint16_t port_;
  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::set<int> open_;
  std::size_t connections_ = 0;
  bool stopping_ = false;
  GateCounts counts_;
  std::deque<std::string> refused_;
  std::jthread acceptor_;
};

}  // namespace

bool only_private(const std::string& host) {
  addrinfo hints{}, *list = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0) return false;
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, freeaddrinfo);
  for (auto* item = list; item != nullptr; item = item->ai_next) {
    if (!inner_address(*item->ai_addr)) return false;
  }
  return true;
}

Result<std::unique_ptr<RequestGate>> make_request_gate(RequestGateOptions options) {
  Socket listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (!listener || bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener.get(), 128) != 0 ||
      getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return fail(ErrorCode::kUnavailable, std::string("cannot listen on 127.0.0.1: ") + std::strerror(errno));
  }
  return std::make_unique<Gate>(std::move(options), std::move(listener), ntohs(address.sin_port));
}

}  // namespace vedette::net
