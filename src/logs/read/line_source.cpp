#include "logs/read/line_source.h"

#include <algorithm>
#include <cstring>

namespace vedette::logs {

namespace {
constexpr std::size_t kBufferBytes = 256 * 1024;
}

LineSource::LineSource(Input input, std::size_t line_bytes_max)
    : input_(std::move(input)), line_bytes_max_(line_bytes_max), buffer_(kBufferBytes) {}

// More bytes behind end_; false: there are none.
Result<bool> LineSource::fill() {
  if (at_end_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);  // at most to twice the longest line
  TRY_ASSIGN(const std::size_t count, input_.read(std::span(buffer_).subspan(end_)));
  end_ += count;
  at_end_ = count == 0;
  return count > 0;
}

Result<std::optional<Line>> LineSource::next() {
  std::size_t looked = 0;
  const char* newline = nullptr;
  for (;;) {
    const std::size_t have = end_ - begin_;
    newline = static_cast<const char*>(std::memchr(buffer_.data() + begin_ + looked, '\n', have - looked));
    if (newline != nullptr || have > line_bytes_max_) break;
    looked = have;
    TRY_ASSIGN(const bool more, fill());
    if (!more) break;
  }
  const std::size_t have = end_ - begin_;
  if (newline == nullptr && have == 0) return std::nullopt;
  ++number_;
  const std::size_t length =
      newline != nullptr ? static_cast<std::size_t>(newline - buffer_.data()) - begin_ : have;
  if (length <= line_bytes_max_) {
    Line line{{buffer_.data() + begin_, length}, false};
    begin_ += length + (newline != nullptr ? 1 : 0);
    if (line.text.ends_with('\r')) line.text.remove_suffix(1);
    return line;
  }
  // Too long: what is kept is moved to where the rest of the line does not overwrite it.
  std::vector<char>& kept = kept_;
  kept.assign(buffer_.data() + begin_, buffer_.data() + begin_ + line_bytes_max_);
  begin_ += line_bytes_max_;
  for (;;) {
    const void* end = std::memchr(buffer_.data() + begin_, '\n', end_ - begin_);
    if (end != nullptr) {
      begin_ = static_cast<std::size_t>(static_cast<const char*>(end) - buffer_.data()) + 1;
      break;
    }
    begin_ = end_;
    TRY_ASSIGN(const bool more, fill());
    if (!more) break;
  }
  return Line{{kept.data(), kept.size()}, true};
}

}  // namespace vedette::logs
