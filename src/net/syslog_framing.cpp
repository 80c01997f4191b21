#include "net/syslog_framing.h"

namespace vedette::net {

void SyslogFraming::give(const Each& each) {
  if (!held_.empty() && held_.back() == '\r') held_.pop_back();
  if (!held_.empty()) each(held_);
  held_.clear();
  state_ = State::kBegin;
}

bool SyslogFraming::feed(std::string_view bytes, const Each& each) {
  for (std::size_t at = 0; at < bytes.size();) {
    const char c = bytes[at];
    switch (state_) {
      case State::kBegin:
        if (c == '\n' || c == '\r' || c == '\0' || c == ' ') {
          ++at;
          break;
        }
        wanted_ = 0;
        state_ = c >= '1' && c <= '9' ? State::kCount : State::kLine;
        break;
      case State::kCount:
        ++at;
        if (c == ' ') {
          state_ = State::kCounted;
          break;
        }
        if (c < '0' || c > '9') return false;
        wanted_ = wanted_ * 10 + static_cast<std::size_t>(c - '0');
        if (wanted_ > message_bytes_max_) return false;
        break;
      case State::kCounted: {
        const auto part = bytes.substr(at, wanted_ - held_.size());
        held_ += part;
        at += part.size();
        if (held_.size() == wanted_) give(each);
        break;
      }
      case State::kLine: {
        const auto end = bytes.find_first_of(std::string_view("\n\0", 2), at);
        const auto part = bytes.substr(at, end == bytes.npos ? end : end - at);
        const auto room = message_bytes_max_ - held_.size();
        held_ += part.substr(0, room);
        at += part.size();
        if (part.size() > room) {
          ++cut_;
          give(each);
          state_ = State::kSkip;
        } else if (end != bytes.npos) {
          ++at;
          give(each);
        }
        break;
      }
      case State::kSkip: {
        const auto end = bytes.find_first_of(std::string_view("\n\0", 2), at);
        if (end == bytes.npos) return true;
        at = end + 1;
        state_ = State::kBegin;
        break;
      }
    }
  }
  return true;
}

void SyslogFraming::finish(const Each& each) {
  if (state_ == State::kCount || state_ == State::kCounted) ++cut_;
  if (state_ == State::kCount) held_.clear();
  give(each);
}

}  // namespace vedette::net
