#include "server/hosts/file_incident_store.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/id.h"
#include "desk/desk.h"
#include "model/refusal.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::string_view kRows =
    "SELECT i.id, i.host_id, CASE h.given_name WHEN '' THEN h.name ELSE h.given_name END, i.state, i.frozen, "
    "h.revoked_at, i.first_at, i.last_at, i.files_count, i.more_files, i.score, i.executable, i.user_name, "
    "(SELECT MAX(r.failed) FROM file_incident_reports r WHERE r.incident_id = i.id) FROM file_incidents i "
    "JOIN "
    "hosts h ON h.id = i.host_id";

Result<IncidentRow> row_of(store::Session& session, const store::Row& row) {
  IncidentRow out;
  out.id = row.text(0);
  out.host_id = row.text(1);
  out.host_name = row.text(2);
  out.state = row.text(3);
  out.frozen = row.integer(4) != 0;
  out.host_revoked = !row.is_null(5);
  out.first_at = from_unix_ms(row.integer(6));
  out.last_at = from_unix_ms(row.integer(7));
  out.files_count = row.integer(8);
  out.more_files = row.integer(9);
  out.score = row.real(10);
  out.executable = row.text(11);
  out.user = row.text(12);
  out.report_failed = row.integer_or(13, 0);
  TRY_ASSIGN(out.alert_id, desk::alert_id_of(session, incident_dedup_key(out.host_id, out.id)));
  return out;
}

Result<void> drop_oldest(store::Session& session, const std::string& host_id) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT id FROM file_incidents WHERE host_id = ? ORDER BY CASE WHEN state IN "
                           "('open', 'frozen') THEN 0 ELSE 1 END, id DESC LIMIT 100 OFFSET ?",
                           {host_id, static_cast<std::int64_t>(kIncidentsKept)}));
  for (const auto& row : rows)
    for (std::string_view table : {"file_incident_events WHERE incident_id",
                                   "file_incident_reports WHERE incident_id", "file_incidents WHERE id"})
      TRY(session.execute(fmt::format("DELETE FROM {} = ?", table), {row.text(0)}));
  return {};
}

}  // namespace

std::string incident_dedup_key(const std::string& host_id, const std::string& incident_id) {
  return fmt::format("files/{}/incident/{}", host_id, incident_id);
}

std::string incident_of_dedup_key(std::string_view dedup_key) {
  constexpr std::string_view kHead = "files/", kMiddle = "/incident/";
  constexpr std::size_t kId = 36;
  if (dedup_key.size() != kHead.size() + kId + kMiddle.size() + kId || !dedup_key.starts_with(kHead) ||
      dedup_key.substr(kHead.size() + kId, kMiddle.size()) != kMiddle ||
      !is_id(dedup_key.substr(kHead.size(), kId)))
    return {};
  auto id = dedup_key.substr(dedup_key.size() - kId);
  return is_id(id) ? std::string(id) : std::string();
}

