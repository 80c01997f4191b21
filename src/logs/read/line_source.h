// LineSource: the lines of an input. One line is at most kEventBytesMax long: what is beyond is passed over,
// and the line says so. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "logs/event.h"
#include "logs/read/input.h"

namespace vedette::logs {

struct Line {
  std::string_view text;  // without "\n" or "\r\n"; valid until the next call
  bool cut = false;
};

class LineSource {
 public:
  explicit LineSource(Input input, std::size_t line_bytes_max = kEventBytesMax);

  Result<std::optional<Line>> next();               // nothing: the end
  std::uint64_t number() const { return number_; }  // of the line that came last, from 1
  const Input& input() const { return input_; }

 private:
  Result<bool> fill();

  Input input_;
  const std::size_t line_bytes_max_;
  std::vector<char> buffer_, kept_;  // kept_: what is left of a line that is too long
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t number_ = 0;
  bool at_end_ = false;
};

}  // namespace vedette::logs
