// The forms of text values, and the parts of a listen address.
#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/assert.h"
#include "model/severity.h"
#include "server/accounts/role.h"
#include "server/config/config_keys.h"

namespace vedette::server {
namespace {

bool is_ipv4(const std::string& text) {
  in_addr out{};
  return inet_pton(AF_INET, text.c_str(), &out) == 1;
}
bool is_ipv6(const std::string& text) {
  in6_addr out{};
  return inet_pton(AF_INET6, text.c_str(), &out) == 1;
}
bool is_address(const std::string& text) { return is_ipv4(text) || is_ipv6(text); }

std::optional<Listen> split_listen(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string host(text.substr(0, colon));
  auto digits = text.substr(colon + 1);
  int port = -1;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port < 0 || port > 65'535)
    return std::nullopt;
  bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  if (bracketed ? !is_ipv6(host) : !is_ipv4(host)) return std::nullopt;
  bool loopback = host.starts_with("127.") || host == "::1";
  return Listen{host, static_cast<std::uint16_t>(port), loopback};
}

bool is_host(const std::string& text) {
  if (is_address(text)) return true;
  return !text.empty() && text.size() <= 253 && text.front() != '.' && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

bool is_url(std::string_view text) {
  for (std::string_view scheme : {"https://", "http://"}) {
    if (!text.starts_with(scheme)) continue;
    auto rest = text.substr(scheme.size());
    return !rest.empty() && rest.find_first_of(" \t\r\n\"'<>?#") == std::string_view::npos &&
           rest.front() != '/';
  }
  return false;
}

}  // namespace

std::string_view describe(TextForm form) {
  switch (form) {
    case TextForm::kAny:
      return "text";
    case TextForm::kFolder:
      return "folder";
    case TextForm::kFile:
      return "file path";
    case TextForm::kListenOrNone:
    case TextForm::kListen:
      return "address:port";
    case TextForm::kUrl:
      return "URL";
    case TextForm::kAddress:
      return "IP address";
    case TextForm::kHost:
      return "host name or IP address";
    case TextForm::kResolver:
      return "IP address or address:port";
    case TextForm::kLanguage:
      return "vi or en";
    case TextForm::kLogLevel:
      return "debug, info, warn or error";
    case TextForm::kSecondFactor:
      return "optional, lead or all";
    case TextForm::kRoleOfGroup:
      return "group=role";
    case TextForm::kLdapUrl:
      return "ldaps:// or ldap:// URL";
    case TextForm::kSeverity:
      return "informational, low, medium, high or critical";
  }
  return "text";
}

std::optional<std::string> check_form(TextForm form, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return "holds a NUL character; remove it";
  std::string copy(text);
  switch (form) {
    case TextForm::kAny:
      return std::nullopt;
    case TextForm::kFolder:
      if (text.empty()) return "is empty; name a folder, e.g. \"/var/lib/vedette\"";
      return std::nullopt;
    case TextForm::kFile:
      return std::nullopt;
    case TextForm::kListen:
      if (!split_listen(text))
        return "is no address and port; write e.g. \"127.0.0.1:8480\" or \"[::1]:8480\"";
      return std::nullopt;
    case TextForm::kListenOrNone:
      if (!text.empty() && !split_listen(text))
        return "is no address and port; write e.g. \"0.0.0.0:8481\", or nothing";
      return std::nullopt;
    case TextForm::kUrl:
      if (!text.empty() && !is_url(text)) return "is no URL; write e.g. \"https://vedette.example.org\"";
      return std::nullopt;
    case TextForm::kAddress:
      if (!is_address(copy)) return "is no IP address; write e.g. \"10.0.0.5\"";
      return std::nullopt;
    case TextForm::kHost:
      if (!is_host(copy)) return "is no host; write e.g. \"sso.example.org\" or \"10.0.0.5\"";
      return std::nullopt;
    case TextForm::kResolver:
      if (!is_address(copy) && !split_listen(text))
        return "is no name server; write e.g. \"1.1.1.1\" or \"[2606:4700:4700::1111]:53\"";
      return std::nullopt;
    case TextForm::kLanguage:
      if (text != "vi" && text != "en") return "is no language Vedette speaks; write \"vi\" or \"en\"";
      return std::nullopt;
    case TextForm::kLogLevel:
      if (text != "debug" && text != "info" && text != "warn" && text != "error")
        return "is no level; write \"debug\", \"info\", \"warn\" or \"error\"";
      return std::nullopt;
    case TextForm::kSecondFactor:
      if (text != "optional" && text != "lead" && text != "all")
        return "is no rule; write \"optional\", \"lead\" (leads and administrators) or \"all\"";
      return std::nullopt;
    case TextForm::kLdapUrl: {
      auto host = text.starts_with("ldaps://")  ? text.substr(8)
                  : text.starts_with("ldap://") ? text.substr(7)
                                                : "";
      if (!text.empty() && (host.empty() || host.find_first_of(" /?\"'<>") != std::string_view::npos))
        return "is no address of a directory; write e.g. \"ldaps://dc.example.org\"";
      return std::nullopt;
    }
    case TextForm::kRoleOfGroup: {
      auto equals = text.rfind('=');
      if (equals == std::string_view::npos || equals == 0 || !role_from(text.substr(equals + 1)))
        return "gives no role to a group; write e.g. \"vedette-leads=lead\"";
      return std::nullopt;
    }
    case TextForm::kSeverity:
      if (!severity_from(text))
        return "is no severity; write \"informational\", \"low\", \"medium\", \"high\" or \"critical\"";
      return std::nullopt;
  }
  return std::nullopt;
}

Listen listen_parts(const Config& config) { return listen_parts(config.listen); }

Listen listen_parts(std::string_view listen) {
  auto parts = split_listen(listen);
  VEDETTE_ASSERT(parts.has_value());
  return *parts;
}

}  // namespace vedette::server
