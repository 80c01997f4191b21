#include "server/hosts/hosts.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/id.h"
#include "base/text/utf8.h"
#include "server/accounts/user_rows.h"

namespace vedette::server {
namespace {

constexpr std::string_view kColumns =
    "id, name, os, kernel, arch, version, address, certificate_sha256, certificate_not_after, enrolled_at, "
    "last_seen_at, revoked_at, clock_skew_ms, silent, epoch, sequence, gaps";
constexpr auto kEnrolmentLifeMax = std::chrono::hours(24 * 7);

Host host_of(const store::Row& row) {
  Host out;
  out.id = row.text(0);
  out.facts = {row.text(1), row.text(2), row.text(3), row.text(4), row.text(5)};
  out.address = row.text(6);
  out.certificate_sha256 = row.text(7);
  out.certificate_not_after = from_unix_ms(row.integer(8));
  out.enrolled_at = from_unix_ms(row.integer(9));
  out.last_seen_at = from_unix_ms(row.integer(10));
  if (!row.is_null(11)) out.revoked_at = from_unix_ms(row.integer(11));
  if (!row.is_null(12)) out.clock_skew_ms = row.integer(12);
  out.silent = row.integer(13) != 0;
  out.epoch = row.text(14);
  out.sequence = static_cast<std::uint64_t>(row.integer(15));
  out.gaps = static_cast<std::uint64_t>(row.integer(16));
  return out;
}

Result<void> check_facts(const HostFacts& facts) {
  for (const auto& [name, value] :
       {std::pair("name", facts.name), std::pair("os", facts.os), std::pair("kernel", facts.kernel),
        std::pair("arch", facts.arch), std::pair("version", facts.version)}) {
    bool control = std::ranges::any_of(value, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (value.size() > 200 || control || !is_valid_utf8(value) ||
        (std::string_view(name) == "name" && value.empty()))
      return fail(ErrorCode::kInvalid,
                  fmt::format("{}: at most 200 bytes of UTF-8 without control characters", name));
  }
  return {};
}

}  // namespace

Hosts::Hosts(Options options, store::Database& database, desk::Desk& desk,
             const net::CertificateAuthority& authority, SiteOfHost site_of_host, const Clock& clock)
    : options_(options),
      database_(database),
      desk_(desk),
      authority_(authority),
      site_of_host_(std::move(site_of_host)),
      clock_(clock),
      started_(clock.steady()) {}

Result<Hosts::MadeEnrolment> Hosts::make_enrolment(const std::string& note, std::chrono::seconds life,
                                                   const std::string& by) {
  if (life <= std::chrono::seconds(0) || life > kEnrolmentLifeMax)
    return fail(ErrorCode::kInvalid, "an enrolment lives for at most seven days");
  auto now = clock_.wall();
  MadeEnrolment out{new_id(clock_), "vde_" + random_token(), now + life};
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(session.execute(
        "INSERT INTO enrolments (id, token_hash, note, created_by, created_at, expires_at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        {out.id, sha256_hex(out.token), note, by, to_unix_ms(now), to_unix_ms(out.expires_at)}));
    return desk::append_audit(session, now, by, "enrolment.add", "enrolment/" + out.id,
                              audit_detail({{"note", note}}));
  }));
  return out;
}

Result<Hosts::Enrolled> Hosts::enrol(const std::string& token, const std::string& signing_request,
                                     HostFacts facts, const std::string& address) {
  TRY(check_facts(facts));
  auto now = clock_.wall();
  auto id = new_id(clock_);
  // Five minutes back: the host's clock may be a little slow.
  TRY_ASSIGN(auto certificate,
             authority_.sign(signing_request, id, net::CertificateUse::kClient, now - std::chrono::minutes(5),
                             now + options_.certificate_life));
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto used,
               session.execute("UPDATE enrolments SET used_at = ?, host_id = ? WHERE token_hash = ? "
                               "AND used_at IS NULL AND expires_at > ?",
                               {to_unix_ms(now), id, sha256_hex(token), to_unix_ms(now)}));
    if (used == 0)
      return fail(ErrorCode::kUnauthorized,
                  "the enrolment token is unknown, used or has expired; make a new one on the server");
    TRY(session.execute(
        "INSERT INTO hosts (id, name, os, kernel, arch, version, address, certificate_sha256, "
        "certificate_not_after, enrolled_at, last_seen_at, silent, epoch, sequence, gaps) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', 0, 0)",
        {id, facts.name, facts.os, facts.kernel, facts.arch, facts.version, address, certificate.sha256,
         to_unix_ms(certificate.not_after), to_unix_ms(now), to_unix_ms(now)}));
    return desk::append_audit(session, now, "agent", "host.enrol", "host/" + id,
                              audit_detail({{"name", facts.name}, {"address", address}}));
  }));
  return Enrolled{id, std::move(certificate)};
}

