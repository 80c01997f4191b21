// LogBatch: events as an input hands them over, not read yet. Plain value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace vedette::logs {

enum class LogForm {
  kJson,    // each event is one JSON object
  kText,    // each event is one line of a text log (syslog, a service's file)
  kReader,  // what a reader of logs/read/registry.h makes of all of them: LogBatch::format
};

struct LogSender {
  std::string id;       // of the input, stable: "syslog/192.0.2.7", "bulk/filebeat-7.17"
  std::string name;     // for the person
  std::string dataset;  // ECS event.dataset where the input knows it; else ""
  int keep_months = 3;  // retention class of what it sends
};

struct LogBatch {
  LogSender sender;
  LogForm form = LogForm::kText;
  // What the sender would send again if it were not answered: a stream's batches are numbered, and a number
  // that was stored is passed over. "": there is nothing to go by.
  std::string stream;
  std::uint64_t number = 1;
  WallTime received{};
  std::vector<std::string> events;  // each at most kEventBytesMax; a longer one is cut and counted
  std::string format{};  // kReader: "eve", "audit", "journal"; one that is not known is read as text
  std::string host{};    // ECS host.name where the input knows it better than the event does; else ""
  std::string zone{};    // of the sender's clock, for times that tell none (zone.h); "": the server's own
};

}  // namespace vedette::logs
