#include "sites/watch/site_store.h"

#include <boost/json.hpp>

#include "model/refusal.h"
#include "sites/watch/config_json.h"

namespace vedette::sites {
namespace {

using store::Blob;
using store::Parameters;
using store::Row;
using store::Session;
using store::Value;

Value time_or_null(const std::optional<WallTime>& time) {
  return time ? Value(to_unix_ms(*time)) : Value(std::monostate{});
}
std::optional<WallTime> time_at(const Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return from_unix_ms(row.integer(column));
}

// A text column that holds a sentence: in English for whoever reads the table, and as a message.
std::string detail_json(const Check& check) {
  if (check.detail.empty() && check.detail_message.key.empty()) return "";
  return boost::json::serialize(
      boost::json::object{{"text", check.detail}, {"message", to_json(check.detail_message)}});
}
void read_detail(const std::string& json, Check& check) {
  if (json.empty()) return;
  boost::system::error_code error;
  auto value = boost::json::parse(json, error);
  if (error || !value.is_object()) return;
  if (auto* text = value.get_object().if_contains("text"); text && text->is_string())
    check.detail = text->get_string();
  if (auto* message = value.get_object().if_contains("message")) {
    if (auto read = message_from_json(*message)) check.detail_message = *std::move(read);
  }
}

std::size_t bounded(std::size_t limit) { return std::clamp<std::size_t>(limit, 1, 1000); }

constexpr std::string_view kSnapshotColumns =
    "id, site_id, at, kind, sha256, bytes, stored_bytes, verdict, approved, url, http_status, content_type";

StoredSnapshot snapshot_from(const Row& row) {
  StoredSnapshot out;
  out.snapshot.id = row.text(0);
  out.site_id = row.text(1);
  out.snapshot.at = from_unix_ms(row.integer(2));
  out.snapshot.kind = row.text(3);
  out.snapshot.sha256 = row.text(4);
  out.snapshot.bytes = row.integer(5);
  out.stored_bytes = row.integer(6);
  out.snapshot.verdict = row.text(7);
  out.snapshot.approved = row.integer(8) != 0;
  out.url = row.text(9);
  out.http_status = static_cast<int>(row.integer(10));
  out.content_type = row.text(11);
  return out;
}

}  // namespace

Result<void> insert_site(Session& session, const StoredSite& stored, const store::SecretBox& box) {
  const Site& s = stored.site;
  TRY(session.execute(
      "INSERT INTO sites_site (id, url, config, created_at, state, learned, next_check_at, memory) "
      "VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
      {s.id, s.config.url, config_to_json(s.config, box), time_or_null(s.created_at),
       std::string(to_string(s.state)), time_or_null(s.next_check_at), memory_to_json(s, stored.memory)}));
  return {};
}

Result<void> update_config(Session& session, const Site& site, const store::SecretBox& box) {
  TRY_ASSIGN(auto changed, session.execute("UPDATE sites_site SET url = ?, config = ? WHERE id = ?",
                                           {site.config.url, config_to_json(site.config, box), site.id}));
  if (changed == 0) return fail(ErrorCode::kNotFound, "no such site");
  return {};
}

Result<void> delete_site(Session& session, const std::string& id) {
  for (std::string_view table :
       {"sites_profile", "sites_part", "sites_check", "sites_snapshot", "sites_ignore"}) {
    TRY(session.execute("DELETE FROM " + std::string(table) + " WHERE site_id = ?", {id}));
  }
  TRY_ASSIGN(auto gone, session.execute("DELETE FROM sites_site WHERE id = ?", {id}));
  if (gone == 0) return fail(ErrorCode::kNotFound, "no such site");
  return {};
}

Result<void> commit_outcome(Session& session, const Outcome& o) {
  const Site& s = o.site;
  TRY_ASSIGN(auto changed,
             session.execute(
                 "UPDATE sites_site SET state = ?, learned = ?, last_check_at = ?, last_change_at = ?, "
                 "next_check_at = ?, window_until = ?, memory = ? WHERE id = ?",
                 {std::string(to_string(s.state)), std::int64_t{s.learned}, time_or_null(s.last_check_at),
                  time_or_null(s.last_change_at), time_or_null(s.next_check_at), time_or_null(s.window_until),
                  memory_to_json(s, o.memory), s.id}));
  if (changed == 0) return {};  // the site was removed while it was being checked
  if (o.learn_anew) {
    TRY(session.execute("DELETE FROM sites_profile WHERE site_id = ?", {s.id}));
    TRY(session.execute("DELETE FROM sites_part WHERE site_id = ?", {s.id}));
  }
  if (o.check) {
    const Check& c = *o.check;
    TRY(session.execute(
        "INSERT INTO sites_check (id, site_id, at, verdict, http_status, latency_ms, bytes, detail, "
        "snapshot, notable) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {c.id, s.id, to_unix_ms(c.at), c.verdict, std::int64_t{c.http_status}, c.latency_ms, c.bytes,
         detail_json(c), c.snapshot, std::int64_t{o.notable}}));
  }
  for (const auto& p : o.snapshots) {
    TRY(session.execute(
        "INSERT INTO sites_snapshot (" + std::string(kSnapshotColumns) +
            ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {p.snapshot.id, s.id, to_unix_ms(p.snapshot.at), p.snapshot.kind, p.snapshot.sha256, p.snapshot.bytes,
         p.stored_bytes, p.snapshot.verdict, std::int64_t{p.snapshot.approved}, p.url,
         std::int64_t{p.http_status}, p.content_type}));
  }
  for (const auto& [kind, bytes] : o.profiles) {
    TRY(
        session.execute("INSERT INTO sites_profile (site_id, kind, bytes) VALUES (?, ?, ?) "
                        "ON CONFLICT (site_id, kind) DO UPDATE SET bytes = excluded.bytes",
                        {s.id, kind, Blob{bytes}}));
  }
  for (const auto& [part, value] : o.parts) TRY(save_part(session, s.id, part, value));
  for (const auto& finding : o.findings) TRY(insert_report(session, s.id, finding));
  return {};
}

