// What an agent's records say, and what is missing between them.
//
//   {"kind":"finding","finding":{…}}                    of the file watch, about this host
//   {"kind":"file_incident","incident":{…}}             a snapshot; the newest of a batch counts
//   {"kind":"file_incident_report","incident_id",…}     one part of a rollback's report
//   {"kind":"order_result","id","ok","text"}            what became of an order
//   {"kind":"guard_notice","notice":{kind,text,path}}   becomes a finding
#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/id.h"
#include "base/text/utf8.h"
#include "server/hosts/agent_batch.h"
#include "server/hosts/host_rows.h"
#include "server/hosts/told.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::size_t kDepthMax = 16, kListMax = 64;

// Only sentences of the file watch: an agent cannot speak in another's name.
bool speaks_of_files(const Message& message) {
  return message.key.starts_with("files.") && speaks_of_host(message);
}

bool fits(const std::string& text) { return text.size() <= Finding::kExcerptMax && is_valid_utf8(text); }

// Notices of what leaves files without protection, or of somebody who plays the server; the others are told
// at medium.
Severity severity_of_notice(std::string_view kind) {
  for (std::string_view grave : {"vault_full", "guard_hung", "guard_died", "guard_gave_up", "guard_gone",
                                 "guard_not_started", "order_refused", "policy_refused"})
    if (kind == grave) return Severity::kHigh;
  return Severity::kMedium;
}

}  // namespace

struct OrderResult {
  std::string id;
  bool ok = false;
  std::optional<Message> text;
};

// What one batch leads to.
struct Hosts::Batch {
  std::vector<Finding> findings;
  std::map<std::string, IncidentSnapshot> incidents;
  std::vector<IncidentReportPart> reports;
  std::vector<OrderResult> results;
};

Result<Finding> Hosts::finding_of(const Host& host, const json::value& body) const {
  TRY_ASSIGN(auto finding, finding_from_json(body));
  if (!is_id(finding.uid) || finding.dedup_key.empty() || finding.kind.empty() || finding.title.key.empty())
    return fail(ErrorCode::kInvalid, "lacks its uid, dedup key, kind or title");
  if (finding.watch != Watch::kFiles || finding.asset.type != "host" || finding.asset.id != host.id ||
      !finding.dedup_key.starts_with("files/" + host.id + "/"))
    return fail(ErrorCode::kInvalid, "does not speak of this host's files");
  if (!speaks_of_files(finding.title) || !speaks_of_files(finding.reason) ||
      !speaks_of_files(finding.next_step))
    return fail(ErrorCode::kInvalid, "has texts that are too long or not the file watch's");
  if (!fits(finding.where) || !fits(finding.before) || !fits(finding.after) ||
      finding.dedup_key.size() > 1'024 || finding.kind.size() > 64 || finding.attack.size() > kListMax ||
      finding.evidence.size() > kListMax || finding.confidence < 0 || finding.confidence > 100)
    return fail(ErrorCode::kInvalid, "has fields that are too long");
  finding.asset.name = host.name();
  if (site_of_host_) join_web_root(finding, site_of_host_);
  return finding;
}

Result<void> Hosts::sort_in(const Host& host, const AgentRecord& record, Batch& batch) {
  json::parse_options limits;
  limits.max_depth = kDepthMax;
  json::error_code error;
  auto value = json::parse(record.body, error, {}, limits);
  if (error) return fail(ErrorCode::kInvalid, "is no JSON");
  Told told(value);
  auto kind = told.text("kind", 64, 1);
  TRY(told.checked());
  if (kind == "finding") {
    const auto& body = told.object("finding");
    TRY(told.checked());
    TRY_ASSIGN(auto finding, finding_of(host, body));
    batch.findings.push_back(std::move(finding));
  } else if (kind == "file_incident") {
    TRY_ASSIGN(auto snapshot, incident_snapshot_from_json(told.object("incident")));
    std::optional<IncidentRow> known;
    TRY(database_.read([&](store::Session& session) -> Result<void> {
      auto row = load_incident_row(session, snapshot.id);
      if (!row && row.error().code() != ErrorCode::kNotFound) return std::unexpected(row.error());
      if (row) known = *std::move(row);
      return {};
    }));
    if (known && known->host_id != host.id)
      return fail(ErrorCode::kInvalid, "names an incident of another host");
    // Nobody needs to answer any more: the alert says so.
    bool was_open = !known || is_under_way(known->state);
    if (was_open && !is_under_way(snapshot.state)) {
      auto over = own_finding(host, "file_incident_over", Severity::kCritical, {});
      over.kind = "encryption_attack";
      over.state = FindingState::kResolved;
      over.reason = {"hosts.incident.now_" + snapshot.state, {}};
      over.dedup_key = incident_dedup_key(host.id, snapshot.id);
      batch.findings.push_back(std::move(over));
    }
    batch.incidents[snapshot.id] = std::move(snapshot);
  } else if (kind == "file_incident_report") {
    TRY_ASSIGN(auto part, incident_report_from_json(value));
    batch.reports.push_back(std::move(part));
  } else if (kind == "order_result") {
    OrderResult result{told.id("id"), told.boolean("ok"), told.message_or_nothing("text")};
    TRY(told.checked());
    batch.results.push_back(std::move(result));
  } else if (kind == "guard_notice") {
    Told notice(told.object("notice"));
    auto what = notice.text("kind", 64, 1);
    auto text = notice.message("text");
    auto path = notice.text_or_empty("path", Finding::kExcerptMax);
    TRY(notice.checked());
    if (what.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos)
      return fail(ErrorCode::kInvalid, "has a kind of notice that is no plain word");
    auto finding = own_finding(host, "guard_notice", severity_of_notice(what), {});
    finding.kind = what.starts_with("guard_") ? what : "guard_" + what;
    finding.reason = std::move(text);
    finding.where = std::move(path);
    finding.dedup_key = fmt::format("files/{}/guard/{}", host.id, what);
    batch.findings.push_back(std::move(finding));
  } else {
    return fail(ErrorCode::kInvalid, "is of a kind that is not known here");
  }
  return {};
}

