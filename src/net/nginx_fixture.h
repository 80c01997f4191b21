// Real servers for tests: nginx on free loopback ports with HTTP/1.1 and HTTP/2 over TLS, and a peer that
// sends fixed bytes once.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace vedette::net::testing_server {

inline int bound_socket(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
  port = ntohs(address.sin_port);
  return fd;
}

class Nginx {
 public:
  Nginx() {
    char name[] = "/tmp/vedette-nginx-XXXXXX";
    dir_ = ::mkdtemp(name);
    std::filesystem::permissions(dir_, std::filesystem::perms(0755));
    std::filesystem::create_directories(dir_ + "/html");
    make_certificate("DNS:localhost,IP:127.0.0.1");
    // Held until nginx has its configuration; SO_REUSEADDR makes the short gap harmless.
    for (auto* port : {&http_port_, &https_port_}) ::close(bound_socket(*port));
  }
  ~Nginx() {
    if (process_ > 0) {
      ::kill(process_, SIGTERM);
      ::waitpid(process_, nullptr, 0);
    }
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  // Self-signed, with a new key; reload() makes a running server take it.
  void make_certificate(const std::string& names) const {
    const std::string make =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "
        "'/CN=vedette test' -addext 'subjectAltName=" +
        names + "' -keyout " + key() + " -out " + certificate() + " 2>/dev/null";
    EXPECT_EQ(std::system(make.c_str()), 0);
  }
  void reload() const { ::kill(process_, SIGHUP); }

  void write(const std::string& path, const std::string& content) const {
    std::ofstream(dir_ + "/" + path, std::ios::binary) << content;
    std::filesystem::permissions(dir_ + "/" + path, std::filesystem::perms(0644));
  }
  // `locations`: @HTTP@, @TLS@ and @DIR@ are filled in.
  void start(std::string locations) {
    std::string conf = R"(
daemon off; pid @DIR@/pid; error_log @DIR@/error.log; worker_processes 1;
events { worker_connections 1024; }
http {
  types { text/html html; }
  access_log off; gzip on; gzip_min_length 1000; root @DIR@/html;
  client_body_temp_path @DIR@/t1; proxy_temp_path @DIR@/t2; fastcgi_temp_path @DIR@/t3; uwsgi_temp_path @DIR@/t4; scgi_temp_path @DIR@/t5;
  server {
    listen 127.0.0.1:@HTTP@;
    listen 127.0.0.1:@TLS@ ssl http2;
    ssl_certificate @DIR@/cert.pem; ssl_certificate_key @DIR@/key.pem;
    @LOCATIONS@
  }
}
)";
    replace(conf, "@LOCATIONS@", locations);
    replace(conf, "@HTTP@", std::to_string(http_port_));
    replace(conf, "@TLS@", std::to_string(https_port_));
    replace(conf, "@DIR@", dir_);
    write("nginx.conf", conf);
    const std::string path = dir_ + "/nginx.conf";
    const std::string log = dir_ + "/error.log";
    const char* arguments[] = {"nginx", "-c", path.c_str(), "-e", log.c_str(), nullptr};
    const char* program = std::filesystem::exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";
    ASSERT_EQ(::posix_spawnp(&process_, program, nullptr, nullptr, const_cast<char**>(arguments), environ),
              0);
    for (int i = 0; i < 12'000; ++i) {  // two minutes: a crowded machine starts slowly
      if (answers(http_port_)) return;
      ::poll(nullptr, 0, 10);
    }
    FAIL() << "nginx does not answer; see its configuration " << conf;
  }

  std::uint16_t http_port() const { return http_port_; }
  std::uint16_t https_port() const { return https_port_; }
  std::string http_url() const { return "http://127.0.0.1:" + std::to_string(http_port_); }
  std::string https_url() const { return "https://127.0.0.1:" + std::to_string(https_port_); }
  std::string certificate() const { return dir_ + "/cert.pem"; }
  std::string key() const { return dir_ + "/key.pem"; }

 private:
  static void replace(std::string& text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
  }
  static bool answers(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool good = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return good;
  }

  std::string dir_;
  std::uint16_t http_port_ = 0;
  std::uint16_t https_port_ = 0;
  pid_t process_ = -1;
};

// Takes one connection, reads the request, sends `answer` and closes.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : fd_(bound_socket(port_)) {
    EXPECT_EQ(::listen(fd_, 1), 0);
    thread_ = std::jthread([fd = fd_, answer = std::move(answer)] {
      const int peer = ::accept(fd, nullptr, nullptr);
      if (peer < 0) return;
      char request[4096];
      (void)!::recv(peer, request, sizeof request, 0);
      if (!answer.empty()) (void)!::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(peer);
    });
  }
  ~OneAnswer() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_ = 0;
  int fd_;
  std::jthread thread_;
};

}  // namespace vedette::net::testing_server
