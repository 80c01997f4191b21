#include "logs/read/journal_export.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "logs/read/field_names.h"

namespace vedette::logs {
namespace {

constexpr std::size_t kBlockBytes = 64 * 1024, kNameBytesMax = 256;

constexpr auto kNames = std::to_array<FieldName>({
    {"CODE_FILE", "log.origin.file.name"},
    {"CODE_FUNC", "log.origin.function"},
    {"CODE_LINE", "log.origin.file.line", true},
    {"MESSAGE", "message"},
    {"PRIORITY", "log.syslog.severity.code", true},
    {"SYSLOG_FACILITY", "log.syslog.facility.code", true},
    {"SYSLOG_IDENTIFIER", "process.name"},
    {"SYSLOG_PID", "process.pid", true},
    {"_AUDIT_LOGINUID", "user.audit.id"},
    {"_AUDIT_SESSION", "auditd.session"},
    {"_BOOT_ID", "host.boot.id"},
    {"_CMDLINE", "process.command_line"},
    {"_COMM", "process.name"},
    {"_EXE", "process.executable"},
    {"_GID", "group.id"},
    {"_HOSTNAME", "host.hostname"},
    {"_MACHINE_ID", "host.id"},
    {"_PID", "process.pid", true},
    {"_SYSTEMD_UNIT", "systemd.unit"},
    {"_TRANSPORT", "systemd.transport"},
    {"_UID", "user.id"},
    {"__CURSOR", "journald.cursor"},
});
static_assert(is_sorted(kNames));

}  // namespace

bool like_journal_export(std::string_view head) {
  return head.starts_with("__CURSOR=") || head.starts_with("__REALTIME_TIMESTAMP=");
}

Result<bool> JournalExportReader::more() {
  if (at_end_) return false;
  if (at_ > 0) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kBlockBytes);
  TRY_ASSIGN(const std::size_t count, input_.read(std::span(buffer_).subspan(before)));
  buffer_.resize(before + count);
  at_end_ = count == 0;
  return count > 0;
}

// True: an entry is in text_ and pieces_.
Result<bool> JournalExportReader::read_entry() {
  text_.clear();
  pieces_.clear();
  cut_ = damaged_ = false;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (pieces_.size() >= kEventFieldsMax || text_.size() + name.size() + value.size() > kEventBytesMax) {
      cut_ = true;
      return;
    }
    pieces_.push_back({text_.size(), name.size(), text_.size() + name.size(), value.size()});
    text_.append(name).append(value);
  };
  for (;;) {
    // One line. A text value is at most as long as an entry; what is beyond is passed over.
    std::size_t newline = buffer_.find('\n', at_);
    std::size_t looked = buffer_.size() - at_;
    while (newline == std::string::npos && looked <= kEventBytesMax) {
      TRY_ASSIGN(const bool got, more());
      if (!got) break;
      newline = buffer_.find('\n', at_ + looked);
      looked = buffer_.size() - at_;
    }
    if (newline == std::string::npos) {
      if (looked > kEventBytesMax) {
        cut_ = true;
        at_ = buffer_.size();
        for (;;) {
          TRY_ASSIGN(const bool got, more());
          if (!got) break;
          newline = buffer_.find('\n', at_);
          at_ = newline == std::string::npos ? buffer_.size() : newline + 1;
          if (newline != std::string::npos) break;
        }
        continue;
      }
      if (looked == 0) return !pieces_.empty();
      newline = buffer_.size();
    }
    const std::string_view line(buffer_.data() + at_, newline - at_);
    if (line.empty()) {
      at_ = std::min(newline + 1, buffer_.size());
      if (!pieces_.empty() || cut_) return true;
      if (at_ == buffer_.size() && at_end_) return false;
      continue;
    }
    if (const std::size_t equal = line.find('='); equal != std::string_view::npos) {
      if (equal > 0 && equal <= kNameBytesMax) {
        add(line.substr(0, equal), line.substr(equal + 1));
      } else {
        damaged_ = true;
      }
      at_ = std::min(newline + 1, buffer_.size());
      continue;
    }
    // The name alone: length and bytes follow.
    const std::string name(line.substr(0, kNameBytesMax));
    at_ = std::min(newline + 1, buffer_.size());
    while (buffer_.size() - at_ < 8) {
      TRY_ASSIGN(const bool got, more());
      if (!got) break;
    }
    if (buffer_.size() - at_ < 8) {
      damaged_ = true;
      at_ = buffer_.size();
      return true;
    }
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      size |= static_cast<std::uint64_t>(static_cast<unsigned char>(buffer_[at_ + i])) << (8 * i);
    }
    at_ += 8;
    std::string value;
    std::uint64_t left = size;
    while (left > 0) {
      if (at_ == buffer_.size()) {
        TRY_ASSIGN(const bool got, more());
        if (!got) {
          damaged_ = true;
          break;
        }
      }
      const std::size_t piece = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_.size() - at_));
      if (value.size() < kEventBytesMax)
        value.append(buffer_, at_, std::min(piece, kEventBytesMax - value.size()));
      at_ += piece;
      left -= piece;
    }
    cut_ = cut_ || value.size() < size;
    add(name, value);
    if (at_ == buffer_.size()) {
      TRY_ASSIGN([[maybe_unused]] const bool got, more());
    }
    if (at_ < buffer_.size() && buffer_[at_] == '\n') ++at_;
  }
}

