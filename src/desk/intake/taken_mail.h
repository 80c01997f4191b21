// TakenMail: a message of an intake mailbox and what became of it, as a plain value and as rows, and how far
// each mailbox was read. Functions that take a Session run inside the caller's transaction or snapshot.
#pragma once

#include "desk/desk.h"
#include "mail/authentication.h"

namespace vedette::desk {

struct TakenMail {
  std::string id = {};
  std::string mailbox = {};
  std::uint32_t uid_validity = 0, uid = 0;
  std::string sha256 = {};  // of the message; empty: it was not fetched
  std::string message_id = {}, sender = {}, sender_name = {}, subject = {};  // as it claims
  mail::Authentication authentication = {};
  WallTime received_at{};    // by the mail server
  WallTime made_at{};        // taken in
  std::string outcome = {};  // "directive", "advisory", "set_aside"
  // Of what was set aside: "sender" (not among those who may write), "large", "unreadable", "no_indicators",
  // "refused" (it is beyond what the register takes).
  std::string reason = {};
  std::string object_id = {};  // of the directive, or the first advisory
};

struct MailboxPlace {
  std::uint32_t uid_validity = 0;  // 0: never read
  std::uint32_t next_uid = 1;      // all below it are settled
  bool failing = false;            // said so
};

Result<MailboxPlace> load_place(store::Session& session, const std::string& mailbox);
Result<void> save_place(store::Session& session, const std::string& mailbox, const MailboxPlace& place);

// A message that is in the register already: the same bytes in the same mailbox.
Result<bool> is_taken(store::Session& session, const std::string& mailbox, const std::string& sha256);
Result<void> insert_mail(store::Session& session, const TakenMail& mail);
// Newest first; at most 200.
Result<Listing<TakenMail>> list_mails(store::Session& session, const std::string& cursor, std::size_t limit);
// By which a directive or an advisory came; empty: by hand.
Result<std::optional<TakenMail>> mail_of(store::Session& session, const std::string& object_id);

}  // namespace vedette::desk
