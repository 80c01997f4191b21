// TailSource: the lines of a log file (logs/read/file_tail.h). Of an audit log, whose events have several
// lines, an event is not taken apart: its lines are held back until the next one begins or nothing came for
// kAuditWait.
#pragma once

#include "agent/logs/log_source.h"
#include "base/clock.h"
#include "logs/read/file_tail.h"

namespace vedette::agent {

class TailSource final : public LogSource {
 public:
  static constexpr std::chrono::seconds kAuditWait{2};

  TailSource(const std::string& path, logs::FileTail::From from, bool audit, const Clock& clock);
  // kInvalid: this is no position.
  static Result<std::unique_ptr<TailSource>> resume(const std::string& path, const std::string& position,
                                                    bool audit, const Clock& clock);
  Result<void> read(std::size_t bytes_max, LogPiece& piece) override;
  std::string position() const override;

 private:
  TailSource(const std::string& path, logs::TailPosition position, bool audit, const Clock& clock);
  void give_held(LogPiece& piece);

  const bool audit_;
  const Clock& clock_;
  logs::FileTail tail_;
  logs::TailPosition position_;  // behind what was given
  std::uint64_t gaps_ = 0;       // of the tail, told
  std::string held_;             // lines of an event that may go on
  std::uint64_t held_lines_ = 0;
  SteadyTime held_at_{};
};

// "1764300000.123:45" of "type=SYSCALL msg=audit(1764300000.123:45): …"; "" where it is no audit record.
std::string_view audit_event_of(std::string_view line);

}  // namespace vedette::agent
