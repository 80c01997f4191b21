// What the own mail server says of a message's origin: SPF, DKIM, DMARC (RFC 8601). Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vedette::mail {

// "pass", "fail", "softfail", "neutral", "none", "temperror", "permerror", "policy"; empty: not said.
struct Authentication {
  std::string spf = {}, dkim = {}, dmarc = {};
  bool said() const { return !spf.empty() || !dkim.empty() || !dmarc.empty(); }
  bool operator==(const Authentication&) const = default;
};

// Of the topmost header, and only if it names `server` as its author: a server writes above what the sender
// wrote. Any other may be the sender's own invention. Several signatures: one that passes counts.
Authentication authentication_of(const std::vector<std::string>& results, std::string_view server);

}  // namespace vedette::mail
