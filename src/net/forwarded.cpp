#include "net/forwarded.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace vedette::net {
namespace {

using Bytes = std::array<unsigned char, 16>;

std::optional<Bytes> parse_address(std::string_view text, bool* is_v4 = nullptr) {
  const std::string name(text);
  Bytes out{};
  if (inet_pton(AF_INET6, name.c_str(), out.data()) == 1) return out;
  in_addr v4{};
  if (inet_pton(AF_INET, name.c_str(), &v4) != 1) return std::nullopt;
  out = Bytes{};
  out[10] = out[11] = 0xff;
  std::memcpy(out.data() + 12, &v4, 4);
  if (is_v4 != nullptr) *is_v4 = true;
  return out;
}

bool in_network(const Bytes& address, const Bytes& network, unsigned bits) {
  for (unsigned i = 0; i < 16 && bits > 0; ++i) {
    const unsigned take = std::min(bits, 8u);
    const auto mask = static_cast<unsigned char>(0xff << (8 - take));
    if ((address[i] & mask) != (network[i] & mask)) return false;
    bits -= take;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::make(const std::vector<std::string>& networks) {
  TrustedProxies made;
  for (const auto& text : networks) {
    const auto slash = text.find('/');
    bool is_v4 = false;
    const auto address = parse_address(std::string_view(text).substr(0, slash), &is_v4);
    const unsigned width = is_v4 ? 32 : 128;
    unsigned bits = width;
    bool good = address.has_value();
    if (good && slash != std::string::npos) {
      const char* end = text.data() + text.size();
      const auto read = std::from_chars(text.data() + slash + 1, end, bits);
      good = read.ec == std::errc() && read.ptr == end && bits <= width;
    }
    if (!good) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("trusted proxy \"{}\" is no IP address or network (10.0.0.0/8)", text));
    }
    made.networks_.push_back({*address, bits + (128 - width)});
  }
  return made;
}

bool TrustedProxies::trusts(std::string_view address) const {
  if (networks_.empty()) return false;
  const auto bytes = parse_address(address);
  return bytes && std::ranges::any_of(networks_, [&](const Network& each) {
           return in_network(*bytes, each.address, each.bits);
         });
}

TrustedProxies::Origin TrustedProxies::origin(std::string_view peer, bool secure,
                                              std::optional<std::string_view> forwarded_for,
                                              std::optional<std::string_view> forwarded_proto) const {
  Origin origin{std::string(peer), secure};
  if (!trusts(peer)) return origin;
  if (forwarded_proto) {
    const auto comma = forwarded_proto->rfind(',');
    const auto last = comma == std::string_view::npos ? *forwarded_proto : forwarded_proto->substr(comma + 1);
    origin.secure = trim(last) == "https";
  }
  auto list = forwarded_for.value_or("");
  while (!list.empty()) {
    const auto comma = list.rfind(',');
    const auto address = trim(comma == std::string_view::npos ? list : list.substr(comma + 1));
    if (!parse_address(address)) break;
    origin.address = address;
    if (!trusts(address) || comma == std::string_view::npos) break;
    list = list.substr(0, comma);
  }
  return origin;
}

}  // namespace vedette::net
