// AuditReader: Linux audit logs (auditd's own file, or through syslog): the records of one serial become one
// event. Values that the kernel wrote as hexadecimal (names with blanks, command lines) are decoded; fields
// keep their own names (type, exe, a0 …, as the rules know them) beside the ECS ones.
//
// A group of records is handed out at its end record (EOE), when kOpenMax groups are open, when kAgeMax
// passed in the log, or at the end of the input. Limits: kOpenMax groups, kRecordsMax records and
// kEventBytesMax bytes in each; what is beyond is cut and counted. One thread at a time. Source: "Audit
// message types and fields" of the audit documentation project (auditd.conf(5), audit-documentation).
#pragma once

#include <deque>
#include <string>

#include "logs/read/line_parser.h"
#include "logs/read/zone.h"

namespace vedette::logs {

class AuditReader final : public Reader {
 public:
  static constexpr std::size_t kOpenMax = 64, kRecordsMax = 256;
  static constexpr std::chrono::milliseconds kAgeMax{2000};

  explicit AuditReader(Input input) : lines_(std::move(input)) {}
  Result<std::optional<EventView>> next() override;

 private:
  struct Group {
    std::string key;  // node, time and serial
    WallTime time;
    std::string text;  // the records' lines
    std::size_t records = 0;
    bool complete = false, cut = false;
  };
  struct Record {
    std::string_view key, node;
    WallTime time;
    bool last = false;
  };

  static bool read_head(std::string_view line, Record& record, std::string& key);
  void add(std::string_view line, const Record& record, const std::string& key, bool cut);
  EventView hand_out(Group group);
  EventView unparsed(std::string_view line);

  LineSource lines_;
  std::deque<Group> open_;
  Group current_;
  WallTime newest_{};
  std::string loose_;  // a line that is no record
  bool at_end_ = false;
  FieldList fields_;
};

bool like_audit(std::string_view head);
// The fields of one record, "type=… msg=audit(…): …"; for events that come record by record.
void parse_audit_record(std::string_view line, FieldList& fields);

}  // namespace vedette::logs
