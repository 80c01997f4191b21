#include "server/ldap/directory.h"

#include <fmt/format.h>
#include <ldap.h>

#include "model/refusal.h"
#include "server/oidc/group_role.h"

namespace vedette::server {
namespace {

constexpr timeval kTimeout{5, 0};
constexpr int kAtOnce = 2, kEntriesMax = 2, kGroupsMax = 1'000;

struct Closed {
  void operator()(LDAP* connection) const { ldap_unbind_ext_s(connection, nullptr, nullptr); }
};
using Connection = std::unique_ptr<LDAP, Closed>;
struct Freed {
  void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
};
using Answer = std::unique_ptr<LDAPMessage, Freed>;

std::unexpected<Error> failed(int code, LDAP* connection, std::string_view doing) {
  std::string more;
  char* text = nullptr;
  if (connection &&
      ldap_get_option(connection, LDAP_OPT_DIAGNOSTIC_MESSAGE, static_cast<void*>(&text)) ==
          LDAP_OPT_SUCCESS &&
      text) {
    more = fmt::format(" ({})", std::string_view(text).substr(0, 300));
    ldap_memfree(text);
  }
  auto kind = code == LDAP_INVALID_CREDENTIALS                          ? ErrorCode::kUnauthorized
              : code == LDAP_TIMEOUT || code == LDAP_TIMELIMIT_EXCEEDED ? ErrorCode::kTimeout
                                                                        : ErrorCode::kUnavailable;
  return fail(kind, fmt::format("{}: {}{}", doing, ldap_err2string(code), more));
}

Result<Connection> connected(const Config& config) {
  LDAP* raw = nullptr;
  if (int code = ldap_initialize(&raw, config.ldap_url.c_str()); code != LDAP_SUCCESS)
    return failed(code, nullptr, "the directory's address");
  Connection out(raw);
  const int version = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_DEMAND, least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2,
            client = 0;
  bool set = ldap_set_option(raw, LDAP_OPT_PROTOCOL_VERSION, &version) == LDAP_OPT_SUCCESS &&
             ldap_set_option(raw, LDAP_OPT_NETWORK_TIMEOUT, &kTimeout) == LDAP_OPT_SUCCESS &&
             ldap_set_option(raw, LDAP_OPT_TIMEOUT, &kTimeout) == LDAP_OPT_SUCCESS &&
             ldap_set_option(raw, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == LDAP_OPT_SUCCESS &&
             ldap_set_option(raw, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) == LDAP_OPT_SUCCESS &&
             ldap_set_option(raw, LDAP_OPT_X_TLS_PROTOCOL_MIN, &least) == LDAP_OPT_SUCCESS;
  if (set && !config.ldap_ca_file.empty())
    set = ldap_set_option(raw, LDAP_OPT_X_TLS_CACERTFILE, config.ldap_ca_file.c_str()) == LDAP_OPT_SUCCESS;
  // Last: it makes the context that the options above are for.
  set = set && ldap_set_option(raw, LDAP_OPT_X_TLS_NEWCTX, &client) == LDAP_OPT_SUCCESS;
  if (!set)
    return fail(ErrorCode::kUnavailable, "the directory's TLS settings cannot be used; look at ldap.ca_file");
  if (config.ldap_url.starts_with("ldap://") && config.ldap_start_tls)
    if (int code = ldap_start_tls_s(raw, nullptr, nullptr); code != LDAP_SUCCESS)
      return failed(code, raw, "StartTLS");
  return out;
}

Result<void> bound(LDAP* connection, const std::string& dn, const std::string& password) {
  berval secret{password.size(), const_cast<char*>(password.data())};
  int code = ldap_sasl_bind_s(connection, dn.c_str(), LDAP_SASL_SIMPLE, &secret, nullptr, nullptr, nullptr);
  if (code != LDAP_SUCCESS) return failed(code, connection, "signing in at the directory");
  return {};
}

Result<Answer> searched(LDAP* connection, const std::string& base, const std::string& filter,
                        std::vector<std::string> attributes, int most) {
  std::vector<char*> names;
  for (auto& one : attributes) names.push_back(one.data());
  names.push_back(nullptr);
  timeval wait = kTimeout;
  LDAPMessage* raw = nullptr;
  int code = ldap_search_ext_s(connection, base.c_str(), LDAP_SCOPE_SUBTREE, filter.c_str(), names.data(), 0,
                               nullptr, nullptr, &wait, most, &raw);
  Answer out(raw);
  if (code != LDAP_SUCCESS && code != LDAP_SIZELIMIT_EXCEEDED)
    return failed(code, connection, "searching the directory");
  return out;
}

std::vector<std::string> values(LDAP* connection, LDAPMessage* entry, const std::string& attribute) {
  std::vector<std::string> out;
  berval** found = ldap_get_values_len(connection, entry, attribute.c_str());
  for (int i = 0; found && found[i] && i < kGroupsMax; ++i)
    out.emplace_back(found[i]->bv_val, found[i]->bv_len);
  if (found) ldap_value_free_len(found);
  return out;
}
std::string first(LDAP* connection, LDAPMessage* entry, const std::string& attribute) {
  auto all = values(connection, entry, attribute);
  return all.empty() ? std::string() : all.front();
}

std::string dn_of(LDAP* connection, LDAPMessage* entry) {
  char* text = ldap_get_dn(connection, entry);
  std::string out(text ? text : "");
  if (text) ldap_memfree(text);
  return out;
}

// Active Directory's objectGUID is bytes.
std::string printable(const std::string& id) {
  if (std::ranges::all_of(id, [](char c) { return c > ' ' && c < 127; })) return id;
  std::string out;
  for (unsigned char c : id) out += fmt::format("{:02x}", c);
  return out;
}

Result<std::vector<std::string>> groups_of(const Config& config, LDAP* connection, LDAPMessage* person,
                                           const std::string& dn) {
  std::vector<std::string> out;
  if (config.ldap_group_filter.empty()) {
    for (const auto& one : values(connection, person, config.ldap_groups_attribute))
      out.push_back(comparable_dn(one));
    return out;
  }
  TRY_ASSIGN(auto found, searched(connection, config.ldap_base_dn,
                                  filled_filter(config.ldap_group_filter, "dn", dn), {"1.1"}, kGroupsMax));
  for (auto* one = ldap_first_entry(connection, found.get()); one; one = ldap_next_entry(connection, one))
    out.push_back(comparable_dn(dn_of(connection, one)));
  return out;
}

std::optional<Role> role_in(const Config& config, const std::vector<std::string>& groups) {
  std::vector<std::string> roles;
  for (const auto& one : config.ldap_roles) {
    auto equals = one.rfind('=');
    roles.push_back(comparable_dn(one.substr(0, equals)) + one.substr(equals));
  }
  return role_of_groups(roles, groups);
}

Result<ExternalPerson> asked(const Config& config, const std::string& username, const std::string& password) {
  TRY_ASSIGN(auto service, connected(config));
  if (auto in = bound(service.get(), config.ldap_bind_dn, config.ldap_bind_password.reveal()); !in)
    return fail(ErrorCode::kUnavailable, "the service account: " + in.error().message());
  TRY_ASSIGN(auto found,
             searched(service.get(), config.ldap_base_dn,
                      filled_filter(config.ldap_user_filter, "username", username),
                      {config.ldap_id_attribute, config.ldap_name_attribute, config.ldap_groups_attribute},
                      kEntriesMax));
  auto many = ldap_count_entries(service.get(), found.get());
  if (many > 1)
    return fail(ErrorCode::kUnavailable,
                "several people have the name " + username + "; narrow ldap.user_filter");
  if (many != 1) return fail(ErrorCode::kUnauthorized, "the directory knows nobody named " + username);
  auto* entry = ldap_first_entry(service.get(), found.get());
  auto dn = dn_of(service.get(), entry);
  if (dn.empty()) return fail(ErrorCode::kUnavailable, "the directory gave an entry without a name");
  TRY_ASSIGN(auto own, connected(config));
  TRY(bound(own.get(), dn, password));
  ExternalPerson out{"ldap", config.ldap_base_dn,
                     printable(first(service.get(), entry, config.ldap_id_attribute)), username,
                     first(service.get(), entry, config.ldap_name_attribute).substr(0, 120)};
  if (out.subject.empty())
    return fail(ErrorCode::kUnavailable,
                fmt::format("{} has no {}; set ldap.id_attribute", dn, config.ldap_id_attribute));
  if (config.ldap_roles.empty()) return out;
  TRY_ASSIGN(auto groups, groups_of(config, service.get(), entry, dn));
  out.role = role_in(config, groups);
  if (!out.role) return refuse(ErrorCode::kForbidden, "account.external_no_role");
  return out;
}

}  // namespace

std::string escaped_in_filter(std::string_view value) {
  std::string out;
  for (unsigned char c : value) {
    bool special = c == '*' || c == '(' || c == ')' || c == '\\' || c < ' ' || c >= 127;
    out += special ? fmt::format("\\{:02x}", c) : std::string(1, static_cast<char>(c));
  }
  return out;
}

std::string filled_filter(std::string_view filter, std::string_view name, std::string_view value) {
  auto mark = fmt::format("{{{}}}", name);
  auto put = escaped_in_filter(value);
  std::string out(filter);
  for (std::size_t at = out.find(mark); at != std::string::npos; at = out.find(mark, at + put.size()))
    out.replace(at, mark.size(), put);
  return out;
}

std::string comparable_dn(std::string_view text) {
  std::string out(text);
  LDAPDN dn = nullptr;
  if (ldap_str2dn(out.c_str(), &dn, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS) {
    char* plain = nullptr;
    if (ldap_dn2str(dn, &plain, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS && plain) out = plain;
    if (plain) ldap_memfree(plain);
    ldap_dnfree(dn);
  }
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

Result<ExternalPerson> LdapDirectory::sign_in(const std::string& username, const std::string& password) {
  // A bind without a password succeeds as nobody (RFC 4513 §5.1.2).
  if (password.empty() || password.find('\0') != std::string::npos)
    return fail(ErrorCode::kUnauthorized, "no password was given");
  if (asking_.fetch_add(1) >= kAtOnce) {
    asking_.fetch_sub(1);
    return fail(ErrorCode::kLimit, "too many sign-ins ask the directory at once");
  }
  auto out = asked(*config_(), username, password);
  asking_.fetch_sub(1);
  return out;
}

}  // namespace vedette::server
