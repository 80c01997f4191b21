#include "server/service_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace vedette::server {
namespace {

std::optional<std::int64_t> number_in(const char* name) {
  const char* text = std::getenv(name);
  if (!text) return std::nullopt;
  std::int64_t out = 0;
  auto [end, error] = std::from_chars(text, text + std::strlen(text), out);
  if (error != std::errc() || *end != '\0') return std::nullopt;
  return out;
}

}  // namespace

void notify_service(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!path || std::strlen(path) < 2 || std::strlen(path) >= sizeof(address.sun_path)) return;
  std::memcpy(address.sun_path, path, std::strlen(path));
  if (path[0] == '@') address.sun_path[0] = '\0';  // abstract namespace
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
  // A supervisor that is away must not stop the watch: the answer is not looked at.
  static_cast<void>(sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                           reinterpret_cast<const sockaddr*>(&address), length));
  close(fd);
}

std::optional<std::chrono::milliseconds> watchdog_interval() {
  auto pid = number_in("WATCHDOG_PID");
  if (pid && *pid != getpid()) return std::nullopt;
  auto usec = number_in("WATCHDOG_USEC");
  if (!usec || *usec <= 0) return std::nullopt;
  return std::chrono::milliseconds(*usec / 2000);
}

}  // namespace vedette::server
