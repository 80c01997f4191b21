// What an agent's records say, and what is missing between them.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/id.h"
#include "base/text/utf8.h"
#include "server/hosts/hosts.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::size_t kDepthMax = 16, kArgumentsMax = 32, kArgumentBytesMax = 2'048, kListMax = 64;
constexpr std::uint64_t kSequenceMax = 1ull << 53;  // what JSON numbers hold exactly

// Only sentences of the file watch: an agent cannot speak in another's name.
bool speaks_of_files(const Message& message) {
  return message.key.starts_with("files.") && message.key.size() <= 128 &&
         message.arguments.size() <= kArgumentsMax &&
         std::ranges::all_of(message.arguments, [](const auto& argument) {
           return argument.first.size() <= 64 && argument.second.size() <= kArgumentBytesMax &&
                  is_valid_utf8(argument.second);
         });
}

bool fits(const std::string& text) { return text.size() <= Finding::kExcerptMax && is_valid_utf8(text); }

}  // namespace

Result<Finding> Hosts::finding_of(const Host& host, const AgentRecord& record) const {
  json::parse_options limits;
  limits.max_depth = kDepthMax;
  json::error_code error;
  auto value = json::parse(record.body, error, {}, limits);
  const auto* object = error ? nullptr : value.if_object();
  const auto* kind = object ? object->if_contains("kind") : nullptr;
  const auto* body = object ? object->if_contains("finding") : nullptr;
  if (!kind || !kind->is_string() || kind->get_string() != "finding" || !body)
    return fail(ErrorCode::kInvalid, "is no finding");
  TRY_ASSIGN(auto finding, finding_from_json(*body));
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
  finding.asset.name = host.facts.name;
  if (site_of_host_) join_web_root(finding, site_of_host_);
  return finding;
}

Result<std::uint64_t> Hosts::take(const Host& host, const std::string& epoch,
                                  const std::vector<AgentRecord>& records) {
  if (records.size() > options_.records_max)
    return fail(ErrorCode::kLimit, fmt::format("more than {} records at once", options_.records_max));
  if (epoch.empty() || epoch.size() > 64) return fail(ErrorCode::kInvalid, "epoch: 1 to 64 bytes");
  for (std::size_t i = 1; i < records.size(); ++i)
    if (records[i].sequence <= records[i - 1].sequence)
      return fail(ErrorCode::kInvalid, "the records' numbers do not rise");
  if (!records.empty() && records.back().sequence > kSequenceMax)
    return fail(ErrorCode::kInvalid, "a record's number is too large");
  TRY_ASSIGN(auto known, get(host.id));
  const bool anew = known.epoch != epoch;
  auto last = anew ? 0 : known.sequence;
  std::uint64_t missing = 0;
  std::vector<Finding> findings;
  if (anew && !known.epoch.empty())
    findings.push_back(own_finding(known, "agent_spool_lost", Severity::kMedium,
                                   {{"last", std::to_string(known.sequence)}}));
  for (const auto& record : records) {
    if (record.sequence <= last) continue;
    if (auto gap = record.sequence - last - 1; gap > 0) {
      missing += gap;
      findings.push_back(own_finding(known, "agent_gap", Severity::kMedium,
                                     {{"count", std::to_string(gap)},
                                      {"first", std::to_string(last + 1)},
                                      {"last", std::to_string(record.sequence - 1)}}));
    }
    last = record.sequence;
    auto finding = finding_of(known, record);
    findings.push_back(finding ? *std::move(finding)
                               : own_finding(known, "agent_record_refused", Severity::kMedium,
                                             {{"number", std::to_string(record.sequence)},
                                              {"detail", finding.error().message()}}));
  }
  if (!anew && last == known.sequence) return last;
  auto note = [&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto done,
               session.execute("UPDATE hosts SET epoch = ?, sequence = ?, gaps = gaps + ? WHERE id = ? AND "
                               "epoch = ? AND sequence = ?",
                               {epoch, static_cast<std::int64_t>(last), static_cast<std::int64_t>(missing),
                                host.id, known.epoch, static_cast<std::int64_t>(known.sequence)}));
    return done == 1 ? Result<void>()
                     : fail(ErrorCode::kConflict, "another batch of this host came meanwhile; send again");
  };
  TRY(desk_.report_alongside(findings, note));
  return last;
}

}  // namespace vedette::server
