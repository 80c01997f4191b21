// LogSources: which logs of a host are to be read. Plain value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vedette::agent {

struct LogFiles {
  std::string pattern;  // an absolute path, with the wildcards of glob(7)
  std::string format;   // one of kLogFileFormats
  bool operator==(const LogFiles&) const = default;
};

// "text": syslog, access and error logs, files of services; told apart line by line.
inline constexpr std::string_view kLogFileFormats[] = {"text", "json", "eve", "audit"};
inline constexpr std::size_t kLogPatternsMax = 64;

struct LogSources {
  std::vector<LogFiles> files;
  bool journal = false;  // systemd's
  bool operator==(const LogSources&) const = default;
  bool empty() const { return files.empty() && !journal; }
};

}  // namespace vedette::agent
