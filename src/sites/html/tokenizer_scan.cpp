// The fast paths: runs of bytes that mean nothing in the current state are skipped sixteen at a time.
#include "sites/html/tokenizer_state.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace vedette::sites {
namespace {

// The first byte that is one of `kStop`, or `end`.
template <char... kStop>
const char* find_any(const char* at, const char* end) {
#if defined(__SSE2__)
  while (end - at >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    __m128i hits = _mm_setzero_si128();
    ((hits = _mm_or_si128(hits, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(kStop)))), ...);
    if (const int mask = _mm_movemask_epi8(hits); mask != 0)
      return at + __builtin_ctz(static_cast<unsigned>(mask));
    at += 16;
  }
#endif
  while (at < end && !((*at == kStop) || ...)) ++at;
  return at;
}

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

}  // namespace vedette::sites
