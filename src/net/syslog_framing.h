// SyslogFraming: where one syslog message ends on a TCP stream (RFC 6587): octet counting ("123 <34>1 …"), or
// lines ended by LF or NUL. Which of the two is told for each message by its first byte, as senders mix them.
//
// A line longer than the bound is cut, and the rest up to its end is passed over; both are counted. A count
// that is no number, or one above the bound, cannot be recovered from: the stream is over. Linear; one thread
// at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace vedette::net {

class SyslogFraming {
 public:
  using Each = std::function<void(std::string_view message)>;  // never empty
  explicit SyslogFraming(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  // False: the stream cannot be read further.
  bool feed(std::string_view bytes, const Each& each);
  // The sender closed: what is left of a line is a message too; of a counted one it is not whole and is
  // counted as cut.
  void finish(const Each& each);
  std::uint64_t cut() const { return cut_; }

 private:
  enum class State { kBegin, kCount, kCounted, kLine, kSkip };
  void give(const Each& each);
  const std::size_t message_bytes_max_;
  State state_ = State::kBegin;
  std::size_t wanted_ = 0;
  std::string held_;
  std::uint64_t cut_ = 0;
};

}  // namespace vedette::net
