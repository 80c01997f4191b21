#include "files/guard/smb_client.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <set>
#include <vector>

#include "files/guard/processes.h"

namespace vedette::files {
namespace {

constexpr std::size_t kTableMax = 1024 * 1024;  // bytes of a table of connections
constexpr std::size_t kPasswdMax = 1024 * 1024;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.empty()) return out;
    auto end = std::min(line.find_first_of(" \t"), line.size());
    out.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

template <class T>
bool number(std::string_view text, T& out, int base) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size();
}

// The kernel writes each four bytes as a number of the machine's own byte order.
std::string address_of(std::string_view hex) {
  std::array<std::uint32_t, 4> parts{};
  if (hex.size() != 8 && hex.size() != 32) return {};
  const std::size_t count = hex.size() / 8;
  for (std::size_t i = 0; i < count; ++i)
    if (!number(hex.substr(i * 8, 8), parts[i], 16)) return {};
  char text[INET6_ADDRSTRLEN] = "";
  if (count == 4 && parts[0] == 0 && parts[1] == 0 && parts[2] == htonl(0xFFFF)) {
    ::inet_ntop(AF_INET, &parts[3], text, sizeof text);
  } else {
    ::inet_ntop(count == 1 ? AF_INET : AF_INET6, parts.data(), text, sizeof text);
  }
  return text;
}

std::set<std::uint64_t> sockets_of(pid_t pid) {
  std::set<std::uint64_t> out;
  const auto folder = fmt::format("/proc/{}/fd", pid);
  for (const auto fd : numbers_in(folder)) {
    const auto target = read_link(fmt::format("{}/{}", folder, fd));
    constexpr std::string_view prefix = "socket:[";
    std::uint64_t inode = 0;
    if (target.starts_with(prefix) && target.ends_with("]") &&
        number(std::string_view(target).substr(prefix.size(), target.size() - prefix.size() - 1), inode, 10))
      out.insert(inode);
  }
  return out;
}

}  // namespace

std::optional<TcpLine> parse_tcp_line(std::string_view line) {
  // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …
  const auto words = words_of(line);
  if (words.size() < 10) return std::nullopt;
  const auto local = words[1], remote = words[2];
  const auto colon = local.rfind(':'), remote_colon = remote.rfind(':');
  TcpLine out;
  if (colon == std::string_view::npos || remote_colon == std::string_view::npos ||
      !number(local.substr(colon + 1), out.local_port, 16) || !number(words[9], out.inode, 10))
    return std::nullopt;
  out.established = words[3] == "01";
  out.listening = words[3] == "0A";
  out.remote = address_of(remote.substr(0, remote_colon));
  if (out.remote.empty()) return std::nullopt;
  return out;
}

std::string user_name(std::string_view passwd, std::uint32_t uid) {
  while (!passwd.empty()) {
    const auto end = std::min(passwd.find('\n'), passwd.size());
    const auto line = passwd.substr(0, end);
    passwd.remove_prefix(std::min(end + 1, passwd.size()));
    const auto name = line.find(':');
    if (name == std::string_view::npos) continue;
    const auto password = line.find(':', name + 1);
    if (password == std::string_view::npos) continue;
    const auto number_end = std::min(line.find(':', password + 1), line.size());
    std::uint32_t own = 0;
    if (number(line.substr(password + 1, number_end - password - 1), own, 10) && own == uid)
      return std::string(line.substr(0, name));
  }
  return fmt::format("uid {}", uid);
}

std::string smb_client_of(pid_t pid, const std::string& executable, std::uint32_t euid) {
  if (std::filesystem::path(executable).filename() != "smbd") return {};
  const auto sockets = sockets_of(pid);
  if (sockets.empty()) return {};
  std::set<std::uint16_t> served;
  std::vector<TcpLine> own;
  for (const char* table : {"tcp6", "tcp"}) {
    const auto text = read_small(fmt::format("/proc/{}/net/{}", pid, table), kTableMax);
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find('\n', at), text.size());
      auto line = parse_tcp_line(std::string_view(text).substr(at, end - at));
      at = end + 1;
      if (!line) continue;
      if (line->listening) served.insert(line->local_port);
      if (line->established && sockets.contains(line->inode)) own.push_back(*std::move(line));
    }
  }
  // What it opened itself (to a directory service) has a port that nobody listens on.
  for (const auto& one : own)
    if (served.contains(one.local_port))
      return fmt::format("{}@{}", user_name(read_small("/etc/passwd", kPasswdMax), euid), one.remote);
  return {};
}

}  // namespace vedette::files