Result<std::vector<StoredSite>> load_sites(Session& session, const store::SecretBox& box) {
  std::vector<StoredSite> out;
  Result<void> problem;
  TRY(session.stream(
      "SELECT id, config, created_at, state, learned, last_check_at, last_change_at, next_check_at, "
      "window_until, memory FROM sites_site ORDER BY id",
      {}, [&](const Row& row) {
        StoredSite stored;
        Site& s = stored.site;
        s.id = row.text(0);
        auto config = config_from_json(row.text(1), box);
        if (!config) {
          problem = fail(std::move(config).error(), "reading site " + s.id);
          return false;
        }
        s.config = std::move(config->config);
        stored.clear = config->clear;
        stored.secrets_lost = config->lost;
        s.created_at = time_at(row, 2);
        s.state = site_state_from(row.text(3)).value_or(SiteState::kLearning);
        s.learned = static_cast<int>(row.integer(4));
        s.last_check_at = time_at(row, 5);
        s.last_change_at = time_at(row, 6);
        s.next_check_at = time_at(row, 7);
        s.window_until = time_at(row, 8);
        if (auto read = memory_from_json(row.text(9), s, stored.memory); !read) {
          problem = fail(std::move(read).error(), "reading site " + s.id);
          return false;
        }
        out.push_back(std::move(stored));
        return true;
      }));
  TRY(std::move(problem));
  return out;
}

Result<std::string> load_profile(Session& session, const std::string& id, const std::string& kind) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT bytes FROM sites_profile WHERE site_id = ? AND kind = ?", {id, kind}));
  return rows.empty() ? std::string() : rows[0].blob(0);
}

Result<void> save_part(Session& session, const std::string& id, const std::string& part,
                       const std::string& value) {
  TRY(
      session.execute("INSERT INTO sites_part (site_id, part, value) VALUES (?, ?, ?) "
                      "ON CONFLICT (site_id, part) DO UPDATE SET value = excluded.value",
                      {id, part, value}));
  return {};
}

Result<std::string> load_part(Session& session, const std::string& id, const std::string& part) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT value FROM sites_part WHERE site_id = ? AND part = ?", {id, part}));
  return rows.empty() ? std::string() : rows[0].text(0);
}

Result<Listing<Check>> load_checks(Session& session, const std::string& id, const Paging& paging) {
  auto limit = bounded(paging.limit);
  std::string cursor = paging.cursor.empty() ? "~" : paging.cursor;  // sorts after every id
  TRY_ASSIGN(auto rows,
             session.query("SELECT id, at, verdict, http_status, latency_ms, bytes, detail, snapshot FROM "
                           "sites_check WHERE site_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
                           {id, cursor, static_cast<std::int64_t>(limit + 1)}));
  Listing<Check> out;
  for (const auto& row : rows) {
    if (out.items.size() == limit) {
      out.next_cursor = out.items.back().id;
      break;
    }
    Check c;
    c.id = row.text(0);
    c.at = from_unix_ms(row.integer(1));
    c.verdict = row.text(2);
    c.http_status = static_cast<int>(row.integer(3));
    c.latency_ms = row.integer(4);
    c.bytes = row.integer(5);
    read_detail(row.text(6), c);
    c.snapshot = row.text(7);
    out.items.push_back(std::move(c));
  }
  return out;
}

