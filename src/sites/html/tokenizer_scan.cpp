// The fast paths: runs of bytes that mean nothing in the current state are skipped sixteen at a time.
#include "sites/html/byte_scan.h"
#include "sites/html/tokenizer_state.h"

namespace vedette::sites {
namespace {

using ByteSet = std::array<bool, 256>;
constexpr ByteSet all_but(std::string_view stops, bool upper) {
  ByteSet set{};
  for (int c = 1; c < 256; ++c) set[static_cast<std::size_t>(c)] = !(upper && is_upper(c));
  for (const char c : stops) set[static_cast<unsigned char>(c)] = false;
  return set;
}
constexpr ByteSet kTagNameBytes = all_but("\t\n\f\r />", true);
constexpr ByteSet kAttributeNameBytes = all_but("\t\n\f\r />=\"'<", true);
constexpr ByteSet kUnquotedBytes = all_but("\t\n\f\r >&\"'<=`", false);

const char* find_end(const ByteSet& set, const char* at, const char* end) {
  while (at < end && set[static_cast<unsigned char>(*at)]) ++at;
  return at;
}

}  // namespace

// Takes in a run for the current state; false: there is none, the state's step() must look at the byte.
bool Tokenizer::scan_run() {
  const char* stop = at_;
  switch (state_) {
    case State::kData:
    case State::kRcdata:
      stop = find_any<'<', '&', '\r', '\0'>(at_, end_);
      break;
    case State::kRawtext:
    case State::kScriptData:
      stop = find_any<'<', '\r', '\0'>(at_, end_);
      break;
    case State::kPlaintext:
      stop = find_any<'\r', '\0'>(at_, end_);
      break;
    case State::kScriptEscaped:
    case State::kScriptDouble:
      stop = find_any<'<', '-', '\r', '\0'>(at_, end_);
      break;
    case State::kCdata:
      stop = find_any<']', '\r'>(at_, end_);
      break;
    case State::kComment:
      stop = find_any<'-', '<', '\r', '\0'>(at_, end_);
      break;
    case State::kBogusComment:
      stop = find_any<'>', '\r', '\0'>(at_, end_);
      break;
    case State::kValueDouble:
      stop = find_any<'"', '&', '\r', '\0'>(at_, end_);
      break;
    case State::kValueSingle:
      stop = find_any<'\'', '&', '\r', '\0'>(at_, end_);
      break;
    case State::kValueUnquoted:
      stop = find_end(kUnquotedBytes, at_, end_);
      break;
    case State::kTagName:
      stop = find_end(kTagNameBytes, at_, end_);
      break;
    case State::kAttributeName:
      stop = find_end(kAttributeNameBytes, at_, end_);
      break;
    default:
      return false;
  }
  if (stop == at_) return false;
  const std::string_view run(at_, static_cast<std::size_t>(stop - at_));
  operations_ += run.size();
  switch (state_) {
    case State::kComment:
    case State::kBogusComment:
      append(comment_, run, TokenLimit::kTokenBytes);
      break;
    case State::kTagName:
      append(tag_name_, run, TokenLimit::kTokenBytes);
      break;
    case State::kAttributeName:
      append(scratch_name_, run, TokenLimit::kAttributeBytes);
      break;
    case State::kValueDouble:
    case State::kValueSingle:
    case State::kValueUnquoted:
      append_value_run(run);
      break;
    default:
      add_text(run);
  }
  at_ = stop;
  return true;
}

// A tag as most are written, in one walk through its states: behind begin_tag(), `at_` on the first byte of
// the name. Wherever a byte asks for more, the walk stops with `state_` set, and run() goes on from there.
void Tokenizer::plain_tag() {
  state_ = State::kTagName;
  const char* stop = find_end(kTagNameBytes, at_, end_);
  std::size_t size = static_cast<std::size_t>(stop - at_);
  if (size == 0 || size > options_.limits.token_bytes) return;
  tag_name_ = {at_, 0, size};
  token_size_ += size;
  operations_ += size;
  at_ = stop;
  while (at_ < end_) {
    if (is_white(*at_)) {
      const char* from = at_;
      do {
        ++at_;
      } while (at_ < end_ && is_white(*at_));
      operations_ += static_cast<std::size_t>(at_ - from);
      state_ = State::kBeforeAttributeName;
      if (at_ == end_) return;
    }
    if (*at_ == '/') {
      if (end_ - at_ < 2 || at_[1] != '>') return;
      self_closing_ = true;
      ++at_;
      ++operations_;
    }
    if (*at_ == '>') {
      emit_tag();
      ++at_;
      ++operations_;
      return;
    }
    if (state_ != State::kBeforeAttributeName || !plain_attribute()) return;
  }
}

// False: the states must look.
bool Tokenizer::plain_attribute() {
  const char* stop = find_end(kAttributeNameBytes, at_, end_);
  const std::size_t size = static_cast<std::size_t>(stop - at_);
  if (stop == end_ || size == 0 || size > options_.limits.attribute_bytes ||
      token_size_ + size > options_.limits.token_bytes)
    return false;
  if (*stop != '=' && *stop != '>' && *stop != '/' && !is_white(*stop)) return false;
  begin_attribute();
  scratch_name_ = {at_, 0, size};
  token_size_ += size;
  operations_ += size + 1;
  at_ = stop;
  end_attribute_name();
  if (*at_ != '=') {
    state_ = State::kAfterAttributeName;
    const char* from = at_;
    while (at_ < end_ && is_white(*at_)) ++at_;
    operations_ += static_cast<std::size_t>(at_ - from);
    if (at_ == end_ || *at_ == '=' || *at_ == '\r') return false;
    state_ = State::kBeforeAttributeName;
    return true;
  }
  state_ = State::kBeforeValue;
  if (++at_ == end_) return false;
  const char quote = *at_;
  if (quote == '"' || quote == '\'') {
    const char* from = ++at_;
    stop = quote == '"' ? find_any<'"', '&', '\r', '\0'>(from, end_)
                        : find_any<'\'', '&', '\r', '\0'>(from, end_);
    operations_ += static_cast<std::size_t>(stop - from) + 1;
    state_ = quote == '"' ? State::kValueDouble : State::kValueSingle;
    append_value_run({from, static_cast<std::size_t>(stop - from)});
    at_ = stop;
    if (at_ == end_ || *at_ != quote) return false;
    state_ = State::kAfterValueQuoted;
    if (++at_ == end_) return false;
    // Between two attributes stands white space; where it is missing, the state says so.
    return is_white(*at_) || *at_ == '>' || *at_ == '/';
  }
  stop = find_end(kUnquotedBytes, at_, end_);
  if (stop == at_) return false;
  operations_ += static_cast<std::size_t>(stop - at_);
  state_ = State::kValueUnquoted;
  append_value_run({at_, static_cast<std::size_t>(stop - at_)});
  at_ = stop;
  return at_ < end_ && (is_white(*at_) || *at_ == '>');
}

}  // namespace vedette::sites
