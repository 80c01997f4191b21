// JournalSource: the entries of systemd's journal in its export format (logs/read/journal_export.h), from a
// cursor on. An entry whose cursor is not there any more (the journal was vacuumed) is a gap. Without a
// position it begins at the journal's end. Limits: kFieldBytesMax a field,
// kEntryBytesMax an entry; what is beyond is left out and counted.
#pragma once

#include "agent/logs/log_source.h"

struct sd_journal;

namespace vedette::agent {

class JournalSource final : public LogSource {
 public:
  static constexpr std::size_t kFieldBytesMax = 256 * 1024, kEntryBytesMax = 512 * 1024;

  // `folder`: "" for the journal of this system.
  JournalSource(std::string folder, std::string position)
      : folder_(std::move(folder)), position_(std::move(position)) {}
  ~JournalSource() override;
  Result<void> read(std::size_t bytes_max, LogPiece& piece) override;
  std::string position() const override { return position_; }

 private:
  Result<void> open();
  Result<bool> seek(LogPiece& piece);  // true: the entry that comes first has not been read
  void add_entry(LogPiece& piece) const;

  const std::string folder_;
  std::string position_;  // a cursor, or kHead
  sd_journal* journal_ = nullptr;
  bool seek_ = true;
};

}  // namespace vedette::agent
