// TLS watch: what the certificates of one site say, compared with those it had. Pure.
//
// Expiry warns at 30, 14, 7 and 1 days. A new key is expected when the old certificate is within its renewal
// window (the last third of its life, at least 30 days); outside it, or from another issuer, it is reported.
// The last four keys and issuers are remembered, so a pool of servers with different certificates is learnt
// once. Name and chain are checked by the fetch itself; certificate_problem() says which of them failed, from
// the chain seen without verification.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/fetcher.h"
#include "sites/watch/question.h"

namespace vedette::sites {

struct TlsState {
  std::vector<std::string> keys;     // SHA-256 of SubjectPublicKeyInfo, newest last, at most four
  std::vector<std::string> issuers;  // newest last, at most four
  WallTime not_before{}, not_after{};
  int refused = 0;  // verifications that failed in a row
  bool operator==(const TlsState&) const = default;
};

struct TlsAnswer {
  std::vector<Condition> conditions;  // are so now: expiring
  std::vector<Condition> events;      // happened once: exchanged
};
// A verified connection. `learning`: the site is young, whatever it has is its own.
TlsAnswer see_certificate(TlsState& state, const net::PeerCertificate& leaf, const Asset& asset, WallTime now,
                          bool learning);

// The certificate was refused: expired, for another name, or no trusted chain. `detail` is the TLS library's
// word.
std::vector<Condition> refused_certificate(const net::PeerCertificate* leaf, std::string_view host,
                                           std::string_view detail, const Asset& asset, WallTime now);

// RFC 6125 / RFC 9525: exact or "*." for one whole left label; IP addresses as they are.
bool name_matches(const std::vector<std::string>& names, std::string_view host);

}  // namespace vedette::sites
