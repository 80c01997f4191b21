// DNS watch: what several resolvers answer for one host, compared with what they answered before. Pure.
//
// The first kLearnRounds rounds learn. Afterwards a value counts as known when it, or its network (IPv4 /16,
// IPv6 /32: pools and CDNs move inside their networks), was seen before; a host whose networks keep changing
// while it is learnt is volatile and its addresses are not judged. A new answer that most resolvers give in
// two rounds is an event. One resolver that answers something unknown for three rounds while the others stay
// with what is known is a condition.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sites/watch/question.h"

namespace vedette::sites {

struct DnsAnswer {
  std::string resolver;  // "192.0.2.53"
  std::string type;      // "NS", "A", "AAAA", "MX"
  std::vector<std::string> values;
  std::string error;  // SERVFAIL, time-out: no answer; empty with no values: there is no such record
};

struct DnsRecordState {
  std::vector<std::string> known;  // values and networks, newest last, at most kKnownMax
  int rounds = 0;
  int new_in_learning = 0;            // rounds of the learning that brought a new network
  std::vector<std::string> pending;   // unknown values most resolvers gave in the last round
  std::map<std::string, int> strays;  // resolver → rounds with an answer of its own
};

struct DnsState {
  std::map<std::string, DnsRecordState> records;  // by type
  std::vector<DnsAnswer> last;                    // for the Site page
};

inline constexpr int kDnsLearnRounds = 6;
inline constexpr std::size_t kDnsKnownMax = 128;

struct DnsRound {
  std::vector<Condition> conditions;  // are so now: resolvers disagree
  std::vector<Condition> events;      // happened: records changed
  int asked = 0, failing = 0;         // resolvers
};
// MX records are those of the host's registrable domain. `window`: a change window is open, everything is
// learnt.
DnsRound see_dns(DnsState& state, std::vector<DnsAnswer> answers, const std::string& host, bool window);

// {"show": the API's dns object, "state": what see_dns() needs}; and back.
std::string dns_to_json(const DnsState& state);
DnsState dns_from_json(std::string_view json);

}  // namespace vedette::sites
