// DNS questions to one named resolver, through c-ares: the site watch asks several and compares.
// Blocking, at most `timeout`; thread-safe (each call has its own channel).
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::net {

enum class DnsType { kA, kAaaa, kNs, kMx, kCname, kSoa };
std::string_view to_string(DnsType type);

// Sorted, without repetition; at most 64. A, AAAA: addresses; NS, CNAME: names in lower case without the last
// dot; MX: "10 mail.example.org"; SOA: "mname rname serial". An existing name without such a record: an empty
// list. `resolver`: "address", "address:port" or "[address]:port"; empty: the system's. kNotFound: NXDOMAIN.
// kTimeout, kUnavailable (SERVFAIL, REFUSED, no answer): nothing is known.
Result<std::vector<std::string>> dns_query(const std::string& name, DnsType type, const std::string& resolver,
                                           std::chrono::milliseconds timeout);

// The name servers of the closest zone above `name` that has any: for "www.example.gov.vn" those of
// example.gov.vn.
Result<std::vector<std::string>> dns_zone_servers(const std::string& name, const std::string& resolver,
                                                  std::chrono::milliseconds timeout);

// The resolvers the system uses, as addresses.
std::vector<std::string> system_resolvers();

}  // namespace vedette::net
