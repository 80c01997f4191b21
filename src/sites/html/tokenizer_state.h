// The states of the tokenizer, for its own files only. Names follow the standard; RCDATA, RAWTEXT and script
// data share the states of a possible end tag (kRaw…), which go back to Tokenizer::return_state_.
#pragma once

#include "sites/html/tokenizer.h"

namespace vedette::sites {

enum class Tokenizer::State : std::uint8_t {
  // step_data
  kData,
  kRcdata,
  kRawtext,
  kScriptData,
  kPlaintext,
  kCdata,
  kCdataBracket,
  kCdataEnd,
  // step_tag
  kTagOpen,
  kEndTagOpen,
  kTagName,
  kSelfClosing,
  // step_attribute
  kBeforeAttributeName,
  kAttributeName,
  kAfterAttributeName,
  kBeforeValue,
  kValueDouble,
  kValueSingle,
  kValueUnquoted,
  kAfterValueQuoted,
  // step_raw_text
  kRawLess,
  kRawEndOpen,
  kRawEndName,
  // step_script
  kScriptEscapeStart,
  kScriptEscapeStartDash,
  kScriptEscaped,
  kScriptEscapedDash,
  kScriptEscapedDashDash,
  kScriptEscapedLess,
  kScriptDoubleEscapeStart,
  kScriptDouble,
  kScriptDoubleDash,
  kScriptDoubleDashDash,
  kScriptDoubleLess,
  kScriptDoubleEscapeEnd,
  // step_comment
  kBogusComment,
  kMarkupDeclaration,
  kCommentStart,
  kCommentStartDash,
  kComment,
  kCommentLess,
  kCommentLessBang,
  kCommentLessBangDash,
  kCommentLessBangDashDash,
  kCommentEndDash,
  kCommentEnd,
  kCommentEndBang,
  // step_doctype_start
  kDoctype,
  kBeforeDoctypeName,
  kDoctypeName,
  kAfterDoctypeName,
  kDoctypeKeyword,
  // step_doctype_ids
  kAfterPublicKeyword,
  kBeforePublicId,
  kPublicIdDouble,
  kPublicIdSingle,
  kAfterPublicId,
  kBetweenIds,
  kAfterSystemKeyword,
  kBeforeSystemId,
  kSystemIdDouble,
  kSystemIdSingle,
  kAfterSystemId,
  kBogusDoctype,
  // step_reference
  kReference,
  kNamedReference,
  kAmbiguousAmpersand,
  // step_numeric_reference
  kNumericReference,
  kHexStart,
  kDecimalStart,
  kHex,
  kDecimal,
};

inline constexpr int kEof = -1;
inline constexpr std::string_view kReplacementText = "\xEF\xBF\xBD";

constexpr bool is_white(int c) { return c == '\n' || c == ' ' || c == '\t' || c == '\f'; }
constexpr bool is_upper(int c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_alpha(int c) { return (c >= 'a' && c <= 'z') || is_upper(c); }
constexpr bool is_digit(int c) { return c >= '0' && c <= '9'; }
constexpr bool is_alnum(int c) { return is_alpha(c) || is_digit(c); }
constexpr bool is_hex(int c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
constexpr char to_lower(int c) { return static_cast<char>(is_upper(c) ? c + 32 : c); }

}  // namespace vedette::sites
