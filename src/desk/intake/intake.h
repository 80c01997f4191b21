// Intake: what authorities write to mailboxes becomes directives and advisories that nobody has verified yet.
//
//   mailbox ──UIDs from the place on──> message ──> sender let in? ──> directive, or advisories, or set aside
//                                                    └─ it, its finding and the new place: one transaction
//
// So a stop between any two messages neither loses nor doubles one. When the server numbers a folder anew
// (UIDVALIDITY) it is read from its beginning, and what is there already is known by its SHA-256. A sender's
// address only decides whether a message is looked at: it is never believed. Thread-safe; blocks for the
// network, the disk and commits.
#pragma once

#include <functional>

#include "desk/advisories/advisories.h"
#include "desk/directives/directives.h"
#include "desk/intake/intake_mailbox.h"
#include "desk/intake/taken_mail.h"

namespace vedette::desk {

inline constexpr std::string_view kDirectiveReceived = "directive_received";
inline constexpr std::string_view kAdvisoryReceived = "advisory_received";
inline constexpr std::string_view kMailSetAside = "mail_set_aside";
inline constexpr std::string_view kMailboxFailing = "mailbox_failing";

class Intake {
 public:
  static constexpr std::size_t kMessagesAtOnce = 50;  // of one mailbox; the rest at the next reading

  Intake(store::Database& database, Desk& desk, Directives& directives, Advisories& advisories,
         const Clock& clock)
      : database_(database), desk_(desk), directives_(directives), advisories_(advisories), clock_(clock) {}

  // What came since; how many messages were settled. An error: the mailbox could not be read (further).
  Result<std::size_t> read(const IntakeMailbox& mailbox, const std::stop_token& stop = {});
  // Says once that a mailbox cannot be read, and once that it can again.
  Result<void> note_failing(const IntakeMailbox& mailbox, const std::string& trouble);
  Result<void> note_working(const IntakeMailbox& mailbox);

  // One message, wherever it comes from.
  Result<void> take(const IntakeMailbox& mailbox, std::uint32_t uid_validity, const net::ImapMessage& message,
                    std::string_view bytes);

  Result<Listing<TakenMail>> list(const std::string& cursor, std::size_t limit);
  Result<std::optional<TakenMail>> mail_of(const std::string& object_id);

 private:
  Result<MailboxPlace> place_of(const std::string& mailbox);
  Result<std::size_t> read_messages(const IntakeMailbox& mailbox, net::ImapFolder& folder,
                                    std::uint32_t uid_validity, const std::vector<net::ImapMessage>& messages,
                                    std::size_t most);
  Result<void> move_on(const std::string& mailbox, std::uint32_t uid_validity, std::uint32_t next_uid);
  // In the transaction of what was taken in.
  Result<void> settle(store::Session& session, TakenMail mail, std::string_view object_id);
  Result<void> set_aside(const IntakeMailbox& mailbox, const TakenMail& mail, std::string_view reason);
  Result<void> take_directive(const IntakeMailbox& mailbox, const TakenMail& mail, std::string_view bytes,
                              std::string text, const std::vector<Directives::Incoming>& files);

  store::Database& database_;
  Desk& desk_;
  Directives& directives_;
  Advisories& advisories_;
  const Clock& clock_;
};

}  // namespace vedette::desk
