#include "desk/incidents/incident_store.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/id.h"
#include "desk/alert_store.h"
#include "desk/list_cursor.h"
#include "desk/units/unit_store.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

constexpr std::string_view kIncidentColumns =
    "id, year, number, revision, title, summary, severity, tlp, state, regimes, detected_at, aware_at, "
    "request_received_at, finished_at, beyond_capacity, urgent, commander, deputy, scribe, liaison, "
    "merged_into, "
    "split_from, created_at, created_by, updated_at, closed_at, closed_by, close_note";

std::optional<WallTime> time_in(const store::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return from_unix_ms(row.integer(column));
}
store::Value or_null(const std::optional<WallTime>& time) {
  return time ? store::Value(to_unix_ms(*time)) : store::Value();
}
store::Value or_null(const std::string& text) { return text.empty() ? store::Value() : store::Value(text); }

std::string regimes_text(const std::vector<std::string>& regimes) {
  return json::serialize(json::array(regimes.begin(), regimes.end()));
}

Result<Incident> incident_from(const store::Row& row) {
  Incident out;
  out.id = row.text(0);
  out.reference = fmt::format("{}-{:04}", row.integer(1), row.integer(2));
  out.revision = row.integer(3);
  out.title = row.text(4);
  out.summary = row.text(5);
  out.severity = static_cast<Severity>(row.integer(6));
  auto tlp = tlp_from(row.text(7));
  auto state = incident_state_from(row.text(8));
  boost::system::error_code problem;
  auto regimes = json::parse(row.text(9), problem);
  if (!tlp || !state || problem || !regimes.is_array())
    return fail(ErrorCode::kCorrupt, fmt::format("the stored incident {} is damaged", out.id));
  out.tlp = *tlp;
  out.state = *state;
  for (const auto& one : regimes.get_array()) {
    if (one.is_string()) out.regimes.emplace_back(one.get_string());
  }
  out.facts = {time_in(row, 10), time_in(row, 11),     time_in(row, 12),
               time_in(row, 13), row.integer(14) != 0, row.integer(15) != 0};
  out.roles = {row.text(16), row.text(17), row.text(18), row.text(19)};
  out.merged_into = row.text_or(20, "");
  out.split_from = row.text_or(21, "");
  out.created_at = from_unix_ms(row.integer(22));
  out.created_by = row.text(23);
  out.updated_at = from_unix_ms(row.integer(24));
  out.closed_at = time_in(row, 25);
  out.closed_by = row.text(26);
  out.close_note = row.text(27);
  return out;
}

Result<std::vector<Incident>> incidents_from(const store::Rows& rows) {
  std::vector<Incident> out;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto one, incident_from(row));
    out.push_back(std::move(one));
  }
  return out;
}

// "<created_at>.<id>" of the last one of the page before.
Result<std::pair<std::int64_t, std::string>> place_of(std::string_view cursor) {
  TRY_ASSIGN(auto place, parse_list_cursor(cursor, 1));
  if (!is_id(place.id)) return refuse(ErrorCode::kInvalid, "field.cursor");
  return std::pair(place.numbers[0], std::move(place.id));
}

std::int64_t bounded(std::size_t limit) {
  return static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, 500));
}

}  // namespace