Result<Host> Hosts::identify(const std::string& certificate_sha256) {
  std::optional<Host> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows,
               session.query(fmt::format("SELECT {} FROM hosts WHERE certificate_sha256 = ?", kColumns),
                             {certificate_sha256}));
    if (!rows.empty()) out = host_of(rows[0]);
    return {};
  }));
  if (certificate_sha256.empty() || !out)
    return fail(ErrorCode::kUnauthorized, "this host is not known here; enrol it");
  if (out->revoked_at)
    return fail(ErrorCode::kUnauthorized, "this host's certificate was revoked; enrol it again");
  return *std::move(out);
}

Result<Host> Hosts::get(const std::string& id) {
  std::optional<Host> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query(fmt::format("SELECT {} FROM hosts WHERE id = ?", kColumns), {id}));
    if (!rows.empty()) out = host_of(rows[0]);
    return {};
  }));
  if (!out) return fail(ErrorCode::kNotFound, "there is no such host");
  return *std::move(out);
}

Result<std::vector<Host>> Hosts::list(const std::string& after_id, std::size_t limit) {
  std::vector<Host> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows,
               session.query(fmt::format("SELECT {} FROM hosts WHERE id > ? ORDER BY id LIMIT ?", kColumns),
                             {after_id, static_cast<std::int64_t>(limit)}));
    for (const auto& row : rows) out.push_back(host_of(row));
    return {};
  }));
  return out;
}

Result<void> Hosts::revoke(const std::string& id, const std::string& by) {
  auto now = clock_.wall();
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto done,
               session.execute("UPDATE hosts SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                               {to_unix_ms(now), id}));
    if (done == 0) return fail(ErrorCode::kNotFound, "there is no such host, or it is revoked already");
    return desk::append_audit(session, now, by, "host.revoke", "host/" + id, "{}");
  });
}

Result<void> Hosts::heard(const Host& host, const HostFacts& facts, const std::string& address,
                          std::optional<WallTime> host_clock) {
  TRY(check_facts(facts));
  auto now = clock_.wall();
  store::Value skew;
  if (host_clock) skew = (*host_clock - now).count();
  auto note = [&](store::Session& session) -> Result<void> {
    TRY(
        session.execute("UPDATE hosts SET name = ?, os = ?, kernel = ?, arch = ?, version = ?, address = ?, "
                        "last_seen_at = ?, clock_skew_ms = ?, silent = 0 WHERE id = ?",
                        {facts.name, facts.os, facts.kernel, facts.arch, facts.version, address,
                         to_unix_ms(now), skew, host.id}));
    return {};
  };
  if (!host.silent) return database_.write(note);
  auto back = own_finding(host, "agent_silent", Severity::kHigh, {});
  back.state = FindingState::kResolved;
  back.reason = {"hosts.agent_silent.back", back.reason.arguments};
  return desk_.report_alongside({back}, note);
}

Result<void> Hosts::tick() {
  auto now = clock_.wall();
  if (clock_.steady() - started_ < options_.silent_after) return {};
  std::vector<Host> silent;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows,
               session.query(fmt::format("SELECT {} FROM hosts WHERE silent = 0 AND revoked_at IS NULL "
                                         "AND last_seen_at < ? LIMIT 100",
                                         kColumns),
                             {to_unix_ms(now - options_.silent_after)}));
    for (const auto& row : rows) silent.push_back(host_of(row));
    return {};
  }));
  for (const auto& host : silent) {
    auto finding =
        own_finding(host, "agent_silent", Severity::kHigh, {{"since", to_rfc3339(host.last_seen_at)}});
    TRY(desk_.report_alongside({finding}, [&](store::Session& session) -> Result<void> {
      // It may have been heard of meanwhile: then nothing of this is kept, and the next look sees it.
      TRY_ASSIGN(auto done, session.execute("UPDATE hosts SET silent = 1 WHERE id = ? AND last_seen_at = ?",
                                            {host.id, to_unix_ms(host.last_seen_at)}));
      return done == 1 ? Result<void>() : fail(ErrorCode::kConflict, "the host was heard of meanwhile");
    }));
  }
  return {};
}

Finding Hosts::own_finding(const Host& host, std::string_view kind, Severity severity,
                           std::map<std::string, std::string> arguments) const {
  Finding out;
  out.uid = new_id(clock_);
  out.watch = Watch::kFiles;
  out.kind = kind;
  out.severity = severity;
  out.confidence = 100;
  out.asset = {"host", host.id, host.facts.name};
  arguments["host"] = host.facts.name;
  auto key = [&](std::string_view part) { return fmt::format("hosts.{}.{}", kind, part); };
  out.title = {key("title"), arguments};
  out.reason = {key("reason"), arguments};
  out.next_step = {key("next"), std::move(arguments)};
  out.dedup_key = fmt::format("files/{}/{}", host.id, kind);
  out.observed_at = clock_.wall();
  return out;
}

}  // namespace vedette::server
