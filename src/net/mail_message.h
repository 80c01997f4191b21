// One mail as Internet Message Format (RFC 5322) with MIME (RFC 2045): UTF-8 text as base64, encoded words
// (RFC 2047) in the headers, CRLF line ends. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/smtp.h"

namespace vedette::net {

// Refuses (kInvalid) addresses and header fields with line breaks: what comes from a finding must not add a
// header.
Result<std::string> write_mail(const Mail& mail, WallTime date);

// "Vedette <v@example.org>" or "v@example.org" → "v@example.org".
Result<std::string> mail_address(std::string_view text);

// `text` as one or more RFC 2047 base64 encoded words when it is not plain ASCII, folded at 75 characters.
std::string encoded_words(std::string_view text);

}  // namespace vedette::net
