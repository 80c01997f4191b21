// HostQuota: how much one host may send in a minute, so that one that is broken or taken over cannot fill the
// store or starve the others. Counted in memory by fixed minutes; a batch that begins below the quota is
// taken whole. Thread-safe. At most 100,000 hosts are kept; the oldest minute goes first.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"

namespace vedette::server {

class HostQuota {
 public:
  struct Limits {
    std::int64_t records = 6'000, bytes = 64ll << 20, calls = 600;  // a minute
    int full_minutes = 5;  // that follow each other, until somebody must know
  };
  HostQuota(Limits limits, const Clock& clock) : limits_(limits), clock_(clock) {}

  struct Verdict {
    std::chrono::seconds wait{0};  // 0: taken
    bool tell = false;             // it has been at its quota for so long: once, until it falls below again
  };
  // Of what a call is: a sign of life is never refused for the records that a host sends, only for its own
  // number.
  enum class Call { kSignOfLife, kRecords, kLogs };
  Verdict ask(const std::string& host_id, Call call, std::int64_t bytes);
  void add_records(const std::string& host_id, std::size_t records);

 private:
  struct Use {
    std::int64_t minute = 0, records = 0, bytes = 0, calls = 0;
    int full = 0;  // minutes before this one, without a gap, in which something was refused
    bool refused = false, told = false;
  };
  void turn(Use& use, std::int64_t minute) const;
  void make_room(std::int64_t minute);

  const Limits limits_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Use> hosts_;
};

}  // namespace vedette::server