Result<Incident> load_incident(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows,
             session.query(fmt::format("SELECT {} FROM incidents WHERE id = ?", kIncidentColumns), {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "incident.gone", {{"id", id.substr(0, 64)}});
  return incident_from(rows[0]);
}

Result<Listing<Incident>> list_incidents(store::Session& session, const IncidentQuery& query) {
  std::string where = "1 = 1";
  store::Parameters parameters;
  if (query.state == "open") {
    where += " AND state <> 'closed' AND merged_into IS NULL";
  } else if (!query.state.empty()) {
    where += " AND state = ?";
    parameters.emplace_back(query.state);
  }
  if (!query.alert_id.empty()) {
    where += " AND id IN (SELECT incident_id FROM incident_alerts WHERE alert_id = ?)";
    parameters.emplace_back(query.alert_id);
  }
  if (!query.unit.empty()) {
    where +=
        " AND id IN (SELECT l.incident_id FROM incident_alerts l JOIN alerts a ON a.id = l.alert_id WHERE " +
        below_unit("a.unit") + ")";
    parameters.emplace_back(query.unit);
  }
  if (!query.cursor.empty()) {
    TRY_ASSIGN(auto place, place_of(query.cursor));
    where += " AND (created_at, id) < (?, ?)";
    parameters.emplace_back(place.first);
    parameters.emplace_back(place.second);
  }
  const auto limit = bounded(query.limit);
  parameters.emplace_back(limit + 1);
  TRY_ASSIGN(
      auto rows,
      session.query(fmt::format("SELECT {} FROM incidents WHERE {} ORDER BY created_at DESC, id DESC LIMIT ?",
                                kIncidentColumns, where),
                    parameters));
  Listing<Incident> out;
  TRY_ASSIGN(out.items, incidents_from(rows));
  if (static_cast<std::int64_t>(out.items.size()) > limit) {
    out.items.pop_back();
    out.next_cursor = fmt::format("{}.{}", to_unix_ms(out.items.back().created_at), out.items.back().id);
  }
  return out;
}

Result<std::vector<Incident>> open_incidents(store::Session& session) {
  TRY_ASSIGN(
      auto rows,
      session.query(fmt::format("SELECT {} FROM incidents WHERE state <> 'closed' AND merged_into IS NULL "
                                "ORDER BY id LIMIT ?",
                                kIncidentColumns),
                    {IncidentLimits::kOpen}));
  return incidents_from(rows);
}

Result<void> insert_incident(store::Session& session, const Clock& clock, Incident& incident) {
  TRY_ASSIGN(auto open,
             session.query("SELECT COUNT(*) FROM incidents WHERE state <> 'closed' AND merged_into IS NULL"));
  if (open[0].integer(0) >= IncidentLimits::kOpen)
    return refuse(ErrorCode::kLimit, "incident.many", {{"most", std::to_string(IncidentLimits::kOpen)}});
  incident.id = new_id(clock);
  incident.revision = 1;
  incident.created_at = incident.updated_at = clock.wall();
  auto year = static_cast<int>(
      std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(incident.created_at)).year());
  TRY_ASSIGN(auto last, session.query("SELECT COALESCE(MAX(number), 0) FROM incidents WHERE year = ?",
                                      {std::int64_t{year}}));
  const auto number = last[0].integer(0) + 1;
  incident.reference = fmt::format("{}-{:04}", year, number);
  const auto& facts = incident.facts;
  TRY(session.execute(
      fmt::format(
          "INSERT INTO incidents({}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
          kIncidentColumns),
      {incident.id,
       std::int64_t{year},
       number,
       incident.revision,
       incident.title,
       incident.summary,
       static_cast<std::int64_t>(incident.severity),
       std::string(to_string(incident.tlp)),
       std::string(to_string(incident.state)),
       regimes_text(incident.regimes),
       or_null(facts.detected_at),
       or_null(facts.aware_at),
       or_null(facts.request_received_at),
       or_null(facts.finished_at),
       std::int64_t{facts.beyond_capacity},
       std::int64_t{facts.urgent},
       incident.roles.commander,
       incident.roles.deputy,
       incident.roles.scribe,
       incident.roles.liaison,
       or_null(incident.merged_into),
       or_null(incident.split_from),
       to_unix_ms(incident.created_at),
       incident.created_by,
       to_unix_ms(incident.updated_at),
       or_null(incident.closed_at),
       incident.closed_by,
       incident.close_note}));
  return {};
}

Result<void> save_incident(store::Session& session, Incident& incident) {
  const auto& facts = incident.facts;
  TRY_ASSIGN(
      auto changed,
      session.execute(
          "UPDATE incidents SET revision = revision + 1, title = ?, summary = ?, severity = ?, tlp = ?, "
          "state = ?, "
          "regimes = ?, detected_at = ?, aware_at = ?, request_received_at = ?, finished_at = ?, "
          "beyond_capacity = ?, "
          "urgent = ?, commander = ?, deputy = ?, scribe = ?, liaison = ?, merged_into = ?, updated_at = ?, "
          "closed_at = ?, closed_by = ?, close_note = ? WHERE id = ? AND revision = ?",
          {incident.title,
           incident.summary,
           static_cast<std::int64_t>(incident.severity),
           std::string(to_string(incident.tlp)),
           std::string(to_string(incident.state)),
           regimes_text(incident.regimes),
           or_null(facts.detected_at),
           or_null(facts.aware_at),
           or_null(facts.request_received_at),
           or_null(facts.finished_at),
           std::int64_t{facts.beyond_capacity},
           std::int64_t{facts.urgent},
           incident.roles.commander,
           incident.roles.deputy,
           incident.roles.scribe,
           incident.roles.liaison,
           or_null(incident.merged_into),
           to_unix_ms(incident.updated_at),
           or_null(incident.closed_at),
           incident.closed_by,
           incident.close_note,
           incident.id,
           incident.revision}));
  if (changed == 0) {
    TRY_ASSIGN(auto now, load_incident(session, incident.id));
    return refuse(ErrorCode::kConflict, "incident.changed", {{"revision", std::to_string(now.revision)}});
  }
  ++incident.revision;
  return {};
}

Result<void> touch_incident(store::Session& session, const Incident& incident) {
  TRY(session.execute("UPDATE incidents SET updated_at = ? WHERE id = ?",
                      {to_unix_ms(incident.updated_at), incident.id}));
  return {};
}

Result<void> add_entry(store::Session& session, const Clock& clock, IncidentEntry& entry) {
  entry.id = new_id(clock);
  entry.at = clock.wall();
  TRY(
      session.execute("INSERT INTO incident_entries(id, incident_id, at, happened_at, kind, actor, text) "
                      "VALUES (?,?,?,?,?,?,?)",
                      {entry.id, entry.incident_id, to_unix_ms(entry.at), or_null(entry.happened_at),
                       entry.kind, entry.actor, message_text(entry.text)}));
  return {};
}

