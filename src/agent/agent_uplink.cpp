// The agent's calls to its server.
#include <boost/json.hpp>

#include "agent/agent.h"
#include "agent/protocol.h"
#include "base/log.h"

namespace vedette::agent {
namespace json = boost::json;
namespace {

constexpr std::size_t kBatchRecords = 200, kBatchBytes = 1u << 20;
// The server takes no logs: a person has to switch them on first.
constexpr std::chrono::minutes kNoLogsPause{5};
constexpr std::chrono::hours kRenewalAgain{6};
constexpr std::chrono::seconds kSoon{2};

}  // namespace

Result<void> Agent::beat() {
  auto facts = options_.facts;
  facts.name = identity_.name;
  auto sent = clock_.wall();
  std::chrono::seconds retry{};
  auto answer = call_server(
      identity_, "heartbeat",
      {{"facts", facts_json(facts)}, {"now", to_rfc3339(sent)}, {"state", state_json()}}, true, &retry);
  retry_after_ = retry;
  if (!answer) return std::unexpected(std::move(answer).error());
  // The server has seen the certificate in use: what was before it is of no use to anybody.
  if (std::exchange(old_pairs_, false)) remove_old_pairs(options_.state, identity_);
  take_answer(*answer, sent);
  return {};
}

Result<bool> Agent::send_batch() { return send(*spool_, "records", kBatchBytes); }

// Logs wait for themselves alone: that they are not taken keeps no finding and no sign of life.
bool Agent::send_logs() {
  if (clock_.steady() < logs_due_) return false;
  auto sent = send(*log_spool_, "logs", kBatchBytes);
  if (sent) {
    if (!logs_error_.empty()) log::info("agent.logs", "the server takes logs again");
    logs_error_.clear();
    logs_pause_ = options_.retry;
    return *sent;
  }
  const bool refused = sent.error().code() == ErrorCode::kInvalid;
  if (logs_error_ != sent.error().full())
    log::warn("agent.logs", "logs wait in the spool", {{"error.message", sent.error().full()}});
  logs_error_ = sent.error().full();
  logs_pause_ = std::clamp<std::chrono::milliseconds>(logs_pause_ * 2, options_.retry, options_.retry_max);
  const auto pause = refused ? std::chrono::milliseconds(kNoLogsPause) : std::max(retry_after_, logs_pause_);
  logs_due_ = clock_.steady() + pause;
  return false;
}

Result<bool> Agent::send(Spool& spool, std::string_view call, std::size_t bytes_max) {
  TRY_ASSIGN(auto batch, spool.next(kBatchRecords, bytes_max));
  if (batch.records.empty()) return false;
  json::array records;
  for (auto& record : batch.records)
    records.push_back(json::object{{"sequence", record.sequence}, {"body", std::move(record.body)}});
  std::chrono::seconds retry{};
  auto answer =
      call_server(identity_, call, {{"epoch", spool.epoch()}, {"records", std::move(records)}}, true, &retry);
  retry_after_ = retry;
  if (!answer) return std::unexpected(std::move(answer).error());
  const auto* acknowledged = answer->if_contains("acknowledged");
  json::error_code error;
  auto number = acknowledged ? acknowledged->to_number<std::uint64_t>(error) : 0;
  // Never more than was sent: an acknowledgement deletes.
  if (!acknowledged || error || number > batch.records.back().sequence)
    return fail(ErrorCode::kCorrupt, "the server acknowledged what was not sent");
  TRY(spool.acknowledge(number));
  return true;
}

void Agent::renew_if_due() {
  if (!certificate_) {
    if (auto facts = certificate_in_use(identity_)) certificate_ = *facts;
  }
  if (!certificate_ || !renewal_due(*certificate_, clock_.wall()) || clock_.steady() < renewal_due_) return;
  renewal_due_ = clock_.steady() + kRenewalAgain;
  auto renewed = renew(options_.state, identity_, clock_.wall());
  if (!renewed) {
    renewal_error_ = renewed.error().full();
    log::warn("agent.certificate", "the certificate is not renewed yet", {{"error.message", renewal_error_}});
    return;
  }
  renewal_error_.clear();
  identity_.certificate = renewed->certificate;
  identity_.key = renewed->key;
  certificate_.reset();
  old_pairs_ = true;
  if (auto facts = certificate_in_use(identity_)) {
    certificate_ = *facts;
    log::info("agent.certificate", "the certificate was renewed",
              {{"certificate.not_after", to_rfc3339(certificate_->not_after)}});
  }
}

bool Agent::well() const {
  // An hour of pause that the server asked for, and the calls before and after it.
  constexpr std::chrono::minutes kTurn{65};
  std::lock_guard lock(mutex_);
  return clock_.steady() - turned_ < kTurn;
}

void Agent::run(const std::stop_token& stop) {
  auto pause = options_.retry;
  auto next_beat = clock_.steady(), next_batch = clock_.steady(), last_beat = clock_.steady();
  while (!stop.stop_requested()) {
    Result<void> done;
    retry_after_ = {};
    if (clock_.steady() >= next_beat) {
      renew_if_due();
      follow_web_roots();
      done = beat();
      last_beat = clock_.steady();
      if (done) next_beat = last_beat + interval_;
    }
    {
      std::lock_guard lock(mutex_);
      work_ = false;
    }
    // "Later" of a quota is for the records alone: the host goes on giving signs of life and taking orders.
    bool quota = false;
    if (done && clock_.steady() >= next_batch) {
      for (bool more = true; more && !stop.stop_requested();) {
        auto sent = send_batch();
        more = sent && *sent;
        if (!sent) {
          quota = sent.error().code() == ErrorCode::kLimit;
          done = std::unexpected(std::move(sent).error());
        }
        // Where something happens a person may want to act on it: the server is asked soon after.
        if (more) next_beat = std::min(next_beat, last_beat + kSoon);
        if (clock_.steady() >= next_beat) break;  // a long backlog does not keep the heart from beating
      }
    }
    // Between two pieces of a long log what was found meanwhile goes first.
    for (bool more = done.has_value(); more && !stop.stop_requested() && clock_.steady() < next_beat;) {
      more = send_logs();
      std::lock_guard lock(mutex_);
      more = more && !work_;
    }
    std::unique_lock lock(mutex_);
    turned_ = clock_.steady();
    if (done && !connected_) log::info("agent", "the server is reached", {{"url.full", identity_.server}});
    if (!done && (connected_ || last_error_ != done.error().full()))
      log::warn("agent", "the server is not reached; what is told waits in the spool",
                {{"error.message", done.error().full()}});
    connected_ = done.has_value();
    last_error_ = done ? "" : done.error().full();
    auto now = clock_.steady();
    if (done || quota) {
      if (quota) {
        next_batch = now + std::max(retry_after_, pause);
        pause = std::min(pause * 2, options_.retry_max);
      } else if (now >= next_batch) {
        pause = options_.retry;
      }
      auto until = next_beat;
      if (next_batch > now) until = std::min(until, next_batch);
      if (logs_due_ > now) until = std::min(until, logs_due_);
      // New records do not shorten a pause that the server asked for.
      woken_.wait_for(lock, stop, std::max(until - now, SteadyTime::duration(0)),
                      [&] { return work_ && next_batch <= clock_.steady(); });
    } else {
      woken_.wait_for(lock, stop, std::max(pause, retry_after_), [] { return false; });
      pause = std::min(pause * 2, options_.retry_max);
      next_beat = clock_.steady();
    }
  }
}

}  // namespace vedette::agent
