#include "server/api/idempotency.h"

#include "base/hash.h"
#include "base/id.h"
#include "server/api/operation.h"

namespace vedette::server {
namespace {

constexpr std::size_t kKeyBytesMax = 200;
constexpr std::int64_t kKeptMs = 24 * 3'600'000;
constexpr std::int64_t kRunning = 0;
constexpr std::size_t kStoredBytesMax = 1 << 20;

}  // namespace

Idempotency::Idempotency(store::Database& database, const Clock& clock)
    : database_(database), clock_(clock), run_(random_token(12)) {}

net::Response Idempotency::once(const net::Request& request, const std::string& principal, bool secret,
                                Language language, const std::function<net::Response()>& work) {
  auto given = request.headers.find("Idempotency-Key");
  if (!given) return work();
  std::string key(*given);
  if (key.empty() || key.size() > kKeyBytesMax)
    return fields_response({{"Idempotency-Key", {"error.value.key_length", {}}}}, language);
  auto hash = sha256_hex(std::string(to_string(request.method)) + "\n" + request.path + "\n" + request.body);
  auto now = to_unix_ms(clock_.wall());
  std::optional<net::Response> known;
  auto begun = database_.write([&](store::Session& session) -> Result<void> {
    TRY(session.execute(
        "DELETE FROM idempotency WHERE principal = ? AND idempotency_key = ? AND created_at <= ?",
        {principal, key, now - kKeptMs}));
    TRY_ASSIGN(auto rows,
               session.query("SELECT request_hash, status, content_type, body, run FROM idempotency "
                             "WHERE principal = ? AND idempotency_key = ?",
                             {principal, key}));
    if (rows.empty()) {
      TRY(
          session.execute("INSERT INTO idempotency (principal, idempotency_key, request_hash, run, status, "
                          "content_type, body, created_at) VALUES (?, ?, ?, ?, ?, '', '', ?)",
                          {principal, key, hash, run_, kRunning, now}));
    } else if (rows[0].text(0) != hash) {
      known = refusal(422, "key_used", language);
    } else if (rows[0].integer(1) == kRunning && rows[0].text(4) != run_) {
      known = refusal(409, "key_unknown", language);
    } else if (rows[0].integer(1) == kRunning) {
      known = refusal(409, "key_running", language);
    } else if (rows[0].text(2).empty() && rows[0].text(3).empty() && secret) {
      known = refusal(409, "key_secret", language);
    } else {
      net::Response answer;
      answer.status = static_cast<int>(rows[0].integer(1));
      if (!rows[0].text(2).empty()) answer.headers.set("Content-Type", rows[0].text(2));
      answer.headers.set("Idempotency-Replayed", "true");
      answer.body = rows[0].text(3);
      known = std::move(answer);
    }
    return {};
  });
  if (!begun) return problem_response(begun.error(), language);
  if (known) return *std::move(known);

  auto answer = work();
  bool keep = answer.status < 500 && answer.status != 429 && answer.body.size() <= kStoredBytesMax;
  auto kept = database_.write([&](store::Session& session) -> Result<void> {
    if (!keep) {
      TRY(session.execute("DELETE FROM idempotency WHERE principal = ? AND idempotency_key = ?",
                          {principal, key}));
      return {};
    }
    bool hide = secret && answer.status < 400;
    std::string type = hide ? "" : std::string(answer.headers.find("Content-Type").value_or(""));
    TRY(session.execute(
        "UPDATE idempotency SET status = ?, content_type = ?, body = ? WHERE principal = ? AND "
        "idempotency_key = ?",
        {std::int64_t{answer.status}, type, hide ? std::string() : answer.body, principal, key}));
    return {};
  });
  if (!kept) return problem_response(kept.error(), language);
  return answer;
}

}  // namespace vedette::server
