// A timeline of matches for an incident's file: sorted by time, as CSV (RFC 4180) or as one HTML page that
// needs nothing else. What has no time stands at the end. At most kTimelineRowsMax rows; the rest is counted,
// and the timeline says so.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "logs/match/match_report.h"
#include "model/message.h"

namespace vedette::logs::match {

inline constexpr std::size_t kTimelineRowsMax = 100'000;

class Timeline {
 public:
  void add(TimelineRow row);
  std::uint64_t left_out() const { return left_out_; }
  // The form follows from the name's end: .html or .csv. kInvalid: another.
  Result<> write(const std::string& path, Language language);
  std::string csv() const;
  std::string html(Language language) const;

 private:
  void sort();
  std::vector<TimelineRow> rows_;
  std::uint64_t left_out_ = 0;
};

}  // namespace vedette::logs::match
