// For tests: a small web site, really served on a port of 127.0.0.1 by a thread of its own.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace vedette::sites {

class TestSite {
 public:
  struct Answer {
    std::string body;
    std::string type = "text/html; charset=utf-8";
    std::string status = "200 OK";
    std::string fields = {};  // "Name: value\r\n"…
    bool hang = false;        // accept the request, never answer
  };

  TestSite() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 64) != 0)
      abort();
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](std::stop_token stop) { serve(stop); });
  }
  ~TestSite() {
    thread_.request_stop();
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    for (int fd : hanging_) close(fd);
  }

  void put(const std::string& path, Answer answer) {
    std::lock_guard lock(mutex_);
    pages_[path] = std::move(answer);
  }
  std::string url(const std::string& path, const std::string& host = "127.0.0.1") const {
    return "http://" + host + ":" + std::to_string(port_) + path;
  }
  // The request heads that came for `path`.
  std::vector<std::string> requests(const std::string& path) const {
    std::lock_guard lock(mutex_);
    auto found = requests_.find(path);
    return found == requests_.end() ? std::vector<std::string>() : found->second;
  }

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      std::string head;
      char part[4096];
      pollfd wait{fd, POLLIN, 0};
      while (head.find("\r\n\r\n") == std::string::npos && poll(&wait, 1, 2'000) > 0) {
        ssize_t n = recv(fd, part, sizeof part, 0);
        if (n <= 0) break;
        head.append(part, static_cast<std::size_t>(n));
      }
      auto from = head.find(' '), to = head.find(' ', from + 1);
      if (from == std::string::npos || to == std::string::npos) {
        close(fd);
        continue;
      }
      std::string path = head.substr(from + 1, to - from - 1);
      Answer answer{"not found", "text/plain", "404 Not Found", "", false};
      {
        std::lock_guard lock(mutex_);
        requests_[path].push_back(head);
        if (auto found = pages_.find(path); found != pages_.end()) answer = found->second;
      }
      if (answer.hang) {
        hanging_.push_back(fd);
        continue;
      }
      std::string out = "HTTP/1.1 " + answer.status + "\r\nContent-Type: " + answer.type + "\r\n" +
                        answer.fields + "Content-Length: " + std::to_string(answer.body.size()) +
                        "\r\nConnection: close\r\n\r\n" + answer.body;
      for (std::size_t done = 0; done < out.size();) {
        ssize_t n = send(fd, out.data() + done, out.size() - done, MSG_NOSIGNAL);
        if (n <= 0) break;
        done += static_cast<std::size_t>(n);
      }
      close(fd);
    }
  }

  int listener_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, Answer> pages_;
  std::map<std::string, std::vector<std::string>> requests_;
  std::vector<int> hanging_;
  std::jthread thread_;
};

}  // namespace vedette::sites
