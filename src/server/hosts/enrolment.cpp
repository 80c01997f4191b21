// How a host becomes known here, and how its certificate is renewed.
#include <fmt/format.h>

#include "base/hash.h"
#include "base/id.h"
#include "model/refusal.h"
#include "server/accounts/user_rows.h"
#include "server/hosts/host_rows.h"

namespace vedette::server {
namespace {

constexpr auto kEnrolmentLifeMax = std::chrono::hours(24 * 7);
constexpr auto kSlowClock = std::chrono::minutes(5);  // the host's clock may be a little slow

}  // namespace

Result<Hosts::Enrolment> Hosts::make_enrolment(const std::string& group, const std::string& note,
                                               std::chrono::seconds life, const std::string& by) {
  if (life <= std::chrono::seconds(0) || life > kEnrolmentLifeMax)
    return refuse(ErrorCode::kInvalid, "host.enrolment_life");
  if (!is_group_name(group)) return refuse(ErrorCode::kInvalid, "host.group_name");
  auto now = clock_.wall();
  Enrolment out{new_id(clock_), group, note, by, now, now + life, {}, {}, "vde_" + random_token()};
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(ensure_group(session, group));
    TRY(session.execute(
        "INSERT INTO enrolments (id, token_hash, note, created_by, created_at, expires_at, group_name) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        {out.id, sha256_hex(out.token), note, by, to_unix_ms(now), to_unix_ms(out.expires_at), group}));
    return desk::append_audit(session, now, by, "enrolment.add", "enrolment/" + out.id,
                              audit_detail({{"note", note}, {"group", group}}));
  }));
  return out;
}

Result<Hosts::EnrolmentPage> Hosts::enrolments(const std::string& cursor, std::size_t limit) {
  EnrolmentPage out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(
        auto rows,
        session.query("SELECT id, group_name, note, created_by, created_at, expires_at, used_at, host_id "
                      "FROM enrolments WHERE id < ? ORDER BY id DESC LIMIT ?",
                      {cursor.empty() ? "~" : cursor, static_cast<std::int64_t>(limit + 1)}));
    for (const auto& row : rows) {
      if (out.items.size() == limit) {
        out.next_cursor = out.items.back().id;
        break;
      }
      Enrolment one{row.text(0),
                    row.text(1),
                    row.text(2),
                    row.text(3),
                    from_unix_ms(row.integer(4)),
                    from_unix_ms(row.integer(5)),
                    {},
                    row.text_or(7, ""),
                    {}};
      if (!row.is_null(6)) one.used_at = from_unix_ms(row.integer(6));
      out.items.push_back(std::move(one));
    }
    return {};
  }));
  return out;
}

Result<void> Hosts::cancel_enrolment(const std::string& id, const std::string& by) {
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto done, session.execute("DELETE FROM enrolments WHERE id = ? AND used_at IS NULL", {id}));
    if (done == 0) return refuse(ErrorCode::kNotFound, "host.enrolment_gone");
    return desk::append_audit(session, clock_.wall(), by, "enrolment.remove", "enrolment/" + id, "{}");
  });
}

Result<Hosts::Enrolled> Hosts::enrol(const std::string& token, const std::string& signing_request,
                                     HostFacts facts, const std::string& address) {
  TRY(check_facts(facts));
  auto now = clock_.wall();
  auto id = new_id(clock_);
  TRY_ASSIGN(auto certificate, authority_.sign(signing_request, id, net::CertificateUse::kClient,
                                               now - kSlowClock, now + options_.certificate_life));
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto used,
               session.execute("UPDATE enrolments SET used_at = ?, host_id = ? WHERE token_hash = ? "
                               "AND used_at IS NULL AND expires_at > ?",
                               {to_unix_ms(now), id, sha256_hex(token), to_unix_ms(now)}));
    if (used == 0)
      return fail(ErrorCode::kUnauthorized,
                  "the enrolment token is unknown, used or has expired; make a new one on the server");
    TRY_ASSIGN(auto rows, session.query("SELECT group_name FROM enrolments WHERE host_id = ?", {id}));
    TRY(session.execute(
        "INSERT INTO hosts (id, name, os, kernel, arch, version, address, certificate_sha256, "
        "certificate_not_after, enrolled_at, last_seen_at, silent, epoch, sequence, gaps, group_name) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', 0, 0, ?)",
        {id, facts.name, facts.os, facts.kernel, facts.arch, facts.version, address, certificate.sha256,
         to_unix_ms(certificate.not_after), to_unix_ms(now), to_unix_ms(now), rows[0].text(0)}));
    return desk::append_audit(
        session, now, "agent", "host.enrol", "host/" + id,
        audit_detail({{"name", facts.name}, {"address", address}, {"group", rows[0].text(0)}}));
  }));
  news_.tell(HostNews::What::kHost, id);
  return Enrolled{id, std::move(certificate)};
}

Result<net::IssuedCertificate> Hosts::renew(const Host& host, const std::string& signing_request) {
  auto now = clock_.wall();
  TRY_ASSIGN(auto certificate, authority_.sign(signing_request, host.id, net::CertificateUse::kClient,
                                               now - kSlowClock, now + options_.certificate_life));
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto done,
               session.execute("UPDATE hosts SET next_certificate_sha256 = ?, next_certificate_not_after = ? "
                               "WHERE id = ? AND revoked_at IS NULL",
                               {certificate.sha256, to_unix_ms(certificate.not_after), host.id}));
    if (done == 0) return fail(ErrorCode::kUnauthorized, "this host was revoked meanwhile");
    return desk::append_audit(session, now, "agent:" + host.name(), "host.renew", "host/" + host.id,
                              audit_detail({{"sha256", certificate.sha256}}));
  }));
  return certificate;
}

}  // namespace vedette::server
