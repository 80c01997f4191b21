#include "net/dns.h"

#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>

#include <algorithm>
#include <memory>

#include "base/assert.h"

namespace vedette::net {
namespace {

constexpr std::size_t kRecordsMax = 64;

struct ChannelDestroy {
  void operator()(ares_channel channel) const { ares_destroy(channel); }
};
using Channel = std::unique_ptr<ares_channeldata, ChannelDestroy>;

struct Answer {
  int status = ARES_ECANCELLED;
  std::string bytes;
};

void keep_answer(void* to, int status, int, unsigned char* bytes, int size) {
  auto& answer = *static_cast<Answer*>(to);
  answer.status = status;
  if (bytes != nullptr && size > 0)
    answer.bytes.assign(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

std::string lower_name(const char* name) {
  std::string out(name == nullptr ? "" : name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (out.ends_with('.')) out.pop_back();
  return out;
}

int wire_type(DnsType type) {
  switch (type) {
    case DnsType::kA:
      return ns_t_a;
    case DnsType::kAaaa:
      return ns_t_aaaa;
    case DnsType::kNs:
      return ns_t_ns;
    case DnsType::kMx:
      return ns_t_mx;
    case DnsType::kCname:
      return ns_t_cname;
    case DnsType::kSoa:
      return ns_t_soa;
  }
  return ns_t_a;
}

std::vector<std::string> read_addresses(const Answer& answer, bool six, int* status) {
  std::vector<std::string> out;
  const auto* bytes = reinterpret_cast<const unsigned char*>(answer.bytes.data());
  char text[INET6_ADDRSTRLEN];
  int count = kRecordsMax;
  if (six) {
    ares_addr6ttl records[kRecordsMax];
    *status = ares_parse_aaaa_reply(bytes, static_cast<int>(answer.bytes.size()), nullptr, records, &count);
    for (int i = 0; *status == ARES_SUCCESS && i < count; ++i) {
      out.emplace_back(ares_inet_ntop(AF_INET6, &records[i].ip6addr, text, sizeof text));
    }
  } else {
    ares_addrttl records[kRecordsMax];
    *status = ares_parse_a_reply(bytes, static_cast<int>(answer.bytes.size()), nullptr, records, &count);
    for (int i = 0; *status == ARES_SUCCESS && i < count; ++i) {
      out.emplace_back(ares_inet_ntop(AF_INET, &records[i].ipaddr, text, sizeof text));
    }
  }
  return out;
}

std::vector<std::string> read_names(const Answer& answer, DnsType type, int* status) {
  std::vector<std::string> out;
  const auto* bytes = reinterpret_cast<const unsigned char*>(answer.bytes.data());
  const int size = static_cast<int>(answer.bytes.size());
  if (type == DnsType::kMx) {
    ares_mx_reply* list = nullptr;
    *status = ares_parse_mx_reply(bytes, size, &list);
    for (auto* one = list; one != nullptr && out.size() < kRecordsMax; one = one->next) {
      out.push_back(fmt::format("{} {}", one->priority, lower_name(one->host)));
    }
    if (list != nullptr) ares_free_data(list);
  } else if (type == DnsType::kSoa) {
    ares_soa_reply* soa = nullptr;
    *status = ares_parse_soa_reply(bytes, size, &soa);
    if (soa != nullptr) {
      out.push_back(
          fmt::format("{} {} {}", lower_name(soa->nsname), lower_name(soa->hostmaster), soa->serial));
      ares_free_data(soa);
    }
  } else {
    hostent* host = nullptr;
    *status = type == DnsType::kNs ? ares_parse_ns_reply(bytes, size, &host)
                                   : ares_parse_a_reply(bytes, size, &host, nullptr, nullptr);
    if (host != nullptr) {
      if (type == DnsType::kNs) {
        for (char** alias = host->h_aliases; *alias != nullptr && out.size() < kRecordsMax; ++alias) {
          out.push_back(lower_name(*alias));
        }
      } else if (host->h_name != nullptr) {
        out.push_back(lower_name(host->h_name));
      }
      ares_free_hostent(host);
    }
  }
  return out;
}

Error explain(int status, const std::string& name, DnsType type, const std::string& resolver) {
  auto code = ErrorCode::kUnavailable;
  if (status == ARES_ENOTFOUND) code = ErrorCode::kNotFound;
  if (status == ARES_ETIMEOUT) code = ErrorCode::kTimeout;
  if (status == ARES_EBADNAME || status == ARES_EBADSTR) code = ErrorCode::kInvalid;
  return Error(code,
               fmt::format("{} {} at {}: {}", to_string(type), name,
                           resolver.empty() ? "the system's resolver" : resolver, ares_strerror(status)));
}

Result<Channel> open_channel(const std::string& resolver, std::chrono::milliseconds timeout) {
  static const bool initialised = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
  VEDETTE_ASSERT(initialised);
  ares_options options{};
  options.tries = 2;
  options.timeout =
      static_cast<int>(std::max<std::int64_t>(100, timeout.count() / 3));  // the second try waits twice
  ares_channel raw = nullptr;
  if (int status = ares_init_options(&raw, &options, ARES_OPT_TRIES | ARES_OPT_TIMEOUTMS);
      status != ARES_SUCCESS) {
    return fail(ErrorCode::kInternal, fmt::format("c-ares: {}", ares_strerror(status)));
  }
  Channel channel(raw);
  if (!resolver.empty() && ares_set_servers_ports_csv(channel.get(), resolver.c_str()) != ARES_SUCCESS) {
    return fail(
        ErrorCode::kInvalid,
        fmt::format("\"{}\" is not a resolver's address; write 192.0.2.53 or [2001:db8::53]:53", resolver));
  }
  return channel;
}

void run_until(ares_channel channel, const Answer& answer, std::chrono::steady_clock::time_point deadline) {
  while (answer.status == ARES_ECANCELLED) {
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    int bits = ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
    pollfd polled[ARES_GETSOCK_MAXNUM];
    nfds_t count = 0;
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
      bool read = ARES_GETSOCK_READABLE(bits, i), write = ARES_GETSOCK_WRITABLE(bits, i);
      if (!read && !write) continue;
      polled[count++] = {sockets[i], static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0)), 0};
    }
    auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (count == 0 || left.count() <= 0) return;
    timeval own{}, longest{left.count() / 1000, static_cast<suseconds_t>(left.count() % 1000 * 1000)};
    timeval* wait = ares_timeout(channel, &longest, &own);
    ::poll(polled, count, static_cast<int>(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1));
    bool any = false;
    for (nfds_t i = 0; i < count; ++i) {
      if (polled[i].revents == 0) continue;
      any = true;
      ares_process_fd(channel,
                      polled[i].revents & (POLLIN | POLLERR | POLLHUP) ? polled[i].fd : ARES_SOCKET_BAD,
                      polled[i].revents & POLLOUT ? polled[i].fd : ARES_SOCKET_BAD);
    }
    if (!any) ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  }
}

}  // namespace

std::string_view to_string(DnsType type) {
  switch (type) {
    case DnsType::kA:
      return "A";
    case DnsType::kAaaa:
      return "AAAA";
    case DnsType::kNs:
      return "NS";
    case DnsType::kMx:
      return "MX";
    case DnsType::kCname:
      return "CNAME";
    case DnsType::kSoa:
      return "SOA";
  }
  return "A";
}

Result<std::vector<std::string>> dns_query(const std::string& name, DnsType type, const std::string& resolver,
                                           std::chrono::milliseconds timeout) {
  if (name.empty() || name.size() > 253)
    return fail(ErrorCode::kInvalid, "a DNS name has 1 to 253 characters");
  Answer answer;  // outlives the channel, whose destruction calls back
  TRY_ASSIGN(auto channel, open_channel(resolver, timeout));
  ares_query(channel.get(), name.c_str(), ns_c_in, wire_type(type), keep_answer, &answer);
  run_until(channel.get(), answer, std::chrono::steady_clock::now() + timeout);
  if (answer.status == ARES_ENODATA) return std::vector<std::string>{};
  if (answer.status == ARES_ECANCELLED) answer.status = ARES_ETIMEOUT;
  if (answer.status != ARES_SUCCESS) return std::unexpected(explain(answer.status, name, type, resolver));
  int status = ARES_SUCCESS;
  auto out = type == DnsType::kA || type == DnsType::kAaaa
                 ? read_addresses(answer, type == DnsType::kAaaa, &status)
                 : read_names(answer, type, &status);
  if (status == ARES_ENODATA) return std::vector<std::string>{};
  if (status != ARES_SUCCESS) return std::unexpected(explain(status, name, type, resolver));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<std::vector<std::string>> dns_zone_servers(const std::string& name, const std::string& resolver,
                                                  std::chrono::milliseconds timeout) {
  std::string zone = name;
  while (true) {
    auto servers = dns_query(zone, DnsType::kNs, resolver, timeout);
    if (servers && !servers->empty()) return servers;
    if (!servers && servers.error().code() != ErrorCode::kNotFound) return servers;
    auto dot = zone.find('.');
    if (dot == std::string::npos || zone.find('.', dot + 1) == std::string::npos)
      return std::vector<std::string>{};
    zone.erase(0, dot + 1);
  }
}

std::vector<std::string> system_resolvers() {
  std::vector<std::string> out;
  auto channel = open_channel("", std::chrono::seconds(1));
  if (!channel) return out;
  ares_addr_port_node* servers = nullptr;
  if (ares_get_servers_ports(channel->get(), &servers) != ARES_SUCCESS) return out;
  char text[INET6_ADDRSTRLEN];
  for (auto* one = servers; one != nullptr && out.size() < 16; one = one->next) {
    const void* address =
        one->family == AF_INET ? static_cast<const void*>(&one->addr.addr4) : &one->addr.addr6;
    out.emplace_back(ares_inet_ntop(one->family, address, text, sizeof text));
  }
  ares_free_data(servers);
  return out;
}

}  // namespace vedette::net
