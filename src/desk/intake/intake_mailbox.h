// IntakeMailbox: a mailbox to which authorities write, as the server's folder of mailboxes names it (one TOML
// file each, docs/intake.md). Plain value.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "model/severity.h"
#include "net/imap.h"

namespace vedette::desk {

enum class IntakeKind { kDirectives, kAdvisories };
std::string_view to_string(IntakeKind kind);  // "directives", "advisories"

struct IntakeMailbox {
  std::string id = {};
  IntakeKind kind = IntakeKind::kDirectives;
  net::ImapOptions imap = {};
  std::string authority = {};             // who is taken to write here
  std::vector<std::string> senders = {};  // addresses, or "@a05.example": all of a domain; in lower case
  std::string mail_server = {};           // whose Authentication-Results are shown; empty: nobody's
  std::chrono::seconds interval{60};
};

struct IntakeMailboxLimits {
  static constexpr std::size_t kMailboxes = 20, kSenders = 100, kPasswordBytes = 4'096;
};

// Whether a message with this address may be taken in at all. It says nothing of who wrote it.
bool lets_in(const IntakeMailbox& mailbox, std::string_view sender);

// kInvalid names file, line, key and what to do. The password's file is read too.
Result<IntakeMailbox> parse_intake_mailbox(std::string_view toml, std::string_view file);
// Of the *.toml of a folder.
Result<std::vector<IntakeMailbox>> load_intake_mailboxes(const std::filesystem::path& folder);

}  // namespace vedette::desk
