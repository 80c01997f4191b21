// Spool: what the agent has to tell the server, on the disk until the server has stored it.
//
// Records are numbered from 1 without holes. add() returns after the record is durable; acknowledge() forgets
// what the server has stored. The numbers belong to an epoch: a spool that is begun anew (its file was lost)
// has another, so that the server never takes a new record for one it has. What outlives `age_max` or does
// not fit is dropped oldest first and leaves a gap, a range of numbers that the server is told about: a loss
// is never silent. Age counts while the agent writes, at most a day from one write to the next: a wall clock
// that jumps, or an agent that was off, makes nothing old. Bodies are kept compressed (zstd). All calls are
// thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "store/database.h"

namespace vedette::agent {

struct SpoolOptions {
  std::filesystem::path file;            // an SQLite database; its folder exists
  std::uint64_t bytes_max = 256u << 20;  // of compressed bodies
  std::chrono::hours age_max{24 * 7};
  std::size_t record_bytes_max = 512 * 1024;  // before compression
  // Without room the oldest go, and what is older than age_max. False: nothing goes and nothing more is taken
  // (of what can be read once more where it came from).
  bool drop_oldest = true;
};

struct SpoolRecord {
  std::uint64_t sequence = 0;
  WallTime at{};     // by this host's clock
  std::string body;  // JSON
};

// The numbers first…last were dropped before the server had them.
struct SpoolGap {
  std::uint64_t first = 0, last = 0;
  std::string reason;  // "full", "old"
  bool operator==(const SpoolGap&) const = default;
};

struct SpoolBatch {
  std::vector<SpoolRecord> records;  // in order
  std::vector<SpoolGap> gaps;        // in order; the server is told until it acknowledges their last number
};

class Spool {
 public:
  static Result<std::unique_ptr<Spool>> open(SpoolOptions options, const Clock& clock, Metrics& metrics);

  const std::string& epoch() const { return epoch_; }
  // kLimit: longer than record_bytes_max. kUnavailable: the disk takes nothing, or there is no room and
  // nothing may go (nothing was kept).
  Result<std::uint64_t> add(std::string_view body);
  // Records, and marks of what was told or done by that ("incident/<id>" → what was said of it): both
  // durable, or neither, so that after a crash nothing is told twice as new and nothing is forgotten. A mark
  // that is not set again for kMarkLife goes.
  struct Mark {
    std::string key, value;
  };
  static constexpr std::chrono::hours kMarkLife{24 * 120};
  Result<void> add(const std::vector<std::string>& bodies, const std::vector<Mark>& marks);
  // kNotFound: there is none.
  Result<std::string> mark(const std::string& key) const;
  // The oldest that is not acknowledged, at most `records_max` and about `bytes_max` bytes of bodies, but at
  // least one. kCorrupt: a body cannot be read; it is named by its number.
  Result<SpoolBatch> next(std::size_t records_max, std::size_t bytes_max) const;
  Result<void> acknowledge(std::uint64_t sequence);

  struct Status {
    std::uint64_t records = 0, bytes = 0, gaps = 0, last = 0, acknowledged = 0;
  };
  Result<Status> status() const;

 private:
  Spool(SpoolOptions options, const Clock& clock, std::unique_ptr<store::Database> database);
  Result<void> begin();
  Result<std::string> packed(std::string_view body) const;
  Result<std::int64_t> live(store::Session& session) const;
  Result<std::int64_t> put(store::Session& session, const std::string& packed, std::int64_t lived) const;
  Result<void> make_room(store::Session& session, std::uint64_t bytes, std::int64_t lived) const;

  const SpoolOptions options_;
  const Clock& clock_;
  const std::unique_ptr<store::Database> database_;
  std::string epoch_;
};

}  // namespace vedette::agent