Result<std::uint64_t> Hosts::take(const Host& host, const std::string& epoch,
                                  const std::vector<AgentRecord>& records) {
  if (records.size() > options_.records_max)
    return fail(ErrorCode::kLimit, fmt::format("more than {} records at once", options_.records_max));
  quota_.add_records(host.id, records.size());
  TRY(check_batch(epoch, records));
  TRY_ASSIGN(auto known, get(host.id));
  const bool anew = known.epoch != epoch;
  auto last = anew ? 0 : known.sequence;
  std::uint64_t missing = 0;
  Batch batch;
  auto refuse = [&](std::uint64_t number, const std::string& detail) {
    batch.findings.push_back(own_finding(known, "agent_record_refused", Severity::kMedium,
                                         {{"number", std::to_string(number)}, {"detail", detail}}));
  };
  if (anew && !known.epoch.empty())
    batch.findings.push_back(own_finding(known, "agent_spool_lost", Severity::kMedium,
                                         {{"last", std::to_string(known.sequence)}}));
  for (const auto& record : records) {
    if (record.sequence <= last) continue;
    if (auto gap = record.sequence - last - 1; gap > 0) {
      missing += gap;
      batch.findings.push_back(own_finding(known, "agent_gap", Severity::kMedium,
                                           {{"count", std::to_string(gap)},
                                            {"first", std::to_string(last + 1)},
                                            {"last", std::to_string(record.sequence - 1)}}));
    }
    last = record.sequence;
    auto sorted = sort_in(known, record, batch);
    if (!sorted && sorted.error().code() != ErrorCode::kInvalid) return std::unexpected(sorted.error());
    if (!sorted) refuse(record.sequence, sorted.error().message());
  }
  if (!anew && last == known.sequence) return last;
  auto note = [&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto done,
               session.execute("UPDATE hosts SET epoch = ?, sequence = ?, gaps = gaps + ? WHERE id = ? AND "
                               "epoch = ? AND sequence = ?",
                               {epoch, static_cast<std::int64_t>(last), static_cast<std::int64_t>(missing),
                                host.id, known.epoch, static_cast<std::int64_t>(known.sequence)}));
    if (done != 1) return fail(ErrorCode::kConflict, "another batch of this host came meanwhile; send again");
    auto now = clock_.wall();
    for (const auto& [id, snapshot] : batch.incidents) TRY(store_snapshot(session, host.id, snapshot, now));
    // A part or result of something that is not known here (any more) has nobody to tell.
    for (const auto& part : batch.reports) TRY(store_report_part(session, host.id, part, now));
    for (const auto& result : batch.results)
      TRY(orders_.finish(session, host.id, known.name(), result.id, result.ok, result.text));
    return {};
  };
  TRY(desk_.report_alongside(batch.findings, note));
  for (const auto& [id, snapshot] : batch.incidents) news_.tell(HostNews::What::kFileIncident, id);
  for (const auto& part : batch.reports) news_.tell(HostNews::What::kFileIncident, part.incident_id);
  if (!batch.incidents.empty() || !batch.results.empty()) news_.tell(HostNews::What::kHost, host.id);
  return last;
}

}  // namespace vedette::server