Result<IncidentRow> load_incident_row(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows, session.query(fmt::format("{} WHERE i.id = ?", kRows), {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "host.incident_gone");
  return row_of(session, rows[0]);
}

Result<IncidentPage> load_incidents(store::Session& session, const std::string& host_id,
                                    const std::string& cursor, std::size_t limit) {
  IncidentPage out;
  TRY_ASSIGN(
      auto rows,
      session.query(fmt::format("{} WHERE i.host_id = ? AND i.id < ? ORDER BY i.id DESC LIMIT ?", kRows),
                    {host_id, cursor.empty() ? "~" : cursor, static_cast<std::int64_t>(limit + 1)}));
  for (const auto& row : rows) {
    if (out.items.size() == limit) {
      out.next_cursor = out.items.back().id;
      break;
    }
    TRY_ASSIGN(auto one, row_of(session, row));
    out.items.push_back(std::move(one));
  }
  return out;
}

Result<IncidentDetail> load_incident(store::Session& session, const std::string& id) {
  IncidentDetail out;
  TRY_ASSIGN(out.row, load_incident_row(session, id));
  TRY_ASSIGN(auto rows, session.query("SELECT reasons, actor, files FROM file_incidents WHERE id = ?", {id}));
  out.reasons = messages_from(rows[0].text(0));
  out.actor_json = rows[0].text(1);
  out.files_json = rows[0].text(2);
  TRY_ASSIGN(auto events, session.query("SELECT at, text FROM file_incident_events WHERE incident_id = ? "
                                        "ORDER BY number",
                                        {id}));
  for (const auto& row : events)
    for (auto& text : messages_from(row.text(1)))
      out.events.push_back({from_unix_ms(row.integer(0)), std::move(text)});
  TRY_ASSIGN(auto parts, session.query("SELECT part, parts, restored, failed, files FROM "
                                       "file_incident_reports WHERE incident_id = ? ORDER BY part",
                                       {id}));
  for (const auto& row : parts)
    out.report.push_back({id, row.integer(0), row.integer(1), row.integer(2), row.integer(3), row.text(4)});
  return out;
}

Result<void> store_snapshot(store::Session& session, const std::string& host_id,
                            const IncidentSnapshot& snapshot, WallTime received) {
  TRY_ASSIGN(auto known,
             session.query("SELECT host_id, state FROM file_incidents WHERE id = ?", {snapshot.id}));
  if (!known.empty() && known[0].text(0) != host_id)
    return fail(ErrorCode::kConflict, "names an incident of another host");
  TRY(session.execute(
      "INSERT INTO file_incidents (id, host_id, state, frozen, first_at, last_at, score, executable, "
      "user_name, "
      "files_count, more_files, reasons, actor, files, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?, "
      "?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state, frozen = excluded.frozen, last_at = "
      "excluded.last_at, score = excluded.score, executable = excluded.executable, user_name = "
      "excluded.user_name, files_count = excluded.files_count, more_files = excluded.more_files, reasons = "
      "excluded.reasons, actor = excluded.actor, files = excluded.files, received_at = excluded.received_at",
      {snapshot.id, host_id, snapshot.state, std::int64_t{snapshot.frozen}, to_unix_ms(snapshot.first_at),
       to_unix_ms(snapshot.last_at), snapshot.score, snapshot.executable, snapshot.user, snapshot.files_count,
       snapshot.more_files, messages_json(snapshot.reasons), snapshot.actor_json, snapshot.files_json,
       to_unix_ms(received)}));
  if (known.empty())
    TRY(add_incident_event(session, snapshot.id, snapshot.first_at,
                           {"hosts.incident.begun", {{"program", snapshot.executable}}}));
  if (known.empty() ? snapshot.state != "open" : known[0].text(1) != snapshot.state)
    TRY(add_incident_event(session, snapshot.id, known.empty() ? snapshot.last_at : received,
                           {"hosts.incident.now_" + snapshot.state, {}}));
  return known.empty() ? drop_oldest(session, host_id) : Result<void>();
}

Result<bool> store_report_part(store::Session& session, const std::string& host_id,
                               const IncidentReportPart& part, WallTime received) {
  TRY_ASSIGN(auto known, session.query("SELECT 1 FROM file_incidents WHERE id = ? AND host_id = ?",
                                       {part.incident_id, host_id}));
  if (known.empty()) return false;
  TRY_ASSIGN(auto others, session.query("SELECT part, parts FROM file_incident_reports WHERE incident_id = ?",
                                        {part.incident_id}));
  bool anew = others.empty();
  for (const auto& row : others) anew |= row.integer(0) == part.part || row.integer(1) != part.parts;
  if (anew) {
    TRY(session.execute("DELETE FROM file_incident_reports WHERE incident_id = ?", {part.incident_id}));
    TRY(add_incident_event(
        session, part.incident_id, received,
        {part.failed > 0 ? "hosts.incident.report_partly" : "hosts.incident.report",
         {{"restored", std::to_string(part.restored)}, {"failed", std::to_string(part.failed)}}}));
  }
  TRY(session.execute(
      "INSERT INTO file_incident_reports (incident_id, part, parts, restored, failed, files) "
      "VALUES (?, ?, ?, ?, ?, ?)",
      {part.incident_id, part.part, part.parts, part.restored, part.failed, part.files_json}));
  return true;
}

Result<void> add_incident_event(store::Session& session, const std::string& id, WallTime at,
                                const Message& text) {
  TRY_ASSIGN(auto rows, session.query("SELECT COALESCE(MAX(number), 0) FROM file_incident_events WHERE "
                                      "incident_id = ?",
                                      {id}));
  auto number = rows[0].integer(0) + 1;
  TRY(session.execute("INSERT INTO file_incident_events (incident_id, number, at, text) VALUES (?, ?, ?, ?)",
                      {id, number, to_unix_ms(at), messages_json({text})}));
  TRY(session.execute("DELETE FROM file_incident_events WHERE incident_id = ? AND number <= ?",
                      {id, number - static_cast<std::int64_t>(kIncidentEventsKept)}));
  return {};
}

}  // namespace vedette::server
