// LdapDirectory: whether a name and a password are right, asked of an LDAP directory (RFC 4511; OpenLDAP,
// Active Directory, FreeIPA): search for the person as a service account, then bind as them. The protocol is
// libldap's. Always with TLS, but for a directory on this machine; referrals are not followed; each step at
// most five seconds, and at most two sign-ins ask at a time, so that a slow directory cannot hold all of the
// server's workers. Thread-safe; blocks.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/accounts/accounts.h"

namespace vedette::server {

// A value inside a search filter, escaped (RFC 4515 §3).
std::string escaped_in_filter(std::string_view value);
// `filter` with each {name} replaced by the escaped value; other braces stay.
std::string filled_filter(std::string_view filter, std::string_view name, std::string_view value);
// A distinguished name as it is compared: without blanks around its signs, ASCII letters small. No DN:
// itself, small.
std::string comparable_dn(std::string_view dn);

class LdapDirectory {
 public:
  explicit LdapDirectory(Accounts::CurrentConfig config) : config_(std::move(config)) {}

  bool on() const { return !config_()->ldap_url.empty(); }
  // kUnauthorized: no such person, or another password. kForbidden: none of their groups has a role.
  // kUnavailable, kTimeout, kLimit: the directory cannot be asked now; the message is for the log.
  Result<ExternalPerson> sign_in(const std::string& username, const std::string& password);

 private:
  const Accounts::CurrentConfig config_;
  std::atomic<int> asking_{0};
};

}  // namespace vedette::server
