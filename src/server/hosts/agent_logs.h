// AgentLogs: the logs that agents read on their hosts, into the log watch.
//
//   records of a batch ──> one stream a log (agent/<host>/<epoch>/<log>) ──> log watch: durable, looked at
//                      └─> what was gone before it was read ──> finding
//   then, in one transaction: the findings, the number reached
//
// The pieces of one log go one after the other, each answered before the next is given, so that a batch which
// comes again finds each of them either stored (and passed over by its number) or not. Different logs go side
// by side. What a piece says of its host is not believed: ECS host.name is the name of the host whose
// certificate it came with. All calls are thread-safe and take as long as the event store takes.
#pragma once

#include "logs/watch/log_watch.h"
#include "server/hosts/hosts.h"

namespace vedette::server {

class AgentLogs {
 public:
  // References outlive it.
  AgentLogs(store::Database& database, desk::Desk& desk, logs::LogWatch& watch, int keep_months,
            const Clock& clock)
      : database_(database), desk_(desk), watch_(watch), keep_months_(keep_months), clock_(clock) {}

  // The number up to which everything is durable now. kLimit: the log watch is behind; kUnavailable: its
  // store takes nothing: nothing beyond the number that was reached before counts, send again.
  Result<std::uint64_t> take(const Host& host, const std::string& epoch,
                             const std::vector<AgentRecord>& records, std::size_t records_max = 500);

 private:
  struct Sorted;
  Result<void> sort_in(const Host& host, const std::string& epoch, const AgentRecord& record, Sorted& to);
  Result<void> give(Sorted& sorted);
  Finding finding_of(const Host& host, std::string_view kind, const std::string& source,
                     std::map<std::string, std::string> arguments) const;

  store::Database& database_;
  desk::Desk& desk_;
  logs::LogWatch& watch_;
  const int keep_months_;
  const Clock& clock_;
};

}  // namespace vedette::server
