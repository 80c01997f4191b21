// Whose hands a file server's process is: smbd serves each client with a process of its own, so that the
// client's address is the other end of the one connection it accepted, and the user is the one it acts as.
//
// Asked without smbd's help, from /proc: it is called where opens are answered, and must neither wait for
// anybody nor look a name up in a directory service. A user who is not in /etc/passwd is "uid N".
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vedette::files {

// "user@address" of a process of smbd that serves a client; "" of any other.
std::string smb_client_of(pid_t pid, const std::string& executable, std::uint32_t euid);

// One line of /proc/PID/net/tcp or tcp6.
struct TcpLine {
  std::uint16_t local_port = 0;
  bool listening = false, established = false;
  std::string remote;  // IPv4, IPv6, or IPv4 mapped into it, as people write it
  std::uint64_t inode = 0;
};
std::optional<TcpLine> parse_tcp_line(std::string_view line);
// The name of a uid in the text of /etc/passwd, or "uid N".
std::string user_name(std::string_view passwd, std::uint32_t uid);

}  // namespace vedette::files
