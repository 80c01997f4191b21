// A message as it came (RFC 5322, MIME), taken apart by GMime: who it says it is from, its text, the files it
// carries, and what the own mail server found out about it.
//
// The bytes are a stranger's. Everything in it is claimed, not known: a sender's name least of all. Texts are
// valid UTF-8 without control characters (but line ends and tabs in `text`). Any thread; blocks for work
// only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::mail {

struct MailFile {
  std::string name = {};  // as the message names it, or "part 3"; no path
  std::string type = {};  // "application/pdf", as the message says
  std::string bytes = {};
};

struct ReceivedMail {
  std::string message_id = {};
  std::string sender = {};       // the address of From, in lower case; empty: none or several
  std::string sender_name = {};  // beside the address
  std::string subject = {};
  std::string text = {};             // of its first part of plain text
  std::vector<MailFile> files = {};  // every other part, an HTML text too; an inner message is not opened
  bool cut = false;                  // it held more than the limits allow
  // Authentication-Results (RFC 8601), topmost first, unfolded.
  std::vector<std::string> authentication_results = {};
};

struct MailLimits {
  static constexpr std::size_t kBytes = 16u << 20;
  static constexpr std::size_t kFiles = 40, kParts = 200, kNesting = 50;
  static constexpr std::size_t kTextBytes = 40'000, kNameBytes = 200, kResultBytes = 2'000, kResults = 10;
};

// kLimit: larger than kBytes; kInvalid: no message; kUnsupported: GMime is not installed.
Result<ReceivedMail> read_mail(std::string_view bytes);

}  // namespace vedette::mail
