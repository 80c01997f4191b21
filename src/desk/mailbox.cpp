#include "desk/mailbox.h"

#include "desk/delivery.h"

namespace vedette::desk {

Delivered deliver_mailbox(const Parcel& parcel, Transport&) {
  CaughtMail mail{parcel.key, parcel.target, parcel.notice.subject, parcel.notice.text(),
                  parcel.desk.clock.wall()};
  return Accepted{"", std::move(mail)};
}

Result<void> catch_mail(store::Session& session, const CaughtMail& mail) {
  TRY(session.execute(
      "INSERT INTO mailbox(id, recipient, subject, body, at) VALUES (?,?,?,?,?) ON CONFLICT(id) DO NOTHING",
      {mail.id, mail.to, mail.subject, mail.text, to_unix_ms(mail.at)}));
  TRY(session.execute(
      "DELETE FROM mailbox WHERE id IN (SELECT id FROM mailbox ORDER BY at DESC, id DESC LIMIT 100 OFFSET ?)",
      {kMailboxMax}));
  return {};
}

Result<std::vector<CaughtMail>> caught_mails(store::Session& session, std::size_t limit) {
  TRY_ASSIGN(
      auto rows,
      session.query("SELECT id, recipient, subject, body, at FROM mailbox ORDER BY at DESC, id DESC LIMIT ?",
                    {static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, kMailboxMax))}));
  std::vector<CaughtMail> mails;
  for (const auto& row : rows) {
    mails.push_back({row.text(0), row.text(1), row.text(2), row.text(3), from_unix_ms(row.integer(4))});
  }
  return mails;
}

}  // namespace vedette::desk
