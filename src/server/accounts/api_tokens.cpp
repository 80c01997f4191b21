// API tokens: "vdt_" and 256 random bits; the store has only the SHA-256.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/hash.h"
#include "base/id.h"
#include "desk/desk.h"
#include "model/refusal.h"
#include "server/accounts/accounts.h"
#include "server/accounts/user_rows.h"

namespace vedette::server {
namespace {

constexpr std::int64_t kTouchEveryMs = 60'000;

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  std::size_t at = 0;
  while (at < text.size()) {
    auto end = std::min(text.find(' ', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

}  // namespace

Result<Accounts::MadeToken> Accounts::make_token(const std::string& name,
                                                 const std::vector<std::string>& scopes,
                                                 std::optional<std::int64_t> expires_at,
                                                 const std::string& by) {
  for (const auto& one : scopes) {
    if (!reach_of_scope(one, ""))
      return refuse(ErrorCode::kInvalid, "account.scope",
                    {{"scope", one}, {"scopes", fmt::format("{}", fmt::join(scope_names(), ", "))}});
  }
  if (scopes.empty()) return refuse(ErrorCode::kInvalid, "account.no_scope");
  MadeToken out;
  out.secret = "vdt_" + random_token();
  out.token = {new_id(clock_), name, by, scopes, to_unix_ms(clock_.wall()), std::nullopt, expires_at};
  auto joined = fmt::format("{}", fmt::join(scopes, " "));
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    store::Value expires;
    if (expires_at) expires = *expires_at;
    TRY(session.execute(
        "INSERT INTO api_tokens (id, name, token_hash, scopes, created_by, created_at, expires_at) VALUES "
        "(?, ?, ?, ?, ?, ?, ?)",
        {out.token.id, name, sha256_hex(out.secret), joined, by, out.token.created_at, expires}));
    return desk::append_audit(session, clock_.wall(), by, "token.add", "token/" + out.token.id,
                              audit_detail({{"name", name}, {"scopes", joined}}));
  }));
  return out;
}

Result<std::vector<ApiToken>> Accounts::tokens(const std::string& after_id, std::size_t limit) {
  std::vector<ApiToken> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT id, name, created_by, scopes, created_at, last_used_at, "
                                        "expires_at FROM api_tokens WHERE id > ? ORDER BY id LIMIT ?",
                                        {after_id, static_cast<std::int64_t>(limit)}));
    for (const auto& row : rows)
      out.push_back({row.text(0), row.text(1), row.text(2), split(row.text(3)), row.integer(4),
                     optional_integer(row, 5), optional_integer(row, 6)});
    return {};
  }));
  return out;
}

Result<void> Accounts::remove_token(const std::string& id, const std::string& by) {
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto gone, session.execute("DELETE FROM api_tokens WHERE id = ?", {id}));
    if (gone == 0) return refuse(ErrorCode::kNotFound, "account.no_token");
    return desk::append_audit(session, clock_.wall(), by, "token.remove", "token/" + id, "{}");
  });
}

Result<Principal> Accounts::token(const std::string& secret) {
  auto hash = sha256_hex(secret);
  Principal out;
  out.kind = Principal::Kind::kToken;
  if (!local_token_hash_.empty() && equal_constant_time(hash, local_token_hash_)) {
    out.name = "local command";
    out.scopes = {std::string(scope::kAdmin)};
    return out;
  }
  auto now = to_unix_ms(clock_.wall());
  std::int64_t last_used = 0;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(
        auto rows,
        session.query("SELECT name, scopes, expires_at, last_used_at FROM api_tokens WHERE token_hash = ?",
                      {hash}));
    if (rows.empty() || (!rows[0].is_null(2) && rows[0].integer(2) <= now))
      return refuse(ErrorCode::kUnauthorized, "account.token_unknown");
    out.name = "token:" + rows[0].text(0);
    out.scopes = split(rows[0].text(1));
    last_used = rows[0].integer_or(3, 0);
    return {};
  }));
  if (now - last_used >= kTouchEveryMs) {
    TRY(database_.write([&](store::Session& session) -> Result<void> {
      TRY(session.execute("UPDATE api_tokens SET last_used_at = ? WHERE token_hash = ?", {now, hash}));
      return {};
    }));
  }
  return out;
}

void Accounts::allow_local_token(const std::string& secret) { local_token_hash_ = sha256_hex(secret); }

}  // namespace vedette::server