EventView JournalExportReader::event_of() {
  fields_.clear();
  raw_.clear();
  std::optional<WallTime> time;
  std::string_view program, message, host, comm, pid;
  const std::string_view text = text_;
  for (const Piece& piece : pieces_) {
    const std::string_view name = text.substr(piece.name, piece.name_size);
    const std::string_view value = text.substr(piece.value, piece.value_size);
    if (name == "__REALTIME_TIMESTAMP" || (name == "_SOURCE_REALTIME_TIMESTAMP" && !time)) {
      if (const auto micros = parse_count(value); micros && *micros / 1000 <= 253'402'300'799'999) {
        time = from_unix_ms(*micros / 1000);
      }
      continue;
    }
    if (name == "__MONOTONIC_TIMESTAMP") continue;
    if (name == "SYSLOG_IDENTIFIER") program = value;
    if (name == "_COMM") comm = value;
    if (name == "MESSAGE") message = value;
    if (name == "_HOSTNAME") host = value;
    if (name == "_PID") pid = value;
    if (const FieldName* ecs = find_name(kNames, name)) {
      const bool named_already =
          (ecs->to == "process.name" || ecs->to == "process.pid") && fields_.has(ecs->to);
      if (!named_already) add_named(*ecs, value, fields_);
      continue;
    }
    std::string lower(name.substr(std::min(name.find_first_not_of('_'), name.size())));
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    fields_.add(safe_name("journald.", lower, fields_), value);
  }
  if (program.empty()) program = comm;
  // As journald shows it to people.
  raw_.append(host).append(host.empty() ? "" : " ").append(program);
  if (!pid.empty()) raw_.append("[").append(pid).append("]");
  raw_.append(program.empty() ? "" : ": ").append(message);
  if (program.starts_with("postfix")) program = "postfix";
  matcher_.apply(program.empty() ? "-" : program, message, fields_);
  return {fields_.fields(), raw_, true, time, {"linux", "", program == "sshd-session" ? "sshd" : program}};
}

Result<std::optional<EventView>> JournalExportReader::next() {
  TRY_ASSIGN(const bool entry, read_entry());
  if (!entry) return std::nullopt;
  ++entries_;
  ++counters_.read;
  const EventView event = event_of();
  if (damaged_) counters_.add_unparsed(entries_, raw_);
  if (cut_ || fields_.cut()) ++counters_.cut;
  return event;
}

}  // namespace vedette::logs