Result<Listing<Snapshot>> load_snapshots(Session& session, const std::string& id, const Paging& paging) {
  auto limit = bounded(paging.limit);
  std::string cursor = paging.cursor.empty() ? "~" : paging.cursor;
  TRY_ASSIGN(auto rows,
             session.query("SELECT " + std::string(kSnapshotColumns) +
                               " FROM sites_snapshot WHERE site_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
                           {id, cursor, static_cast<std::int64_t>(limit + 1)}));
  Listing<Snapshot> out;
  for (const auto& row : rows) {
    if (out.items.size() == limit) {
      out.next_cursor = out.items.back().id;
      break;
    }
    out.items.push_back(snapshot_from(row).snapshot);
  }
  return out;
}

Result<StoredSnapshot> load_snapshot(Session& session, const std::string& snapshot_id) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT " + std::string(kSnapshotColumns) + " FROM sites_snapshot WHERE id = ?",
                           {snapshot_id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "site.no_snapshot");
  return snapshot_from(rows[0]);
}

Result<void> mark_approved(Session& session, const std::string& snapshot_id) {
  TRY(session.execute("UPDATE sites_snapshot SET approved = 1 WHERE id = ?", {snapshot_id}));
  return {};
}

Result<void> insert_ignore(Session& session, const std::string& site_id, const IgnoreRule& r) {
  TRY(session.execute(
      "INSERT INTO sites_ignore (id, site_id, place, reason, by_whom, at) VALUES (?, ?, ?, ?, ?, ?)",
      {r.id, site_id, r.where, r.reason, r.by, to_unix_ms(r.at)}));
  return {};
}

Result<void> delete_ignore(Session& session, const std::string& site_id, const std::string& rule_id) {
  TRY_ASSIGN(auto gone,
             session.execute("DELETE FROM sites_ignore WHERE site_id = ? AND id = ?", {site_id, rule_id}));
  if (gone == 0) return refuse(ErrorCode::kNotFound, "site.no_rule");
  return {};
}

Result<std::vector<IgnoreRule>> load_ignores(Session& session, const std::string& site_id) {
  TRY_ASSIGN(
      auto rows,
      session.query("SELECT id, place, reason, by_whom, at FROM sites_ignore WHERE site_id = ? ORDER BY id",
                    {site_id}));
  std::vector<IgnoreRule> out;
  for (const auto& row : rows) {
    out.push_back({row.text(0), row.text(1), row.text(2), row.text(3), from_unix_ms(row.integer(4))});
  }
  return out;
}

Result<std::vector<Finding>> pending_reports(Session& session, std::size_t limit) {
  TRY_ASSIGN(auto rows, session.query("SELECT finding FROM sites_report ORDER BY uid LIMIT ?",
                                      {static_cast<std::int64_t>(limit)}));
  std::vector<Finding> out;
  for (const auto& row : rows) {
    boost::system::error_code error;
    auto value = boost::json::parse(row.text(0), error);
    if (error) return fail(ErrorCode::kCorrupt, "a stored finding is damaged: " + error.message());
    TRY_ASSIGN(auto finding, finding_from_json(value));
    out.push_back(std::move(finding));
  }
  return out;
}

Result<void> insert_report(Session& session, const std::string& site_id, const Finding& finding) {
  TRY(session.execute("INSERT INTO sites_report (uid, site_id, finding) VALUES (?, ?, ?)",
                      {finding.uid, site_id, boost::json::serialize(to_json(finding))}));
  return {};
}

Result<void> delete_reports(Session& session, const std::vector<Finding>& findings) {
  for (const auto& finding : findings)
    TRY(session.execute("DELETE FROM sites_report WHERE uid = ?", {finding.uid}));
  return {};
}

Result<std::int64_t> count_reports(Session& session) {
  TRY_ASSIGN(auto rows, session.query("SELECT COUNT(*) FROM sites_report"));
  return rows[0].integer(0);
}

Result<std::int64_t> delete_checks(Session& session, WallTime checks_before, WallTime notable_before) {
  TRY_ASSIGN(auto plain, session.execute("DELETE FROM sites_check WHERE notable = 0 AND at < ?",
                                         {to_unix_ms(checks_before)}));
  TRY_ASSIGN(auto notable, session.execute("DELETE FROM sites_check WHERE notable = 1 AND at < ?",
                                           {to_unix_ms(notable_before)}));
  return plain + notable;
}

}  // namespace vedette::sites
