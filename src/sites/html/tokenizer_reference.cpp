// Character references.
#include "base/text/named_references.h"
#include "sites/html/parse_error.h"
#include "sites/html/tokenizer_state.h"

namespace vedette::sites {

using enum ParseError;

void Tokenizer::begin_reference(State back) {
  return_state_ = back;
  temporary_ = "&";
  state_ = State::kReference;
}

bool Tokenizer::in_attribute() const {
  return return_state_ == State::kValueDouble || return_state_ == State::kValueSingle ||
         return_state_ == State::kValueUnquoted;
}

void Tokenizer::flush_reference(std::string_view text) {
  if (in_attribute()) {
    append_value_run(text);
  } else {
    add_text(text);
  }
}

bool Tokenizer::step_reference(int c) {
  switch (state_) {
    case State::kReference:
      if (is_alnum(c)) {
        ref_low_ = 0;
        ref_high_ = NamedReferences::kCount;
        ref_best_size_ = 0;
        state_ = State::kNamedReference;
        return false;
      }
      if (c == '#') {
        temporary_ += '#';
        ref_code_ = 0;
        state_ = State::kNumericReference;
        return true;
      }
      flush_reference(recent(temporary_));
      state_ = return_state_;
      return false;
    case State::kNamedReference: {
      if (is_alnum(c) || c == ';') {
        const NamedReferences& references = NamedReferences::get();
        const std::size_t depth = temporary_.size() - 1;
        std::size_t low = ref_low_, high = ref_high_;
        references.narrow(low, high, depth, static_cast<char>(c));
        operations_ += 12;  // the binary search
        if (low < high) {
          ref_low_ = low;
          ref_high_ = high;
          temporary_ += static_cast<char>(c);
          if (references[low].name.size() == depth + 1) {
            ref_best_ = low;
            ref_best_size_ = depth + 1;
          }
          if (c != ';') return true;
          flush_reference(references[ref_best_].text);
          state_ = return_state_;
          return true;
        }
      }
      finish_named_reference(c);
      return false;
    }
    default:  // kAmbiguousAmpersand
      if (is_alnum(c)) {
        if (in_attribute()) {
          append_value(c);
        } else {
          add_char(c);
        }
        return true;
      }
      if (c == ';') error(kUnknownNamedCharacterReference);
      state_ = return_state_;
      return false;
  }
}

// No longer name is possible; `next` is the byte that ruled it out.
void Tokenizer::finish_named_reference(int next) {
  if (ref_best_size_ == 0) {
    flush_reference(recent(temporary_));
    state_ = State::kAmbiguousAmpersand;
    return;
  }
  state_ = return_state_;
  const std::size_t used = 1 + ref_best_size_;
  const int after = used < temporary_.size() ? temporary_[used] : next;
  if (in_attribute() && (after == '=' || is_alnum(after))) {  // as in href="?a=1&copy=2"
    flush_reference(recent(temporary_));
    return;
  }
  const std::size_t rest = temporary_.size() - used;
  error(kMissingSemicolonAfterCharacterReference, static_cast<std::ptrdiff_t>(rest));
  flush_reference(NamedReferences::get()[ref_best_].text);
  flush_reference(recent(temporary_).substr(used));
}

bool Tokenizer::step_numeric_reference(int c) {
  switch (state_) {
    case State::kNumericReference:
      if (c == 'x' || c == 'X') {
        temporary_ += static_cast<char>(c);
        state_ = State::kHexStart;
        return true;
      }
      state_ = State::kDecimalStart;
      return false;
    case State::kHexStart:
    case State::kDecimalStart: {
      const bool hex = state_ == State::kHexStart;
      if (hex ? is_hex(c) : is_digit(c)) {
        state_ = hex ? State::kHex : State::kDecimal;
        return false;
      }
      error(kAbsenceOfDigitsInNumericCharacterReference);
      flush_reference(recent(temporary_));
      state_ = return_state_;
      return false;
    }
    default: {  // kHex, kDecimal
      const bool hex = state_ == State::kHex;
      if (hex ? is_hex(c) : is_digit(c)) {
        const std::uint32_t digit =
            static_cast<std::uint32_t>(is_digit(c) ? c - '0' : to_lower(c) - 'a' + 10);
        if (ref_code_ <= 0x10FFFF) ref_code_ = ref_code_ * (hex ? 16u : 10u) + digit;
        return true;
      }
      if (c != ';') error(kMissingSemicolonAfterCharacterReference);
      finish_numeric_reference(c == ';');
      return c == ';';
    }
  }
}

void Tokenizer::finish_numeric_reference(bool closed) {
  const std::uint32_t code = ref_code_;
  const std::ptrdiff_t back = closed ? -1 : 0;  // reported behind the reference
  if (code == 0) {
    error(kNullCharacterReference, back);
  } else if (code > 0x10FFFF) {
    error(kCharacterReferenceOutsideUnicodeRange, back);
  } else if (code >= 0xD800 && code <= 0xDFFF) {
    error(kSurrogateCharacterReference, back);
  } else if ((code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE) {
    error(kNoncharacterCharacterReference, back);
  } else if (code == 0x0D || (code < 0x20 && !is_white(static_cast<int>(code))) ||
             (code >= 0x7F && code <= 0x9F)) {
    error(kControlCharacterReference, back);
  }
  char buffer[4];
  state_ = return_state_;
  flush_reference(numeric_reference(code, buffer));
}

}  // namespace vedette::sites
