// Who may do what. A person has a role, an API token has scopes; both are rows of one kind of table.
//
// What a role may do is one table (role.cpp): for each area of the API (an operation's tag) how far it may
// read and how far it may change things. Four of the roles form a line, viewer < analyst < lead < admin,
// which also measures what an operation takes; the others have a place of their own in each area.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/message.h"

namespace vedette::server {

enum class Role { kViewer, kAnalyst, kLead, kAdmin, kCommander, kLegal, kAuditor, kWall };
std::string_view to_string(Role role);
std::optional<Role> role_from(std::string_view text);
std::vector<std::string_view> role_names();

// What an operation takes of a person.
struct Permission {
  std::string_view area;       // "incidents"
  Role least = Role::kViewer;  // of the line
  bool reads = true;           // changes nothing
  bool on_wall = false;        // the wall screen shows it
};
std::string to_string(const Permission& permission);  // "incidents:change:lead"

// How far a role goes in an area; nothing: not at all.
struct Reach {
  std::optional<Role> read, change;
  bool operator==(const Reach&) const = default;
};
Reach reach_of(Role role, std::string_view area);
struct AreaReach {
  std::string_view area;
  Reach reach;
};
// Where a role goes further, or less far, than reach_of(role, "").
std::span<const AreaReach> areas_of(Role role);

bool may(Role role, const Permission& permission);
// Nothing that `other` may do is refused to `role`.
bool covers(Role role, Role other);
// Can approve, administer or read what is confidential: needs a second factor by accounts.second_factor =
// "lead".
bool weighty(Role role);

// What a token may do: rows of the same form as those of the roles, so a scope reaches what a role of that
// row would. A token has the sum of its scopes.
namespace scope {
inline constexpr std::string_view kSitesDeploy =
    "sites:deploy";  // three operations name it (Operation::scope)
inline constexpr std::string_view kAdmin = "admin";
}  // namespace scope
std::vector<std::string_view> scope_names();  // from the narrowest to the widest
// Nothing: there is no such scope.
std::optional<Reach> reach_of_scope(std::string_view scope, std::string_view area);
bool scope_allows(std::string_view scope, const Permission& permission);
// The narrowest scope that allows it. "admin" allows everything.
std::string_view scope_for(const Permission& permission);

struct User {
  std::string id, username, display_name;
  Role role = Role::kViewer;
  Language language = Language::kVietnamese;
  bool disabled = false;
  std::int64_t created_at = 0;  // Unix milliseconds
  std::optional<std::int64_t> last_sign_in_at;
  bool second_factor = false;  // a one-time password is asked for too
  bool password = true;        // has one of Vedette's own
  std::string provider = {};   // "oidc", "ldap": known to one; empty: not
  bool break_glass = false;    // a sealed way in: each use is an alarm
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
  // A person needs the permission, and a second factor where it is due; a token needs a scope that allows it,
  // or the scope `also`, if one is named.
  bool may(const Permission& permission, std::string_view also = {}) const;
};

}  // namespace vedette::server
