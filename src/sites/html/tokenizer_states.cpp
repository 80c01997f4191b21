// Text, tags, attributes and script data: the states of the tokenizer that most bytes pass through.
#include "sites/html/parse_error.h"
#include "sites/html/tokenizer_state.h"

namespace vedette::sites {

using enum ParseError;

bool Tokenizer::step_data(int c) {
  switch (state_) {
    case State::kData:
      if (c == '<') {
        state_ = State::kTagOpen;
        return true;
      }
      if (c == '&') return begin_reference(State::kData), true;
      if (c == 0) error(kUnexpectedNullCharacter);
      if (c != kEof) add_char(c);
      return true;
    case State::kRcdata:
    case State::kRawtext:
    case State::kScriptData:
      if (c == '<') {
        return_state_ = state_;
        state_ = State::kRawLess;
        return true;
      }
      if (c == '&' && state_ == State::kRcdata) return begin_reference(State::kRcdata), true;
      [[fallthrough]];
    case State::kPlaintext:
      if (c == 0) return add_replacement(), true;
      if (c != kEof) add_char(c);
      return true;
    case State::kCdata:
      if (c == ']') {
        state_ = State::kCdataBracket;
      } else if (c == kEof) {
        error(kEofInCdata);
      } else {
        add_char(c);
      }
      return true;
    case State::kCdataBracket:
      if (c == ']') {
        state_ = State::kCdataEnd;
        return true;
      }
      add_literal("]");
      state_ = State::kCdata;
      return false;
    default:  // kCdataEnd
      if (c == ']') {
        add_text(recent("]]").substr(0, 1));
        return true;
      }
      if (c == '>') {
        state_ = State::kData;
        return true;
      }
      add_literal("]]");
      state_ = State::kCdata;
      return false;
  }
}

bool Tokenizer::step_tag(int c) {
  switch (state_) {
    case State::kTagOpen:
      if (is_alpha(c)) {
        begin_tag(false);
        state_ = State::kTagName;
        return false;
      }
      if (c == '/') {
        state_ = State::kEndTagOpen;
        return true;
      }
      if (c == '!') {
        temporary_.clear();
        token_offset_ = static_cast<std::size_t>(offset()) - 1;
        state_ = State::kMarkupDeclaration;
        return true;
      }
      if (c == '?') {
        error(kUnexpectedQuestionMarkInsteadOfTagName);
        begin_comment(1);
        state_ = State::kBogusComment;
        return false;
      }
      error(c == kEof ? kEofBeforeTagName : kInvalidFirstCharacterOfTagName);
      add_literal("<");
      state_ = State::kData;
      return false;
    case State::kEndTagOpen:
      if (is_alpha(c)) {
        begin_tag(true);
        state_ = State::kTagName;
        return false;
      }
      if (c == '>') {
        error(kMissingEndTagName);
        state_ = State::kData;
        return true;
      }
      if (c == kEof) {
        error(kEofBeforeTagName);
        add_literal("</");
        state_ = State::kData;
        return false;
      }
      error(kInvalidFirstCharacterOfTagName);
      begin_comment(2);
      state_ = State::kBogusComment;
      return false;
    case State::kTagName:
      if (is_white(c)) {
        state_ = State::kBeforeAttributeName;
      } else if (c == '/') {
        state_ = State::kSelfClosing;
      } else if (c == '>') {
        emit_tag();
      } else if (c == kEof) {
        error(kEofInTag);
      } else if (c == 0) {
        error(kUnexpectedNullCharacter);
        append(tag_name_, kReplacementText, TokenLimit::kTokenBytes);
      } else {
        append_lower(tag_name_, c, TokenLimit::kTokenBytes);
      }
      return true;
    default:  // kSelfClosing
      if (c == '>') {
        self_closing_ = true;
        emit_tag();
        return true;
      }
      if (c == kEof) return error(kEofInTag), true;
      error(kUnexpectedSolidusInTag);
      state_ = State::kBeforeAttributeName;
      return false;
  }
}

bool Tokenizer::step_attribute(int c) {
  switch (state_) {
    case State::kBeforeAttributeName:
      if (is_white(c)) return true;
      if (c == '/' || c == '>' || c == kEof) {
        state_ = State::kAfterAttributeName;
        return false;
      }
      begin_attribute();
      state_ = State::kAttributeName;
      if (c == '=') {
        error(kUnexpectedEqualsSignBeforeAttributeName);
        append_lower(scratch_name_, c, TokenLimit::kAttributeBytes);
        return true;
      }
      return false;
    case State::kAttributeName:
      if (is_white(c) || c == '/' || c == '>' || c == kEof) {
        end_attribute_name();
        state_ = State::kAfterAttributeName;
        return false;
      }
      if (c == '=') {
        end_attribute_name();
        state_ = State::kBeforeValue;
        return true;
      }
      if (c == 0) {
        error(kUnexpectedNullCharacter);
        append(scratch_name_, kReplacementText, TokenLimit::kAttributeBytes);
        return true;
      }
      if (c == '"' || c == '\'' || c == '<') error(kUnexpectedCharacterInAttributeName);
      append_lower(scratch_name_, c, TokenLimit::kAttributeBytes);
      return true;
    case State::kAfterAttributeName:
      if (is_white(c)) return true;
      if (c == '/') {
        state_ = State::kSelfClosing;
      } else if (c == '=') {
        state_ = State::kBeforeValue;
      } else if (c == '>') {
        emit_tag();
      } else if (c == kEof) {
        error(kEofInTag);
      } else {
        begin_attribute();
        state_ = State::kAttributeName;
        return false;
      }
      return true;
    case State::kBeforeValue:
      if (is_white(c)) return true;
      if (c == '"') {
        state_ = State::kValueDouble;
        return true;
      }
      if (c == '\'') {
        state_ = State::kValueSingle;
        return true;
      }
      if (c == '>') {
        error(kMissingAttributeValue);
        emit_tag();
        return true;
      }
      state_ = State::kValueUnquoted;
      return false;
    case State::kValueDouble:
    case State::kValueSingle:
      if (c == (state_ == State::kValueDouble ? '"' : '\'')) {
        state_ = State::kAfterValueQuoted;
        return true;
      }
      if (c == '&') return begin_reference(state_), true;
      if (c == kEof) return error(kEofInTag), true;
      append_value(c);
      return true;
    case State::kValueUnquoted:
      if (is_white(c)) {
        state_ = State::kBeforeAttributeName;
        return true;
      }
      if (c == '&') return begin_reference(state_), true;
      if (c == '>') return emit_tag(), true;
      if (c == kEof) return error(kEofInTag), true;
      if (c == '"' || c == '\'' || c == '<' || c == '=' || c == '`') {
        error(kUnexpectedCharacterInUnquotedAttributeValue);
      }
      append_value(c);
      return true;
    default:  // kAfterValueQuoted
      if (is_white(c)) {
        state_ = State::kBeforeAttributeName;
        return true;
      }
      if (c == '/') {
        state_ = State::kSelfClosing;
        return true;
      }
      if (c == '>') return emit_tag(), true;
      if (c == kEof) return error(kEofInTag), true;
      error(kMissingWhitespaceBetweenAttributes);
      state_ = State::kBeforeAttributeName;
      return false;
  }
}

// What may be the end tag of RCDATA, RAWTEXT or script data; otherwise it was text.
bool Tokenizer::step_raw_text(int c) {
  switch (state_) {
    case State::kRawLess:
      if (c == '/') {
        state_ = State::kRawEndOpen;
        return true;
      }
      if (c == '!' && return_state_ == State::kScriptData) {
        add_literal("<");
        add_char(c);
        state_ = State::kScriptEscapeStart;
        return true;
      }
      add_literal("<");
      state_ = return_state_;
      return false;
    case State::kRawEndOpen:
      if (is_alpha(c)) {
        begin_tag(true);
        temporary_ = "</";
        state_ = State::kRawEndName;
        return false;
      }
      add_literal("</");
      state_ = return_state_;
      return false;
    default:  // kRawEndName
      // A name longer than the one we wait for is text already: no need to keep it.
      if (is_alpha(c) && temporary_.size() - 2 < last_start_tag_.size()) {
        append_lower(tag_name_, c, TokenLimit::kTokenBytes);
        temporary_ += static_cast<char>(c);
        return true;
      }
      if ((is_white(c) || c == '/' || c == '>') && view_of(tag_name_) == last_start_tag_) {
        if (c == '>') {
          emit_tag();
        } else {
          state_ = c == '/' ? State::kSelfClosing : State::kBeforeAttributeName;
        }
        return true;
      }
      add_literal(temporary_);
      state_ = return_state_;
      return false;
  }
}

// Script data that looks like an HTML comment: "<!-- … <script> … </script> … -->" hides an end tag.
bool Tokenizer::step_script(int c) {
  const bool doubled = state_ >= State::kScriptDouble;
  const State base = doubled ? State::kScriptDouble : State::kScriptEscaped;
  switch (state_) {
    case State::kScriptEscapeStart:
    case State::kScriptEscapeStartDash:
      if (c == '-') {
        state_ = state_ == State::kScriptEscapeStart ? State::kScriptEscapeStartDash
                                                     : State::kScriptEscapedDashDash;
        add_char(c);
        return true;
      }
      state_ = State::kScriptData;
      return false;
    case State::kScriptEscaped:
    case State::kScriptEscapedDash:
    case State::kScriptEscapedDashDash:
    case State::kScriptDouble:
    case State::kScriptDoubleDash:
    case State::kScriptDoubleDashDash: {
      const int dashes = static_cast<int>(state_) - static_cast<int>(base);
      if (c == '-') {
        state_ = static_cast<State>(static_cast<int>(base) + (dashes < 2 ? dashes + 1 : 2));
        add_char(c);
      } else if (c == '<') {
        if (doubled) add_char(c);
        state_ = doubled ? State::kScriptDoubleLess : State::kScriptEscapedLess;
      } else if (c == '>' && dashes == 2) {
        state_ = State::kScriptData;
        add_char(c);
      } else if (c == kEof) {
        error(kEofInScriptHtmlCommentLikeText);
      } else {
        state_ = base;
        if (c == 0) {
          add_replacement();
        } else {
          add_char(c);
        }
      }
      return true;
    }
    case State::kScriptEscapedLess:
      if (c == '/') {
        return_state_ = State::kScriptEscaped;
        state_ = State::kRawEndOpen;
        return true;
      }
      add_literal("<");
      temporary_.clear();
      state_ = is_alpha(c) ? State::kScriptDoubleEscapeStart : State::kScriptEscaped;
      return false;
    case State::kScriptDoubleLess:
      if (c == '/') {
        temporary_.clear();
        add_char(c);
        state_ = State::kScriptDoubleEscapeEnd;
        return true;
      }
      state_ = State::kScriptDouble;
      return false;
    default: {  // kScriptDoubleEscapeStart, kScriptDoubleEscapeEnd
      const bool start = state_ == State::kScriptDoubleEscapeStart;
      if (is_white(c) || c == '/' || c == '>') {
        state_ = (temporary_ == "script") == start ? State::kScriptDouble : State::kScriptEscaped;
        add_char(c);
        return true;
      }
      if (is_alpha(c)) {
        if (temporary_.size() <= 6) temporary_ += to_lower(c);
        add_char(c);
        return true;
      }
      state_ = start ? State::kScriptEscaped : State::kScriptDouble;
      return false;
    }
  }
}

}  // namespace vedette::sites
