// The parse errors of the HTML standard (https://html.spec.whatwg.org/#parse-errors), by the standard's
// names.
#pragma once

#include <cstdint>

#include "sites/html/tokenizer.h"

namespace vedette::sites {

enum class ParseError : std::uint8_t {
  kAbruptClosingOfEmptyComment,
  kAbruptDoctypePublicIdentifier,
  kAbruptDoctypeSystemIdentifier,
  kAbsenceOfDigitsInNumericCharacterReference,
  kCdataInHtmlContent,
  kCharacterReferenceOutsideUnicodeRange,
  kControlCharacterInInputStream,
  kControlCharacterReference,
  kDuplicateAttribute,
  kEndTagWithAttributes,
  kEndTagWithTrailingSolidus,
  kEofBeforeTagName,
  kEofInCdata,
  kEofInComment,
  kEofInDoctype,
  kEofInScriptHtmlCommentLikeText,
  kEofInTag,
  kIncorrectlyClosedComment,
  kIncorrectlyOpenedComment,
  kInvalidCharacterSequenceAfterDoctypeName,
  kInvalidFirstCharacterOfTagName,
  kMissingAttributeValue,
  kMissingDoctypeName,
  kMissingDoctypePublicIdentifier,
  kMissingDoctypeSystemIdentifier,
  kMissingEndTagName,
  kMissingQuoteBeforeDoctypePublicIdentifier,
  kMissingQuoteBeforeDoctypeSystemIdentifier,
  kMissingSemicolonAfterCharacterReference,
  kMissingWhitespaceAfterDoctypePublicKeyword,
  kMissingWhitespaceAfterDoctypeSystemKeyword,
  kMissingWhitespaceBeforeDoctypeName,
  kMissingWhitespaceBetweenAttributes,
  kMissingWhitespaceBetweenDoctypePublicAndSystemIdentifiers,
  kNestedComment,
  kNoncharacterCharacterReference,
  kNoncharacterInInputStream,
  kNullCharacterReference,
  kSurrogateCharacterReference,
  kSurrogateInInputStream,
  kUnexpectedCharacterAfterDoctypeSystemIdentifier,
  kUnexpectedCharacterInAttributeName,
  kUnexpectedCharacterInUnquotedAttributeValue,
  kUnexpectedEqualsSignBeforeAttributeName,
  kUnexpectedNullCharacter,
  kUnexpectedQuestionMarkInsteadOfTagName,
  kUnexpectedSolidusInTag,
  kUnknownNamedCharacterReference,
};

}  // namespace vedette::sites
