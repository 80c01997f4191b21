#include "desk/incidents/observable.h"

#include <arpa/inet.h>

#include <algorithm>

#include "model/refusal.h"
#include "net/url.h"
#include "net/url_host.h"

namespace vedette::desk {
namespace {

constexpr std::array<std::string_view, 8> kObservableTypes{
    "ipv4-addr", "ipv6-addr", "domain-name", "url", "email-addr", "file", "user-account", "process"};
constexpr std::size_t kWordBytesMax = ObservableLimits::kValueBytes;

std::string replaced_all(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string refanged(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  std::string out(text);
  for (std::string_view dot : {"[.]", "(.)", "{.}", "[dot]"}) out = replaced_all(std::move(out), dot, ".");
  for (std::string_view at : {"[@]", "(@)", "[at]"}) out = replaced_all(std::move(out), at, "@");
  out = replaced_all(std::move(out), "[:]", ":");
  if (lowered(out.substr(0, 4)) == "hxxp") out.replace(0, 4, "http");
  return out;
}

std::optional<std::string> address(int family, const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (inet_pton(family, text.c_str(), bytes.data()) != 1) return std::nullopt;
  if (!inet_ntop(family, bytes.data(), out.data(), out.size())) return std::nullopt;
  return std::string(out.data());
}

std::optional<std::string> domain(const std::string& text) {
  auto host = net::parse_host(text);
  if (!host || host->empty() || host->front() == '[' || address(AF_INET, *host)) return std::nullopt;
  if (host->back() == '.') host->pop_back();
  if (host->find('.') == std::string::npos || host->size() > 253) return std::nullopt;
  return *std::move(host);
}

std::optional<std::string> web_address(const std::string& text) {
  auto url = net::parse_url(text);
  if (!url || url->host.empty()) return std::nullopt;
  return net::to_string(*url);
}

std::optional<std::string> mail_address(const std::string& text) {
  const auto at = text.rfind('@');
  if (at == std::string::npos || at == 0 || text.find_first_of(" <>\",;:()") != std::string::npos)
    return std::nullopt;
  auto host = domain(text.substr(at + 1));
  if (!host) return std::nullopt;
  return text.substr(0, at + 1) + *host;
}

std::optional<std::string> hash(const std::string& text) {
  const bool length = text.size() == 32 || text.size() == 40 || text.size() == 64 || text.size() == 128;
  if (!length || text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) return std::nullopt;
  return lowered(text);
}

std::optional<std::string> plain_name(const std::string& text) {
  const bool fits =
      !text.empty() && std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  return fits ? std::optional(text) : std::nullopt;
}

std::optional<std::string> normal_of(ObservableType type, const std::string& text) {
  switch (type) {
    case ObservableType::kIpv4:
      return address(AF_INET, text);
    case ObservableType::kIpv6:
      return address(AF_INET6,
                     text.starts_with('[') && text.ends_with(']') ? text.substr(1, text.size() - 2) : text);
    case ObservableType::kDomain:
      return domain(text);
    case ObservableType::kUrl:
      return web_address(text);
    case ObservableType::kEmail:
      return mail_address(text);
    case ObservableType::kFile:
      return hash(text);
    case ObservableType::kAccount:
    case ObservableType::kProcess:
      return plain_name(text);
  }
  return std::nullopt;
}

bool ends_word(char c) {
  return static_cast<unsigned char>(c) <= 0x20 ||
         std::string_view("\"'`<>(){}|,;=").find(c) != std::string_view::npos;
}

}  // namespace

std::string_view to_string(ObservableType type) { return kObservableTypes[static_cast<std::size_t>(type)]; }
std::optional<ObservableType> observable_type_from(std::string_view text) {
  auto found = std::ranges::find(kObservableTypes, text);
  if (found == kObservableTypes.end()) return std::nullopt;
  return static_cast<ObservableType>(found - kObservableTypes.begin());
}

Result<std::string> normal_observable(ObservableType type, std::string_view text) {
  std::optional<std::string> out;
  if (text.size() <= ObservableLimits::kValueBytes) {
    const bool name = type == ObservableType::kAccount || type == ObservableType::kProcess;
    out = normal_of(type, name ? std::string(text) : refanged(text));
  }
  if (!out || out->size() > ObservableLimits::kValueBytes)
    return refuse(ErrorCode::kInvalid, fmt::format("observable.{}", to_string(type)));
  return *std::move(out);
}

std::string defanged(ObservableType type, const std::string& value) {
  switch (type) {
    case ObservableType::kIpv4:
    case ObservableType::kDomain:
      return replaced_all(value, ".", "[.]");
    case ObservableType::kIpv6:
      return replaced_all(value, ":", "[:]");
    case ObservableType::kEmail:
      return replaced_all(replaced_all(value, ".", "[.]"), "@", "[@]");
    case ObservableType::kUrl: {
      auto out = value;
      if (out.starts_with("http")) out.replace(1, 2, "xx");
      const auto host = out.find("://");
      if (host == std::string::npos) return out;
      const auto end = std::min(out.find('/', host + 3), out.size());
      return out.substr(0, host + 3) + replaced_all(out.substr(host + 3, end - host - 3), ".", "[.]") +
             out.substr(end);
    }
    case ObservableType::kFile:
    case ObservableType::kAccount:
    case ObservableType::kProcess:
      return value;
  }
  return value;
}

std::vector<std::pair<ObservableType, std::string>> observables_in(std::string_view text, std::size_t most) {
  std::vector<std::pair<ObservableType, std::string>> out;
  const auto take = [&](ObservableType type, const std::optional<std::string>& value) {
    if (value && value->size() <= ObservableLimits::kValueBytes && out.size() < most &&
        std::ranges::find(out, std::pair(type, *value)) == out.end())
      out.emplace_back(type, *value);
    return value.has_value();
  };
  while (!text.empty() && out.size() < most) {
    std::size_t size = 0;
    while (size < text.size() && !ends_word(text[size])) ++size;
    auto word = text.substr(0, size);
    text.remove_prefix(std::min(size + 1, text.size()));
    while (!word.empty() && std::string_view(".:!?]").find(word.back()) != std::string_view::npos)
      word.remove_suffix(1);
    while (!word.empty() && word.front() == '[') word.remove_prefix(1);
    if (word.size() < 4 || word.size() > kWordBytesMax) continue;
    const std::string one(word);
    if (one.starts_with("http://") || one.starts_with("https://")) {
      if (!take(ObservableType::kUrl, web_address(one))) continue;
      const auto host = net::host_of(one);
      if (!take(ObservableType::kIpv4, address(AF_INET, host)) &&
          !take(ObservableType::kIpv6, address(AF_INET6, host)))
        take(ObservableType::kDomain, domain(host));
      continue;
    }
    if (take(ObservableType::kIpv4, address(AF_INET, one.substr(0, one.find(':'))))) continue;
    if (one.find(':') != std::string::npos && take(ObservableType::kIpv6, address(AF_INET6, one))) continue;
    if (take(ObservableType::kFile, hash(one))) continue;
    take(ObservableType::kEmail, mail_address(one));
  }
  return out;
}

}  // namespace vedette::desk
