#include "desk/audit.h"

#include <charconv>

#include "base/hash.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr std::string_view kColumns = "sequence, at, actor, action, object, detail, previous_hash, hash";
const std::string kGenesis(64, '0');

AuditEntry entry_from(const store::Row& row) {
  return {row.integer(0), from_unix_ms(row.integer(1)),
          row.text(2),    row.text(3),
          row.text(4),    row.text(5),
          row.text(6),    row.text(7)};
}

std::string hash_of(const AuditEntry& entry) {
  std::string bytes;
  auto add = [&](std::string_view field) { bytes += fmt::format("{}:{};", field.size(), field); };
  add(entry.previous_hash);
  add(std::to_string(entry.sequence));
  add(std::to_string(to_unix_ms(entry.at)));
  add(entry.actor);
  add(entry.action);
  add(entry.object);
  add(entry.detail_json);
  return sha256_hex(bytes);
}

}  // namespace

Result<void> append_audit(store::Session& session, WallTime at, const std::string& actor,
                          const std::string& action, const std::string& object,
                          const std::string& detail_json) {
  TRY_ASSIGN(auto last, session.query("SELECT sequence, hash FROM audit_log ORDER BY sequence DESC LIMIT 1"));
  AuditEntry entry{.sequence = last.empty() ? 1 : last[0].integer(0) + 1,
                   .at = at,
                   .actor = actor,
                   .action = action,
                   .object = object,
                   .detail_json = detail_json,
                   .previous_hash = last.empty() ? kGenesis : last[0].text(1),
                   .hash = {}};
  entry.hash = hash_of(entry);
  TRY(session.execute(
      fmt::format("INSERT INTO audit_log({}) VALUES (?,?,?,?,?,?,?,?)", kColumns),
      {entry.sequence, to_unix_ms(at), actor, action, object, detail_json, entry.previous_hash, entry.hash}));
  return {};
}

Result<Listing<AuditEntry>> read_audit(store::Session& session, const std::string& cursor,
                                       std::size_t limit) {
  std::int64_t below = INT64_MAX;
  if (!cursor.empty()) {
    auto [end, problem] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), below);
    if (problem != std::errc() || end != cursor.data() + cursor.size()) {
      return refuse(ErrorCode::kInvalid, "audit.cursor");
    }
  }
  limit = std::clamp<std::size_t>(limit, 1, 500);
  TRY_ASSIGN(
      auto rows,
      session.query(
          fmt::format("SELECT {} FROM audit_log WHERE sequence < ? ORDER BY sequence DESC LIMIT ?", kColumns),
          {below, static_cast<std::int64_t>(limit)}));
  Listing<AuditEntry> listing;
  for (const auto& row : rows) listing.items.push_back(entry_from(row));
  if (rows.size() == limit && listing.items.back().sequence > 1) {
    listing.next_cursor = std::to_string(listing.items.back().sequence);
  }
  return listing;
}

Result<void> check_audit(store::Session& session) {
  std::int64_t expected = 1;
  std::string previous = kGenesis, wrong;  // "audit.…"; of row `expected`
  TRY(session.stream(fmt::format("SELECT {} FROM audit_log ORDER BY sequence", kColumns), {},
                     [&](const store::Row& row) {
                       auto entry = entry_from(row);
                       if (entry.sequence != expected) {
                         wrong = "audit.row_missing";
                       } else if (entry.previous_hash != previous || hash_of(entry) != entry.hash) {
                         wrong = "audit.row_changed";
                       }
                       if (!wrong.empty()) return false;
                       previous = entry.hash;
                       ++expected;
                       return true;
                     }));
  if (!wrong.empty()) return refuse(ErrorCode::kCorrupt, wrong, {{"row", std::to_string(expected)}});
  return {};
}

Result<std::string> newest_audit_hash(store::Session& session) {
  TRY_ASSIGN(auto rows, session.query("SELECT hash FROM audit_log ORDER BY sequence DESC LIMIT 1"));
  return rows.empty() ? kGenesis : rows[0].text(0);
}

}  // namespace vedette::desk
