#include "webhook_sink.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/hash.h"

namespace vedette::crash {
namespace {

constexpr std::size_t kRequestMax = 1 << 20;
constexpr int kPollMs = 50;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string header(const std::string& head, const std::string& name) {
  auto at = lower(head).find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  at += name.size() + 4;
  return head.substr(at, head.find("\r\n", at) - at);
}

}  // namespace

WebhookSink::WebhookSink(std::string secret) : secret_(std::move(secret)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bool ready = listener_ >= 0 && ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
               ::listen(listener_, 128) == 0 &&
               ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  VEDETTE_ASSERT(ready);
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

WebhookSink::~WebhookSink() {
  thread_.request_stop();
  thread_.join();
  ::close(listener_);
}

std::map<std::string, int> WebhookSink::calls() const {
  std::lock_guard lock(mutex_);
  return calls_;
}

int WebhookSink::refused() const {
  std::lock_guard lock(mutex_);
  return refused_;
}

std::vector<WebhookSink::Call> WebhookSink::log() const {
  std::lock_guard lock(mutex_);
  return log_;
}

void WebhookSink::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, kPollMs) <= 0) continue;
    int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    timeval patience{.tv_sec = 2, .tv_usec = 0};
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    answer(connection);
    ::close(connection);
  }
}

void WebhookSink::answer(int connection) {
  std::string request;
  char buffer[16384];
  std::size_t wanted = std::string::npos, body_at = 0;
  while (request.size() < wanted && request.size() < kRequestMax) {
    auto got = ::read(connection, buffer, sizeof buffer);
    if (got <= 0) return;  // the caller was killed in the middle: nothing was received
    request.append(buffer, static_cast<std::size_t>(got));
    auto end = request.find("\r\n\r\n");
    if (wanted == std::string::npos && end != std::string::npos) {
      body_at = end + 4;
      wanted = body_at + static_cast<std::size_t>(
                             std::atoll(header(request.substr(0, body_at), "content-length").c_str()));
      if (lower(request.substr(0, body_at)).contains("expect: 100-continue")) {
        (void)!::write(connection, "HTTP/1.1 100 Continue\r\n\r\n", 25);
      }
    }
  }
  std::string head = request.substr(0, body_at), body = request.substr(body_at);
  std::string key = header(head, "idempotency-key");
  bool genuine = !key.empty() &&
                 header(head, "x-vedette-signature") ==
                     "sha256=" + hmac_sha256_hex(secret_, header(head, "x-vedette-timestamp") + "." + body);
  {
    std::lock_guard lock(mutex_);
    if (genuine) ++calls_[key];
    if (genuine) log_.push_back({key, header(head, "x-life"), body, std::chrono::steady_clock::now()});
    if (!genuine) ++refused_;
  }
  std::string reply = genuine ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 400 Bad Request\r\n";
  reply += "Content-Length: 2\r\nConnection: close\r\n\r\nok";
  (void)!::write(connection, reply.data(), reply.size());
}

}  // namespace vedette::crash
