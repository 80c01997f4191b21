#include "agent/agent.h"

#include <boost/json.hpp>

#include "agent/protocol.h"
#include "base/log.h"

namespace vedette::agent {
namespace json = boost::json;
namespace {

constexpr std::size_t kBatchRecords = 200, kBatchBytes = 1u << 20;
constexpr std::int64_t kIntervalMax = 300;

files::WebRootsOptions roots_options(const AgentOptions& options, const Identity& identity) {
  files::WebRootsOptions out;
  out.roots = options.web_roots;
  out.state = options.state / "webroots";
  out.host_id = identity.host_id;
  out.host_name = identity.name;
  return out;
}

}  // namespace

Result<std::unique_ptr<Agent>> Agent::open(AgentOptions options, const Clock& clock, Metrics& metrics) {
  TRY_ASSIGN(auto identity, read_identity(options.state));
  TRY_ASSIGN(auto spool, Spool::open({.file = options.state / "spool.db"}, clock, metrics));
  return std::unique_ptr<Agent>(
      new Agent(std::move(options), std::move(identity), std::move(spool), clock, metrics));
}

Agent::Agent(AgentOptions options, Identity identity, std::unique_ptr<Spool> spool, const Clock& clock,
             Metrics& metrics)
    : options_(std::move(options)),
      identity_(std::move(identity)),
      spool_(std::move(spool)),
      clock_(clock),
      roots_(roots_options(options_, identity_), clock, *this, metrics),
      interval_(options_.heartbeat) {}

Agent::~Agent() { stop(); }

Result<void> Agent::start() {
  auto started = roots_.start();
  // A host without a web root is still a host that gives signs of life.
  if (!started && started.error().code() != ErrorCode::kNotFound) return started;
  roots_started_ = started.has_value();
  uplink_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  return {};
}

void Agent::stop() {
  uplink_ = {};
  if (std::exchange(roots_started_, false)) roots_.stop();
}

Result<void> Agent::report(const std::vector<Finding>& findings) {
  for (const auto& finding : findings)
    TRY(spool_->add(json::serialize(json::object{{"kind", "finding"}, {"finding", to_json(finding)}})));
  {
    std::lock_guard lock(mutex_);
    work_ = true;
  }
  woken_.notify_all();
  return {};
}

Result<void> Agent::beat() {
  auto facts = options_.facts;
  facts.name = identity_.name;
  TRY_ASSIGN(auto answer, call_server(identity_, "heartbeat",
                                      {{"facts", facts_json(facts)}, {"now", to_rfc3339(clock_.wall())}}));
  if (const auto* seconds = answer.if_contains("interval_s"); seconds && seconds->is_int64())
    interval_ = std::chrono::seconds(std::clamp<std::int64_t>(seconds->get_int64(), 1, kIntervalMax));
  return {};
}

Result<bool> Agent::send_batch() {
  TRY_ASSIGN(auto batch, spool_->next(kBatchRecords, kBatchBytes));
  if (batch.records.empty()) return false;
  json::array records;
  for (auto& record : batch.records)
    records.push_back(json::object{{"sequence", record.sequence}, {"body", std::move(record.body)}});
  TRY_ASSIGN(auto answer, call_server(identity_, "records",
                                      {{"epoch", spool_->epoch()}, {"records", std::move(records)}}));
  const auto* acknowledged = answer.if_contains("acknowledged");
  json::error_code error;
  auto number = acknowledged ? acknowledged->to_number<std::uint64_t>(error) : 0;
  // Never more than was sent: an acknowledgement deletes.
  if (!acknowledged || error || number > batch.records.back().sequence)
    return fail(ErrorCode::kCorrupt, "the server acknowledged what was not sent");
  TRY(spool_->acknowledge(number));
  return true;
}

void Agent::run(const std::stop_token& stop) {
  auto pause = options_.retry;
  auto next_beat = clock_.steady();
  while (!stop.stop_requested()) {
    Result<void> done;
    if (clock_.steady() >= next_beat) {
      done = beat();
      if (done) next_beat = clock_.steady() + interval_;
    }
    {
      std::lock_guard lock(mutex_);
      work_ = false;
    }
    for (bool more = done.has_value(); more && !stop.stop_requested();) {
      auto sent = send_batch();
      if (!sent) done = std::unexpected(std::move(sent).error());
      more = sent && *sent;
    }
    std::unique_lock lock(mutex_);
    if (done && !connected_) log::info("agent", "the server is reached", {{"url.full", identity_.server}});
    if (!done && (connected_ || last_error_ != done.error().full()))
      log::warn("agent", "the server is not reached; what is told waits in the spool",
                {{"error.message", done.error().full()}});
    connected_ = done.has_value();
    last_error_ = done ? "" : done.error().full();
    if (done) {
      pause = options_.retry;
      woken_.wait_for(lock, stop, std::max(next_beat - clock_.steady(), SteadyTime::duration(0)),
                      [&] { return work_; });
    } else {
      woken_.wait_for(lock, stop, pause, [] { return false; });
      pause = std::min(pause * 2, options_.retry_max);
      next_beat = clock_.steady();
    }
  }
}

Agent::Status Agent::status() const {
  Status out;
  if (auto spool = spool_->status()) out.spool = *spool;
  out.web_roots = roots_started_;
  if (roots_started_) out.roots = roots_.status();
  std::lock_guard lock(mutex_);
  out.connected = connected_;
  out.last_error = last_error_;
  return out;
}

}  // namespace vedette::agent
