// For tests: a network of its own, in which any address can be this machine's.
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace vedette::net::testing_server {

// Runs `test` on a thread in a network namespace that has 127.0.0.1 and `addresses` (IPv4) and nothing else.
// Threads and processes that `test` starts are in it, too. False: this machine does not permit it (it takes
// CAP_SYS_ADMIN).
inline bool in_own_network(const std::vector<std::string>& addresses, const std::function<void()>& test) {
  bool permitted = false;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) != 0) return;
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING;
    permitted = ::ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      ifreq alias{};
      std::strcpy(alias.ifr_name, ("lo:" + std::to_string(i + 1)).c_str());
      sockaddr_in address{};
      address.sin_family = AF_INET;
      ::inet_pton(AF_INET, addresses[i].c_str(), &address.sin_addr);
      std::memcpy(&alias.ifr_addr, &address, sizeof address);
      permitted = permitted && ::ioctl(fd, SIOCSIFADDR, &alias) == 0;
    }
    ::close(fd);
    if (permitted) test();
  }).join();
  return permitted;
}

}  // namespace vedette::net::testing_server