Result<Listing<IncidentEntry>> load_entries(store::Session& session, const std::string& incident_id,
                                            const std::string& cursor, std::size_t limit) {
  std::pair<std::int64_t, std::string> place{-1, ""};
  if (!cursor.empty()) {
    TRY_ASSIGN(place, place_of(cursor));
  }
  TRY_ASSIGN(
      auto rows,
      session.query(
          fmt::format("{} SELECT id, incident_id, at, happened_at, kind, actor, text FROM incident_entries "
                      "WHERE incident_id IN (SELECT id FROM family) AND (at, id) > (?, ?) ORDER BY at, id "
                      "LIMIT ?",
                      kIncidentFamily),
          {incident_id, place.first, place.second, bounded(limit) + 1}));
  Listing<IncidentEntry> out;
  for (const auto& row : rows) {
    if (static_cast<std::int64_t>(out.items.size()) == bounded(limit)) {
      out.next_cursor = fmt::format("{}.{}", to_unix_ms(out.items.back().at), out.items.back().id);
      break;
    }
    TRY_ASSIGN(auto text, message_of(row.text(6)));
    out.items.push_back({row.text(0), row.text(1), from_unix_ms(row.integer(2)), time_in(row, 3), row.text(4),
                         row.text(5), std::move(text)});
  }
  return out;
}

Result<std::vector<std::string>> units_of(store::Session& session, const std::string& incident_id) {
  TRY_ASSIGN(auto rows, session.query("SELECT DISTINCT a.unit FROM incident_alerts l JOIN alerts a ON a.id = "
                                      "l.alert_id WHERE l.incident_id = ? ORDER BY a.unit",
                                      {incident_id}));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.text(0));
  return out;
}

Result<std::vector<std::string>> alerts_of(store::Session& session, const std::string& incident_id) {
  TRY_ASSIGN(
      auto rows,
      session.query("SELECT alert_id FROM incident_alerts WHERE incident_id = ? ORDER BY linked_at, alert_id",
                    {incident_id}));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.text(0));
  return out;
}

Result<bool> link_alert(store::Session& session, const std::string& incident_id, const std::string& alert_id,
                        WallTime at, const std::string& by) {
  TRY_ASSIGN(auto alert, session.query("SELECT 1 FROM alerts WHERE id = ?", {alert_id}));
  if (alert.empty())
    return refuse(ErrorCode::kNotFound, "incident.no_alert", {{"id", alert_id.substr(0, 64)}});
  TRY_ASSIGN(auto linked, alerts_of(session, incident_id));
  if (std::ranges::find(linked, alert_id) != linked.end()) return false;
  if (linked.size() >= IncidentLimits::kAlerts)
    return refuse(ErrorCode::kLimit, "incident.alerts", {{"most", std::to_string(IncidentLimits::kAlerts)}});
  TRY(session.execute(
      "INSERT INTO incident_alerts(incident_id, alert_id, linked_at, linked_by) VALUES (?,?,?,?)",
      {incident_id, alert_id, to_unix_ms(at), by}));
  return true;
}

Result<bool> unlink_alert(store::Session& session, const std::string& incident_id,
                          const std::string& alert_id) {
  TRY_ASSIGN(auto gone, session.execute("DELETE FROM incident_alerts WHERE incident_id = ? AND alert_id = ?",
                                        {incident_id, alert_id}));
  return gone > 0;
}

Result<std::vector<SentReport>> load_reports(store::Session& session, const std::string& incident_id) {
  TRY_ASSIGN(
      auto rows,
      session.query("SELECT regime, step, sent_at, recorded_at, made_by, note FROM incident_reports WHERE "
                    "incident_id = ? ORDER BY sent_at, regime, step",
                    {incident_id}));
  std::vector<SentReport> out;
  for (const auto& row : rows)
    out.push_back({{row.text(0), row.text(1)},
                   from_unix_ms(row.integer(2)),
                   from_unix_ms(row.integer(3)),
                   row.text(4),
                   row.text(5)});
  return out;
}

Result<void> put_report(store::Session& session, const std::string& incident_id, const SentReport& report) {
  TRY(session.execute(
      "INSERT INTO incident_reports(incident_id, regime, step, sent_at, recorded_at, made_by, note) VALUES "
      "(?,?,?,?,?,?,?)",
      {incident_id, report.key.regime, report.key.step, to_unix_ms(report.sent_at),
       to_unix_ms(report.recorded_at), report.by, report.note}));
  return {};
}

Result<bool> remove_report(store::Session& session, const std::string& incident_id, const ClockKey& key) {
  TRY_ASSIGN(auto gone,
             session.execute("DELETE FROM incident_reports WHERE incident_id = ? AND regime = ? AND step = ?",
                             {incident_id, key.regime, key.step}));
  return gone > 0;
}

Result<std::vector<std::string>> merged_into(store::Session& session, const std::string& incident_id) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT id FROM incidents WHERE merged_into = ? ORDER BY id", {incident_id}));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.text(0));
  return out;
}

}  // namespace vedette::desk
