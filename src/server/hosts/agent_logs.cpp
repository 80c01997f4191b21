#include "server/hosts/agent_logs.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <deque>

#include "base/hash.h"
#include "base/text/base64.h"
#include "server/hosts/agent_batch.h"
#include "server/hosts/host_finding.h"
#include "server/hosts/told.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::size_t kSourceMax = 1'024, kTextMax = 4u << 20, kZoneMax = 64;
constexpr std::int64_t kGapsMax = 1'000'000;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end != 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

}  // namespace

struct AgentLogs::Sorted {
  std::map<std::string, std::deque<logs::LogBatch>> pieces;  // by log, in order
  std::vector<Finding> findings;
};

Finding AgentLogs::finding_of(const Host& host, std::string_view kind, const std::string& source,
                              std::map<std::string, std::string> arguments) const {
  arguments["source"] = source;
  auto out = host_finding(clock_, host, Watch::kLogs, kind, Severity::kMedium, std::move(arguments));
  out.where = source;
  out.dedup_key = fmt::format("logs/{}/{}/{}", host.id, kind, sha256_hex(source).substr(0, 16));
  return out;
}

Result<void> AgentLogs::sort_in(const Host& host, const std::string& epoch, const AgentRecord& record,
                                Sorted& to) {
  json::parse_options limits;
  limits.max_depth = 4;
  json::error_code error;
  auto value = json::parse(record.body, error, {}, limits);
  if (error) return fail(ErrorCode::kInvalid, "is no JSON");
  Told told(value);
  const auto kind = told.one_of("kind", {"log", "log_gap"});
  const auto source = told.text("source", kSourceMax, 1);
  TRY(told.checked());
  if (kind == "log_gap") {
    const auto count = told.integer("count", 1, kGapsMax);
    TRY(told.checked());
    to.findings.push_back(finding_of(host, "log_gap", source, {{"count", std::to_string(count)}}));
    return {};
  }
  const auto format = told.one_of("format", {"text", "json", "eve", "audit", "journal"});
  const auto zone = told.text_or_empty("zone", kZoneMax);
  auto text = told.text_or_empty("text", kTextMax);
  const auto packed = told.text_or_empty("base64", kTextMax);
  TRY(told.checked());
  if (!packed.empty()) text = base64_decode(packed);
  logs::LogBatch batch;
  batch.sender = {fmt::format("agent/{}/{}", host.id, source), fmt::format("{}: {}", host.name(), source),
                  format == "journal" ? "journal" : source.substr(source.rfind('/') + 1), keep_months_};
  batch.form = format == "json"   ? logs::LogForm::kJson
               : format == "text" ? logs::LogForm::kText
                                  : logs::LogForm::kReader;
  batch.format = format;
  batch.host = host.name();
  batch.zone = zone;
  batch.stream = fmt::format("agent/{}/{}/{}", host.id, epoch, sha256_hex(source).substr(0, 16));
  batch.number = record.sequence;
  batch.received = clock_.wall();
  if (batch.form == logs::LogForm::kReader)
    batch.events.push_back(std::move(text));
  else
    batch.events = lines_of(text);
  to.pieces[source].push_back(std::move(batch));
  return {};
}

Result<void> AgentLogs::give(Sorted& sorted) {
  while (!sorted.pieces.empty()) {
    std::vector<std::future<Result<logs::LogWatch::Taken>>> answers;
    for (auto& [source, pieces] : sorted.pieces) {
      answers.push_back(watch_.submit(std::move(pieces.front())));
      pieces.pop_front();
    }
    Result<void> failed;
    for (auto& answer : answers)
      if (auto taken = answer.get(); !taken && failed) failed = std::unexpected(std::move(taken).error());
    TRY(failed);
    std::erase_if(sorted.pieces, [](const auto& one) { return one.second.empty(); });
  }
  return {};
}

Result<std::uint64_t> AgentLogs::take(const Host& host, const std::string& epoch,
                                      const std::vector<AgentRecord>& records, std::size_t records_max) {
  if (records.size() > records_max)
    return fail(ErrorCode::kLimit, fmt::format("more than {} records at once", records_max));
  TRY(check_batch(epoch, records));
  std::string known_epoch;
  std::int64_t known = 0;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT log_epoch, log_sequence FROM hosts WHERE id = ?", {host.id}));
    if (rows.empty()) return fail(ErrorCode::kNotFound, "there is no such host");
    known_epoch = rows[0].text(0);
    known = rows[0].integer(1);
    return {};
  }));
  const bool anew = known_epoch != epoch;
  auto last = anew ? 0 : static_cast<std::uint64_t>(known);
  Sorted sorted;
  if (anew && !known_epoch.empty())
    sorted.findings.push_back(finding_of(host, "log_spool_lost", "", {{"last", std::to_string(known)}}));
  for (const auto& record : records) {
    if (record.sequence <= last) continue;
    if (record.sequence != last + 1)
      sorted.findings.push_back(
          finding_of(host, "log_records_lost", "",
                     {{"first", std::to_string(last + 1)}, {"last", std::to_string(record.sequence - 1)}}));
    last = record.sequence;
    auto done = sort_in(host, epoch, record, sorted);
    if (!done && done.error().code() != ErrorCode::kInvalid) return std::unexpected(done.error());
    if (!done)
      sorted.findings.push_back(
          finding_of(host, "log_record_refused", "",
                     {{"number", std::to_string(record.sequence)}, {"detail", done.error().message()}}));
  }
  if (!anew && last == static_cast<std::uint64_t>(known)) return last;
  TRY(give(sorted));
  TRY(desk_.report_alongside(sorted.findings, [&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto done,
               session.execute("UPDATE hosts SET log_epoch = ?, log_sequence = ? WHERE id = ? AND "
                               "log_epoch = ? AND log_sequence = ?",
                               {epoch, static_cast<std::int64_t>(last), host.id, known_epoch, known}));
    if (done != 1) return fail(ErrorCode::kConflict, "another batch of this host came meanwhile; send again");
    return {};
  }));
  return last;
}

}  // namespace vedette::server
