#include "server/hosts/hosts.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "model/refusal.h"
#include "server/accounts/user_rows.h"
#include "server/hosts/host_finding.h"
#include "server/hosts/host_rows.h"
#include "server/hosts/told.h"
#include "store/read_value.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::string_view kShownName = "CASE h.given_name WHEN '' THEN h.name ELSE h.given_name END";

bool is_plain_name(const std::string& value) {
  return value.size() <= 200 && is_told_text(value) &&
         std::ranges::none_of(value, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

std::string like_pattern(std::string_view text) {
  std::string out = "%";
  for (char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out + "%";
}

}  // namespace

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
  out.given_name = row.text(17);
  out.group = row.text(18);
  out.policy_version = row.integer(19);
  json::error_code error;
  auto stored = json::parse(row.text(20).empty() ? "null" : row.text(20), error);
  if (!error && stored.is_object())
    if (auto state = host_state_from_json(stored)) out.state = *std::move(state);
  out.open_incidents = row.integer(21);
  return out;
}

Result<void> check_facts(const HostFacts& facts) {
  for (const auto& [name, value] :
       {std::pair("name", facts.name), std::pair("os", facts.os), std::pair("kernel", facts.kernel),
        std::pair("arch", facts.arch), std::pair("version", facts.version)}) {
    if (!is_plain_name(value) || (std::string_view(name) == "name" && value.empty()))
      return fail(ErrorCode::kInvalid,
                  fmt::format("{}: at most 200 bytes of UTF-8 without control characters", name));
  }
  return {};
}

Hosts::Hosts(Options options, store::Database& database, desk::Desk& desk,
             const net::CertificateAuthority& authority, const SigningKey& key, SiteOfHost site_of_host,
             const Clock& clock)
    : options_(options),
      database_(database),
      desk_(desk),
      authority_(authority),
      key_(key),
      site_of_host_(std::move(site_of_host)),
      clock_(clock),
      started_(clock.steady()),
      orders_(options.order_life, database, key, news_, clock),
      quota_(options.quota, clock),
      log_quota_(options.log_quota, clock) {}

Result<Host> Hosts::identify(const std::string& certificate_sha256) {
  std::optional<Host> out;
  bool renewed = false;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query(sql_hosts("WHERE h.certificate_sha256 = ? OR "
                                                  "h.next_certificate_sha256 = ?"),
                                        {certificate_sha256, certificate_sha256}));
    if (rows.empty()) return {};
    out = host_of(rows[0]);
    renewed = rows[0].text_or(kNextCertificateColumn, "") == certificate_sha256;
    return {};
  }));
  if (certificate_sha256.empty() || !out)
    return fail(ErrorCode::kUnauthorized, "this host is not known here; enrol it");
  if (out->revoked_at)
    return fail(ErrorCode::kUnauthorized, "this host's certificate was revoked; enrol it again");
  if (!renewed) return *std::move(out);
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto done, session.execute(
                              "UPDATE hosts SET certificate_sha256 = next_certificate_sha256, "
                              "certificate_not_after = next_certificate_not_after, next_certificate_sha256 = "
                              "NULL, next_certificate_not_after = NULL WHERE id = ? AND "
                              "next_certificate_sha256 = ?",
                              {out->id, certificate_sha256}));
    if (done == 0) return {};  // another request was first
    return desk::append_audit(session, clock_.wall(), "agent:" + out->name(), "host.certificate",
                              "host/" + out->id, audit_detail({{"sha256", certificate_sha256}}));
  }));
  return get(out->id);
}

Result<HostQuota::Verdict> Hosts::admit(const Host& host, HostQuota::Call call, std::size_t bytes) {
  if (call == HostQuota::Call::kLogs) {
    auto verdict = log_quota_.ask(host.id, call, static_cast<std::int64_t>(bytes));
    if (verdict.tell)
      TRY(desk_.report({own_finding(host, "log_quota", Severity::kMedium,
                                    {{"minutes", std::to_string(options_.log_quota.full_minutes)},
                                     {"mebibytes", std::to_string(options_.log_quota.bytes >> 20)}})}));
    return verdict;
  }
  auto verdict = quota_.ask(host.id, call, static_cast<std::int64_t>(bytes));
  if (verdict.tell)
    TRY(desk_.report({own_finding(host, "agent_quota", Severity::kMedium,
                                  {{"minutes", std::to_string(options_.quota.full_minutes)},
                                   {"records", std::to_string(options_.quota.records)},
                                   {"mebibytes", std::to_string(options_.quota.bytes >> 20)}})}));
  return verdict;
}

