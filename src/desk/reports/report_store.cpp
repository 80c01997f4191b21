#include <boost/json.hpp>

#include "base/id.h"
#include "desk/reports/report.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 6> kReportStates{"draft", "in_review", "approved",
                                                        "sent",  "receipted", "dropped"};
constexpr std::string_view kReportColumns =
    "id, incident_id, form, regime, step, state, revision, typed, paper, paper_sha256, authors, created_at, "
    "created_by, updated_at, sent_at, sent_by, sent_note, receipted_at, receipted_by, receipt";

std::optional<WallTime> moment(const store::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return from_unix_ms(row.integer(column));
}
store::Value moment_value(const std::optional<WallTime>& time) {
  return time ? store::Value(to_unix_ms(*time)) : store::Value();
}

std::string typed_text(const TypedValues& typed) {
  json::object out;
  for (const auto& [field, value] : typed)
    out[field] = json::object{{"text", value.text}, {"by", value.by}, {"at", to_unix_ms(value.at)}};
  return json::serialize(out);
}

Result<Report> report_from(const store::Row& row) {
  Report out{.id = row.text(0),
             .incident_id = row.text(1),
             .form = row.text(2),
             .clock = {row.text(3), row.text(4)},
             .revision = row.integer(6),
             .paper = row.text(8),
             .sha256 = row.text(9),
             .created_at = from_unix_ms(row.integer(11)),
             .updated_at = from_unix_ms(row.integer(13)),
             .created_by = row.text(12),
             .sent_at = moment(row, 14),
             .receipted_at = moment(row, 17),
             .sent_by = row.text(15),
             .sent_note = row.text(16),
             .receipted_by = row.text(18),
             .receipt = row.text(19)};
  auto state = report_state_from(row.text(5));
  try {
    if (!state) return fail(ErrorCode::kCorrupt, fmt::format("the stored report {} is damaged", out.id));
    out.state = *state;
    const auto typed = json::parse(row.text(7));
    for (const auto& [field, value] : typed.as_object())
      out.typed[field] = {std::string(value.at("text").as_string()), std::string(value.at("by").as_string()),
                          from_unix_ms(value.at("at").as_int64())};
    const auto authors = json::parse(row.text(10));
    for (const auto& one : authors.as_array()) out.authors.emplace(one.as_string());
  } catch (const std::exception&) {  // of the JSON library alone
    return fail(ErrorCode::kCorrupt, fmt::format("the stored report {} is damaged", out.id));
  }
  return out;
}

Result<void> add_approvals(store::Session& session, Report& report) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT approver, at, sha256 FROM report_approvals WHERE report_id = ? ORDER BY "
                           "at, approver",
                           {report.id}));
  for (const auto& row : rows)
    report.approvals.push_back({row.text(0), from_unix_ms(row.integer(1)), row.text(2)});
  return {};
}

store::Parameters values_of(const Report& report) {
  return {report.id,
          report.incident_id,
          report.form,
          report.clock.regime,
          report.clock.step,
          std::string(to_string(report.state)),
          report.revision,
          typed_text(report.typed),
          report.paper,
          report.sha256,
          json::serialize(json::array(report.authors.begin(), report.authors.end())),
          to_unix_ms(report.created_at),
          report.created_by,
          to_unix_ms(report.updated_at),
          moment_value(report.sent_at),
          report.sent_by,
          report.sent_note,
          moment_value(report.receipted_at),
          report.receipted_by,
          report.receipt};
}

}  // namespace

std::string_view to_string(ReportState state) { return kReportStates[static_cast<std::size_t>(state)]; }
std::optional<ReportState> report_state_from(std::string_view text) {
  auto found = std::ranges::find(kReportStates, text);
  if (found == kReportStates.end()) return std::nullopt;
  return static_cast<ReportState>(found - kReportStates.begin());
}

Result<Report> load_report(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows,
             session.query(fmt::format("SELECT {} FROM reports WHERE id = ?", kReportColumns), {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "report.gone", {{"id", id.substr(0, 64)}});
  TRY_ASSIGN(auto out, report_from(rows[0]));
  TRY(add_approvals(session, out));
  return out;
}

Result<std::vector<Report>> load_reports_of(store::Session& session, const std::string& incident_id) {
  auto sql = fmt::format("SELECT {} FROM reports WHERE {} ORDER BY created_at, id LIMIT ?", kReportColumns,
                         incident_id.empty() ? "state NOT IN ('receipted', 'dropped')" : "incident_id = ?");
  store::Parameters parameters;
  if (!incident_id.empty()) parameters.emplace_back(incident_id);
  parameters.emplace_back(ReportLimits::kListed);
  TRY_ASSIGN(auto rows, session.query(sql, parameters));
  std::vector<Report> out;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto one, report_from(row));
    TRY(add_approvals(session, one));
    out.push_back(std::move(one));
  }
  return out;
}

Result<void> insert_report(store::Session& session, const Clock& clock, Report& report) {
  report.id = new_id(clock);
  report.revision = 1;
  TRY(session.execute(
      fmt::format("INSERT INTO reports({}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", kReportColumns),
      values_of(report)));
  return {};
}

Result<void> save_report(store::Session& session, Report& report) {
  ++report.revision;
  auto values = values_of(report);
  values.emplace_back(report.id);
  TRY(session.execute(
      "UPDATE reports SET (id, incident_id, form, regime, step, state, revision, typed, paper, paper_sha256, "
      "authors, created_at, created_by, updated_at, sent_at, sent_by, sent_note, receipted_at, receipted_by, "
      "receipt) = (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) WHERE id = ?",
      values));
  TRY(session.execute("DELETE FROM report_approvals WHERE report_id = ?", {report.id}));
  for (const auto& one : report.approvals)
    TRY(session.execute("INSERT INTO report_approvals(report_id, approver, at, sha256) VALUES (?,?,?,?)",
                        {report.id, one.by, to_unix_ms(one.at), one.sha256}));
  return {};
}

}  // namespace vedette::desk
