// W3C extended log files (IIS, and others): "#Fields:" names the columns, a later one changes them. Times are
// UTC as the format says; blanks in values are written "+". ECS names where there are, else iis.<column>.
// Limits: 256 columns. One thread at a time.
#pragma once

#include <string>
#include <vector>

#include "logs/read/line_parser.h"

namespace vedette::logs {

class W3cParser final : public LineParser {
 public:
  static constexpr std::size_t kColumnsMax = 256;
  LineKind parse(std::string_view line, LineEvent& event) override;

 private:
  std::vector<std::string> columns_;
  std::string date_;  // of "#Date:", where no column tells it
};

bool like_w3c(std::string_view head);

}  // namespace vedette::logs
