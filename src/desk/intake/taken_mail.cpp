#include "desk/intake/taken_mail.h"

#include "desk/list_cursor.h"

namespace vedette::desk {
namespace {

constexpr std::string_view kMailColumns =
    "id, mailbox, uid_validity, uid, sha256, message_id, sender, sender_name, subject, spf, dkim, dmarc, "
    "received_at, made_at, outcome, reason, object_id";

Result<TakenMail> mail_from(const store::Row& row) {
  return TakenMail{.id = row.text(0),
                   .mailbox = row.text(1),
                   .uid_validity = static_cast<std::uint32_t>(row.integer(2)),
                   .uid = static_cast<std::uint32_t>(row.integer(3)),
                   .sha256 = row.text(4),
                   .message_id = row.text(5),
                   .sender = row.text(6),
                   .sender_name = row.text(7),
                   .subject = row.text(8),
                   .authentication = {row.text(9), row.text(10), row.text(11)},
                   .received_at = from_unix_ms(row.integer(12)),
                   .made_at = from_unix_ms(row.integer(13)),
                   .outcome = row.text(14),
                   .reason = row.text(15),
                   .object_id = row.text(16)};
}

}  // namespace

Result<MailboxPlace> load_place(store::Session& session, const std::string& mailbox) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT uid_validity, next_uid, failing FROM intake_places WHERE mailbox = ?",
                           {mailbox}));
  if (rows.empty()) return MailboxPlace{};
  return MailboxPlace{static_cast<std::uint32_t>(rows[0].integer(0)),
                      static_cast<std::uint32_t>(rows[0].integer(1)), rows[0].integer(2) != 0};
}

Result<void> save_place(store::Session& session, const std::string& mailbox, const MailboxPlace& place) {
  TRY(session.execute("DELETE FROM intake_places WHERE mailbox = ?", {mailbox}));
  TRY(session.execute("INSERT INTO intake_places(mailbox, uid_validity, next_uid, failing) VALUES (?,?,?,?)",
                      {mailbox, std::int64_t{place.uid_validity}, std::int64_t{place.next_uid},
                       std::int64_t{place.failing}}));
  return {};
}

Result<bool> is_taken(store::Session& session, const std::string& mailbox, const std::string& sha256) {
  TRY_ASSIGN(auto rows, session.query("SELECT 1 FROM intake_mails WHERE mailbox = ? AND sha256 = ? LIMIT 1",
                                      {mailbox, sha256}));
  return !rows.empty();
}

Result<void> insert_mail(store::Session& session, const TakenMail& mail) {
  const auto& said = mail.authentication;
  TRY(session.execute(
      fmt::format("INSERT INTO intake_mails({}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", kMailColumns),
      {mail.id, mail.mailbox, std::int64_t{mail.uid_validity}, std::int64_t{mail.uid}, mail.sha256,
       mail.message_id, mail.sender, mail.sender_name, mail.subject, said.spf, said.dkim, said.dmarc,
       to_unix_ms(mail.received_at), to_unix_ms(mail.made_at), mail.outcome, mail.reason, mail.object_id}));
  return {};
}

Result<Listing<TakenMail>> list_mails(store::Session& session, const std::string& cursor, std::size_t limit) {
  return newest_first<TakenMail>(session, "intake_mails", kMailColumns, cursor, limit, 200, mail_from);
}

Result<std::optional<TakenMail>> mail_of(store::Session& session, const std::string& object_id) {
  TRY_ASSIGN(auto rows, session.query(fmt::format("SELECT {} FROM intake_mails WHERE object_id = ? LIMIT 1",
                                                  kMailColumns),
                                      {object_id}));
  if (rows.empty()) return std::optional<TakenMail>();
  TRY_ASSIGN(auto one, mail_from(rows[0]));
  return std::optional(std::move(one));
}

}  // namespace vedette::desk
