// EvidenceLosses: what evidence the watch could not keep, counted and told as findings about the watch
// itself.
//
// Two questions. Are snapshots written (evidence_unwritten: one could not be; over after an hour without
// another)? Is there room (evidence_room: retention had to take snapshots before their time, medium; or what
// may not be taken fills the room alone, high; over below nine tenths of the room)? What is open is stored
// with its finding, so that a restart neither repeats it nor forgets to close it.
//
// room() and look() are for one thread, the retention's; the figures may be read on any.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/metrics.h"
#include "sites/watch/question.h"
#include "sites/watch/snapshots.h"
#include "store/database.h"

namespace vedette::sites {

struct SnapshotRoom {                     // after a round of the retention
  std::int64_t bytes = 0, bytes_max = 0;  // on disk; allowed
  std::int64_t beyond = 0;                // bytes of these that may not be taken although the room is full
  std::int64_t taken_early = 0;           // snapshots, in this round
};

class EvidenceLosses {
 public:
  EvidenceLosses(store::Database& database, const SnapshotFolder& folder, const Clock& clock,
                 Metrics& metrics);

  // True: a finding was stored.
  Result<bool> room(const SnapshotRoom& room);
  Result<bool> look();  // at the folder; every few seconds

  std::uint64_t unwritten() const { return folder_.failed(); }      // since the start
  std::uint64_t taken_early() const { return taken_early_count_; }  // since the start
  std::int64_t bytes_beyond() const { return beyond_; }

 private:
  Result<void> restore();
  Result<bool> answer(Question question, std::optional<Condition> condition);

  store::Database& database_;
  const SnapshotFolder& folder_;
  const Clock& clock_;
  Counter& unwritten_;
  Counter& taken_early_;
  Gauge& bytes_;
  std::atomic<std::uint64_t> taken_early_count_ = 0;
  std::atomic<std::int64_t> beyond_ = 0;
  bool restored_ = false;
  std::uint64_t seen_ = 0;               // failures of the folder
  std::optional<SteadyTime> failed_at_;  // the last one
  OpenQuestions open_;
};

}  // namespace vedette::sites
