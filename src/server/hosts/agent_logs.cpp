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

// A batch on its way. Between two steps nobody has it but the callbacks of its pieces.
struct AgentLogs::Delivery {
  Host host;
  std::string epoch;
  Done done;
  std::string known_epoch = {};  // as the database had them when the batch came
  std::int64_t known = 0;
  std::uint64_t last = 0;
  std::map<std::string, std::deque<logs::LogBatch>> pieces = {};  // by log, in order
  std::vector<Finding> findings = {};
  std::mutex mutex = {};  // of what is below
  std::size_t unanswered = 0;
  Result<void> result = {};
};

AgentLogs::~AgentLogs() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [&] { return open_ == 0; });
}

Finding AgentLogs::finding_of(const Host& host, std::string_view kind, const std::string& source,
                              std::map<std::string, std::string> arguments) const {
  arguments["source"] = source;
  auto out = host_finding(clock_, host, Watch::kLogs, kind, Severity::kMedium, std::move(arguments));
  out.where = source;
  out.dedup_key = fmt::format("logs/{}/{}/{}", host.id, kind, sha256_hex(source).substr(0, 16));
  return out;
}

Result<void> AgentLogs::sort_in(Delivery& delivery, const AgentRecord& record) const {
  const auto& host = delivery.host;
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
    delivery.findings.push_back(finding_of(host, "log_gap", source, {{"count", std::to_string(count)}}));
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
  batch.stream = fmt::format("agent/{}/{}/{}", host.id, delivery.epoch, sha256_hex(source).substr(0, 16));
  batch.number = record.sequence;
  batch.received = clock_.wall();
  if (batch.form == logs::LogForm::kReader)
    batch.events.push_back(std::move(text));
  else
    batch.events = lines_of(text);
  delivery.pieces[source].push_back(std::move(batch));
  return {};
}

Result<void> AgentLogs::sort_in(Delivery& delivery, const std::vector<AgentRecord>& records,
                                std::size_t records_max) const {
  if (records.size() > records_max)
    return fail(ErrorCode::kLimit, fmt::format("more than {} records at once", records_max));
  TRY(check_batch(delivery.epoch, records));
  const auto& host = delivery.host;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT log_epoch, log_sequence FROM hosts WHERE id = ?", {host.id}));
    if (rows.empty()) return fail(ErrorCode::kNotFound, "there is no such host");
    delivery.known_epoch = rows[0].text(0);
    delivery.known = rows[0].integer(1);
    return {};
  }));
  const bool anew = delivery.known_epoch != delivery.epoch;
  auto& last = delivery.last = anew ? 0 : static_cast<std::uint64_t>(delivery.known);
  if (anew && !delivery.known_epoch.empty())
    delivery.findings.push_back(
        finding_of(host, "log_spool_lost", "", {{"last", std::to_string(delivery.known)}}));
  for (const auto& record : records) {
    if (record.sequence <= last) continue;
    if (record.sequence != last + 1)
      delivery.findings.push_back(
          finding_of(host, "log_records_lost", "",
                     {{"first", std::to_string(last + 1)}, {"last", std::to_string(record.sequence - 1)}}));
    last = record.sequence;
    auto done = sort_in(delivery, record);
    if (!done && done.error().code() != ErrorCode::kInvalid) return done;
    if (!done)
      delivery.findings.push_back(
          finding_of(host, "log_record_refused", "",
                     {{"number", std::to_string(record.sequence)}, {"detail", done.error().message()}}));
  }
  return {};
}

void AgentLogs::go_on(const Shared& delivery) {
  // No piece is under way now, so nobody else has it.
  if (!delivery->result) return finish(delivery, std::unexpected(delivery->result.error()));
  if (delivery->pieces.empty()) return finish(delivery, commit(*delivery));
  std::vector<logs::LogBatch> next;
  for (auto& [source, pieces] : delivery->pieces) {
    next.push_back(std::move(pieces.front()));
    pieces.pop_front();
  }
  std::erase_if(delivery->pieces, [](const auto& one) { return one.second.empty(); });
  delivery->unanswered =
      next.size() + 1;  // one for this loop: the first may be answered before the last is given
  for (auto& piece : next)
    watch_.submit(std::move(piece), [this, delivery](Result<logs::LogWatch::Taken> taken) {
      answered(delivery, taken ? Result<void>() : std::unexpected(std::move(taken).error()));
    });
  answered(delivery, {});
}

void AgentLogs::answered(const Shared& delivery, Result<void> result) {
  {
    std::lock_guard lock(delivery->mutex);
    if (!result && delivery->result) delivery->result = std::move(result);
    if (--delivery->unanswered > 0) return;
  }
  // Not here: this thread may be the one that answers all senders.
  if (!workers_.submit([this, delivery] { go_on(delivery); }))
    finish(delivery, fail(ErrorCode::kLimit, "too many batches at once; send again"));
}

Result<std::uint64_t> AgentLogs::commit(const Delivery& delivery) {
  const auto last = static_cast<std::int64_t>(delivery.last);
  if (delivery.known_epoch == delivery.epoch && last == delivery.known) return delivery.last;
  TRY(desk_.report_alongside(delivery.findings, [&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto done, session.execute("UPDATE hosts SET log_epoch = ?, log_sequence = ? WHERE id = ? AND "
                                          "log_epoch = ? AND log_sequence = ?",
                                          {delivery.epoch, last, delivery.host.id, delivery.known_epoch,
                                           delivery.known}));
    if (done != 1) return fail(ErrorCode::kConflict, "another batch of this host came meanwhile; send again");
    return {};
  }));
  return delivery.last;
}

void AgentLogs::finish(const Shared& delivery, Result<std::uint64_t> result) {
  delivery->done(std::move(result));
  std::lock_guard lock(mutex_);
  --open_;
  ended_.notify_all();
}

void AgentLogs::take(const Host& host, const std::string& epoch, const std::vector<AgentRecord>& records,
                     Done done, std::size_t records_max) {
  auto delivery = std::make_shared<Delivery>(host, epoch, std::move(done));
  {
    std::lock_guard lock(mutex_);
    ++open_;
  }
  delivery->result = sort_in(*delivery, records, records_max);
  go_on(delivery);
}

}  // namespace vedette::server