Result<Host> Hosts::load(store::Session& session, const std::string& id) const {
  TRY_ASSIGN(auto rows, session.query(sql_hosts("WHERE h.id = ?"), {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "host.gone");
  return host_of(rows[0]);
}

Result<Host> Hosts::get(const std::string& id) {
  return store::read_value(database_, [&](store::Session& session) { return load(session, id); });
}

Result<Hosts::Page> Hosts::list(const Query& query) {
  std::string where = "WHERE 1 = 1";
  store::Parameters values;
  if (query.state == "revoked") where += " AND h.revoked_at IS NOT NULL";
  if (query.state == "silent") where += " AND h.revoked_at IS NULL AND h.silent = 1";
  if (query.state == "ok") where += " AND h.revoked_at IS NULL AND h.silent = 0";
  if (!query.group.empty()) {
    where += " AND h.group_name = ?";
    values.emplace_back(query.group);
  }
  if (!query.text.empty()) {
    where += fmt::format(
        " AND (lower({}) LIKE ? ESCAPE '\\' OR lower(h.name) LIKE ? ESCAPE '\\' OR "
        "h.address LIKE ? ESCAPE '\\')",
        kShownName);
    for (int i = 0; i < 3; ++i) values.emplace_back(like_pattern(query.text));
  }
  Page out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    if (!query.cursor.empty()) {
      // The cursor is the id of the last one shown; by its name the page goes on.
      TRY_ASSIGN(auto last, load(session, query.cursor));
      where += fmt::format(" AND ({0} > ? OR ({0} = ? AND h.id > ?))", kShownName);
      for (const auto& value : {last.name(), last.name(), last.id}) values.emplace_back(value);
    }
    values.emplace_back(static_cast<std::int64_t>(query.limit + 1));
    TRY_ASSIGN(
        auto rows,
        session.query(sql_hosts(fmt::format("{} ORDER BY {}, h.id LIMIT ?", where, kShownName)), values));
    for (const auto& row : rows) {
      if (out.items.size() == query.limit) {
        out.next_cursor = out.items.back().id;
        break;
      }
      out.items.push_back(host_of(row));
    }
    return {};
  }));
  return out;
}

Result<Host> Hosts::change(const std::string& id, const std::optional<std::string>& name,
                           const std::optional<std::string>& group, const std::string& by) {
  if (name && !is_plain_name(*name)) return refuse(ErrorCode::kInvalid, "host.name");
  if (group && !is_group_name(*group)) return refuse(ErrorCode::kInvalid, "host.group_name");
  Host out;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(out, load(session, id));
    // What the host calls itself needs not be given.
    if (name) out.given_name = *name == out.facts.name ? "" : *name;
    if (group && *group != out.group) {
      TRY(ensure_group(session, *group));
      out.group = *group;
      ++out.policy_version;
    }
    TRY(session.execute("UPDATE hosts SET given_name = ?, group_name = ?, policy_version = ? WHERE id = ?",
                        {out.given_name, out.group, out.policy_version, id}));
    return desk::append_audit(session, clock_.wall(), by, "host.change", "host/" + id,
                              audit_detail({{"name", out.name()}, {"group", out.group}}));
  }));
  news_.tell(HostNews::What::kHost, id);
  return out;
}

Result<void> Hosts::revoke(const std::string& id, const std::string& by) {
  auto now = clock_.wall();
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto host, load(session, id));
    if (host.revoked_at) return refuse(ErrorCode::kConflict, "host.revoked");
    TRY(session.execute("UPDATE hosts SET revoked_at = ?, next_certificate_sha256 = NULL WHERE id = ?",
                        {to_unix_ms(now), id}));
    TRY(orders_.end_all(session, id));
    return desk::append_audit(session, now, by, "host.revoke", "host/" + id,
                              audit_detail({{"name", host.name()}}));
  }));
  news_.tell(HostNews::What::kHost, id);
  return {};
}

Result<IncidentPage> Hosts::incidents(const std::string& host_id, const std::string& cursor,
                                      std::size_t limit) {
  return store::read_value(
      database_, [&](store::Session& session) { return load_incidents(session, host_id, cursor, limit); });
}

Result<IncidentDetail> Hosts::incident(const std::string& id) {
  return store::read_value(database_, [&](store::Session& session) { return load_incident(session, id); });
}

Result<std::string> Hosts::incident_state(const std::string& id) {
  std::string out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto row, load_incident_row(session, id));
    out = row.state;
    return {};
  }));
  return out;
}

Finding Hosts::own_finding(const Host& host, std::string_view kind, Severity severity,
                           std::map<std::string, std::string> arguments) const {
  auto out = host_finding(clock_, host, Watch::kFiles, kind, severity, std::move(arguments));
  out.dedup_key = fmt::format("files/{}/{}", host.id, kind);
  return out;
}

}  // namespace vedette::server
