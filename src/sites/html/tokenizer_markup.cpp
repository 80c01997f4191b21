// Comments, markup declarations and doctypes.
#include "sites/html/parse_error.h"
#include "sites/html/tokenizer_state.h"

namespace vedette::sites {

using enum ParseError;

bool Tokenizer::step_comment(int c) {
  constexpr TokenLimit kLimit = TokenLimit::kTokenBytes;
  switch (state_) {
    case State::kBogusComment:
      if (c == '>' || c == kEof) {
        emit_comment();
      } else if (c == 0) {
        error(kUnexpectedNullCharacter);
        append(comment_, kReplacementText, kLimit);
      } else {
        append_byte(comment_, c, kLimit);
      }
      return true;
    case State::kMarkupDeclaration:
      return step_markup_declaration(c);
    case State::kCommentStart:
    case State::kCommentStartDash: {
      const bool dash = state_ == State::kCommentStartDash;
      if (c == '-') {
        state_ = dash ? State::kCommentEnd : State::kCommentStartDash;
        return true;
      }
      if (c == '>') {
        error(kAbruptClosingOfEmptyComment);
        emit_comment();
        return true;
      }
      if (dash && c == kEof) return error(kEofInComment), emit_comment(), true;
      if (dash) append(comment_, recent("-"), kLimit);
      state_ = State::kComment;
      return false;
    }
    case State::kComment:
      if (c == '-') {
        state_ = State::kCommentEndDash;
      } else if (c == kEof) {
        error(kEofInComment);
        emit_comment();
      } else if (c == 0) {
        error(kUnexpectedNullCharacter);
        append(comment_, kReplacementText, kLimit);
      } else {
        append_byte(comment_, c, kLimit);
        if (c == '<') state_ = State::kCommentLess;
      }
      return true;
    case State::kCommentLess:
      if (c == '!' || c == '<') {
        append_byte(comment_, c, kLimit);
        if (c == '!') state_ = State::kCommentLessBang;
        return true;
      }
      state_ = State::kComment;
      return false;
    case State::kCommentLessBang:
      state_ = c == '-' ? State::kCommentLessBangDash : State::kComment;
      return c == '-';
    case State::kCommentLessBangDash:
      state_ = c == '-' ? State::kCommentLessBangDashDash : State::kCommentEndDash;
      return c == '-';
    case State::kCommentLessBangDashDash:
      if (c != '>' && c != kEof) error(kNestedComment);
      state_ = State::kCommentEnd;
      return false;
    case State::kCommentEndDash:
      if (c == '-') {
        state_ = State::kCommentEnd;
        return true;
      }
      if (c == kEof) return error(kEofInComment), emit_comment(), true;
      append(comment_, recent("-"), kLimit);
      state_ = State::kComment;
      return false;
    case State::kCommentEnd:
      if (c == '>') return emit_comment(), true;
      if (c == '!') {
        state_ = State::kCommentEndBang;
        return true;
      }
      if (c == '-') {
        append(comment_, recent("--").substr(0, 1), kLimit);
        return true;
      }
      if (c == kEof) return error(kEofInComment), emit_comment(), true;
      append(comment_, recent("--"), kLimit);
      state_ = State::kComment;
      return false;
    default:  // kCommentEndBang
      if (c == '>') return error(kIncorrectlyClosedComment), emit_comment(), true;
      if (c == kEof) return error(kEofInComment), emit_comment(), true;
      append(comment_, recent("--!"), kLimit);
      state_ = c == '-' ? State::kCommentEndDash : State::kComment;
      return c == '-';
  }
}

bool Tokenizer::step_markup_declaration(int c) {
  constexpr std::string_view kDoctypeWord = "DOCTYPE", kCdataWord = "[CDATA[";
  const std::size_t depth = temporary_.size();
  const auto continues = [&](std::string_view word, char next) {
    return (depth == 0 || to_lower(temporary_[0]) == to_lower(word[0])) && depth < word.size() &&
           next == word[depth];
  };
  if (c == '-' && (depth == 0 || temporary_[0] == '-')) {
    temporary_ += '-';
    if (depth == 1) {
      begin_comment_at(token_offset_);
      state_ = State::kCommentStart;
    }
    return true;
  }
  if (c > 0 && continues(kDoctypeWord, static_cast<char>(is_alpha(c) ? to_lower(c) - 32 : c))) {
    temporary_ += static_cast<char>(c);
    if (depth + 1 == kDoctypeWord.size()) {
      begin_doctype();
      state_ = State::kDoctype;
    }
    return true;
  }
  if (c > 0 && continues(kCdataWord, static_cast<char>(c))) {
    temporary_ += static_cast<char>(c);
    if (depth + 1 < kCdataWord.size()) return true;
    if (foreign_) {
      state_ = State::kCdata;
      return true;
    }
    error(kCdataInHtmlContent);
    begin_comment_at(token_offset_);
    append(comment_, kCdataWord, TokenLimit::kTokenBytes);
    state_ = State::kBogusComment;
    return true;
  }
  error(kIncorrectlyOpenedComment, static_cast<std::ptrdiff_t>(depth));
  begin_comment_at(token_offset_);
  append(comment_, recent(temporary_), TokenLimit::kTokenBytes);
  state_ = State::kBogusComment;
  return false;
}

bool Tokenizer::step_doctype_start(int c) {
  constexpr TokenLimit kLimit = TokenLimit::kTokenBytes;
  if (c == kEof) {
    const bool keyword = state_ == State::kDoctypeKeyword;
    error(keyword ? kInvalidCharacterSequenceAfterDoctypeName : kEofInDoctype,
          keyword ? static_cast<std::ptrdiff_t>(temporary_.size()) : 0);
    force_quirks_ = true;
    emit_doctype();
    return true;
  }
  switch (state_) {
    case State::kDoctype:
      state_ = State::kBeforeDoctypeName;
      if (is_white(c)) return true;
      if (c != '>') error(kMissingWhitespaceBeforeDoctypeName);
      return false;
    case State::kBeforeDoctypeName:
      if (is_white(c)) return true;
      if (c == '>') {
        error(kMissingDoctypeName);
        force_quirks_ = true;
        emit_doctype();
        return true;
      }
      has_name_ = true;
      begin_piece(doctype_name_);
      state_ = State::kDoctypeName;
      return false;
    case State::kDoctypeName:
      if (is_white(c)) {
        state_ = State::kAfterDoctypeName;
      } else if (c == '>') {
        emit_doctype();
      } else if (c == 0) {
        error(kUnexpectedNullCharacter);
        append(doctype_name_, kReplacementText, kLimit);
      } else {
        append_lower(doctype_name_, c, kLimit);
      }
      return true;
    case State::kAfterDoctypeName:
      if (is_white(c)) return true;
      if (c == '>') return emit_doctype(), true;
      temporary_.clear();
      state_ = State::kDoctypeKeyword;
      return false;
    default: {  // kDoctypeKeyword
      const std::size_t depth = temporary_.size();
      constexpr std::string_view kPublic = "public", kSystem = "system";
      const std::string_view word = (depth == 0 ? to_lower(c) : temporary_[0]) == 'p' ? kPublic : kSystem;
      if (to_lower(c) == word[depth] && is_alpha(c)) {
        temporary_ += to_lower(c);
        if (depth + 1 == word.size()) {
          state_ = word == kPublic ? State::kAfterPublicKeyword : State::kAfterSystemKeyword;
        }
        return true;
      }
      error(kInvalidCharacterSequenceAfterDoctypeName, static_cast<std::ptrdiff_t>(depth));
      force_quirks_ = true;
      state_ = State::kBogusDoctype;
      return false;
    }
  }
}

bool Tokenizer::step_doctype_ids(int c) {
  constexpr TokenLimit kLimit = TokenLimit::kTokenBytes;
  if (c == kEof) {
    if (state_ != State::kBogusDoctype) {
      error(kEofInDoctype);
      force_quirks_ = true;
    }
    emit_doctype();
    return true;
  }
  const auto open = [&](bool system) {
    (system ? has_system_ : has_public_) = true;
    begin_piece(system ? doctype_system_ : doctype_public_);
    state_ = system ? (c == '"' ? State::kSystemIdDouble : State::kSystemIdSingle)
                    : (c == '"' ? State::kPublicIdDouble : State::kPublicIdSingle);
    return true;
  };
  const auto quirks = [&](ParseError what, bool emit) {
    error(what);
    force_quirks_ = true;
    if (emit) {
      emit_doctype();
    } else {
      state_ = State::kBogusDoctype;
    }
    return emit;
  };
  const bool quote = c == '"' || c == '\'';
  switch (state_) {
    case State::kAfterPublicKeyword:
    case State::kAfterSystemKeyword:
    case State::kBeforePublicId:
    case State::kBeforeSystemId: {
      const bool system = state_ == State::kAfterSystemKeyword || state_ == State::kBeforeSystemId;
      const bool before = state_ == State::kBeforePublicId || state_ == State::kBeforeSystemId;
      if (is_white(c)) {
        state_ = system ? State::kBeforeSystemId : State::kBeforePublicId;
        return true;
      }
      if (quote) {
        if (!before) {
          error(system ? kMissingWhitespaceAfterDoctypeSystemKeyword
                       : kMissingWhitespaceAfterDoctypePublicKeyword);
        }
        return open(system);
      }
      if (c == '>')
        return quirks(system ? kMissingDoctypeSystemIdentifier : kMissingDoctypePublicIdentifier, true);
      return quirks(
          system ? kMissingQuoteBeforeDoctypeSystemIdentifier : kMissingQuoteBeforeDoctypePublicIdentifier,
          false);
    }
    case State::kPublicIdDouble:
    case State::kPublicIdSingle:
    case State::kSystemIdDouble:
    case State::kSystemIdSingle: {
      const bool system = state_ >= State::kSystemIdDouble;
      const bool doubled = state_ == State::kPublicIdDouble || state_ == State::kSystemIdDouble;
      Piece& piece = system ? doctype_system_ : doctype_public_;
      if (c == (doubled ? '"' : '\'')) {
        state_ = system ? State::kAfterSystemId : State::kAfterPublicId;
      } else if (c == '>') {
        return quirks(system ? kAbruptDoctypeSystemIdentifier : kAbruptDoctypePublicIdentifier, true);
      } else if (c == 0) {
        error(kUnexpectedNullCharacter);
        append(piece, kReplacementText, kLimit);
      } else {
        append_byte(piece, c, kLimit);
      }
      return true;
    }
    case State::kAfterPublicId:
    case State::kBetweenIds:
      if (is_white(c)) {
        state_ = State::kBetweenIds;
        return true;
      }
      if (c == '>') return emit_doctype(), true;
      if (quote) {
        if (state_ == State::kAfterPublicId)
          error(kMissingWhitespaceBetweenDoctypePublicAndSystemIdentifiers);
        return open(true);
      }
      return quirks(kMissingQuoteBeforeDoctypeSystemIdentifier, false);
    case State::kAfterSystemId:
      if (is_white(c)) return true;
      if (c == '>') return emit_doctype(), true;
      error(kUnexpectedCharacterAfterDoctypeSystemIdentifier);
      state_ = State::kBogusDoctype;
      return false;
    default:  // kBogusDoctype
      if (c == '>') {
        emit_doctype();
      } else if (c == 0) {
        error(kUnexpectedNullCharacter);
      }
      return true;
  }
}

}  // namespace vedette::sites
