// AgentLogs: the logs that agents read on their hosts, into the log watch.
//
//   records of a batch ──> one stream a log (agent/<host>/<epoch>/<log>) ──> log watch: durable, looked at
//                      └─> what was gone before it was read ──> finding
//   then, in one transaction: the findings, the number reached
//
// The pieces of one log go one after the other, each answered before the next is given, so that a batch which
// comes again finds each of them either stored (and passed over by its number) or not. Different logs go side
// by side. What a piece says of its host is not believed: ECS host.name is the name of the host whose
// certificate it came with. Nobody's thread waits for the event store meanwhile: a slow disk must not keep
// other hosts' signs of life from being heard.
#pragma once

#include <condition_variable>

#include "logs/watch/log_watch.h"
#include "net/worker_pool.h"
#include "server/hosts/hosts.h"

namespace vedette::server {

class AgentLogs {
 public:
  // References outlive it.
  AgentLogs(store::Database& database, desk::Desk& desk, logs::LogWatch& watch, int keep_months,
            const Clock& clock)
      : database_(database), desk_(desk), watch_(watch), keep_months_(keep_months), clock_(clock) {}
  // Waits for the batches it has, which the log watch answers.
  ~AgentLogs();

  // The number up to which everything is durable now. kLimit: the log watch is behind, or more batches are
  // open than kOpenMax; kUnavailable: its store takes nothing: nothing beyond the number that was reached
  // before counts, send again.
  using Done = std::move_only_function<void(Result<std::uint64_t>)>;
  // Any thread. `done` is called once, by a thread of this or by the caller's.
  void take(const Host& host, const std::string& epoch, const std::vector<AgentRecord>& records, Done done,
            std::size_t records_max = 500);

 private:
  static constexpr std::size_t kThreads = 2, kOpenMax = 1'024;
  struct Delivery;
  using Shared = std::shared_ptr<Delivery>;
  Result<void> sort_in(Delivery& delivery, const std::vector<AgentRecord>& records,
                       std::size_t records_max) const;
  Result<void> sort_in(Delivery& delivery, const AgentRecord& record) const;
  void go_on(const Shared& delivery);
  void answered(const Shared& delivery, Result<void> result);
  Result<std::uint64_t> commit(const Delivery& delivery);
  void finish(const Shared& delivery, Result<std::uint64_t> result);
  Finding finding_of(const Host& host, std::string_view kind, const std::string& source,
                     std::map<std::string, std::string> arguments) const;

  store::Database& database_;
  desk::Desk& desk_;
  logs::LogWatch& watch_;
  const int keep_months_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t open_ = 0;
  net::WorkerPool workers_{kThreads, kOpenMax};  // last: its threads use what is above
};

}  // namespace vedette::server
