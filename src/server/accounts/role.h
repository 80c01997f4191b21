// Who may do what. A person has a role, an API token has scopes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/message.h"

namespace vedette::server {

enum class Role { kViewer, kAnalyst, kLead, kAdmin };  // each may do what those before it may
std::string_view to_string(Role role);
std::optional<Role> role_from(std::string_view text);

namespace scope {
inline constexpr std::string_view kRead = "read";
inline constexpr std::string_view kSitesWrite = "sites:write";
inline constexpr std::string_view kSitesDeploy = "sites:deploy";
inline constexpr std::string_view kAlertsWrite = "alerts:write";
inline constexpr std::string_view kLogsWrite = "logs:write";  // send events, nothing else
inline constexpr std::string_view kAdmin = "admin";
inline constexpr std::string_view kAll[] = {kRead,        kSitesWrite, kSitesDeploy,
                                            kAlertsWrite, kLogsWrite,  kAdmin};
}  // namespace scope

struct User {
  std::string id, username, display_name;
  Role role = Role::kViewer;
  Language language = Language::kVietnamese;
  bool disabled = false;
  std::int64_t created_at = 0;  // Unix milliseconds
  std::optional<std::int64_t> last_sign_in_at;
  bool second_factor = false;  // a one-time password is asked for too
  bool password = true;        // has one of Vedette's own
  std::string provider = {};   // "oidc": known to an identity provider; empty: not
};

// The one who makes a request: a person with a session, or a token.
struct Principal {
  enum class Kind { kNobody, kUser, kToken } kind = Kind::kNobody;
  User user;                           // kUser
  std::string session_id, csrf_token;  // kUser
  std::string name;                    // for the audit log: the user name, or "token:<name>"
  std::vector<std::string> scopes;     // kToken
  // kUser: their role needs a second factor and has none. They may set one up, and nothing else.
  bool lacks_second_factor = false;
  bool provider_factor = false;  // kUser: the identity provider asked for a second factor

  bool signed_in() const { return kind != Kind::kNobody; }
  // A person needs `role`, and a second factor where it is due; a token needs `needed` or admin (sites:write
  // includes sites:deploy).
  bool may(Role role, std::string_view needed) const;
};

}  // namespace vedette::server
