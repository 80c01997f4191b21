// JournalExportReader: systemd's journal export format ("journalctl -o export"): "NAME=value" lines, or the
// name alone, eight bytes of length and the bytes; an empty line ends an entry. The message goes through the
// patterns like a syslog line's. ECS names where there are, else journald.<name>. Limits: kEventBytesMax for
// an entry (beyond: its further fields are passed over, counted as cut). One thread at a time. Source:
// https://systemd.io/JOURNAL_EXPORT_FORMATS
#pragma once

#include <string>
#include <vector>

#include "logs/read/input.h"
#include "logs/read/patterns.h"
#include "logs/read/reader.h"
#include "logs/read/registry.h"

namespace vedette::logs {

class JournalExportReader final : public Reader {
 public:
  JournalExportReader(Input input, const ReaderContext& context)
      : input_(std::move(input)), matcher_(context.patterns) {}
  Result<std::optional<EventView>> next() override;

 private:
  Result<bool> more();
  Result<bool> read_entry();
  EventView event_of();

  Input input_;
  PatternMatcher matcher_;
  std::string buffer_;  // unread bytes from at_
  std::size_t at_ = 0;
  bool at_end_ = false;
  std::string text_;  // of the entry: names and values
  struct Piece {
    std::size_t name, name_size, value, value_size;
  };
  std::vector<Piece> pieces_;
  std::string raw_;
  FieldList fields_;
  std::uint64_t entries_ = 0;
  bool cut_ = false, damaged_ = false;
};

bool like_journal_export(std::string_view head);

}  // namespace vedette::logs
