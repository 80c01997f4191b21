#include "desk/intake/intake.h"

#include "base/hash.h"
#include "base/id.h"
#include "base/text/control.h"
#include "desk/intake/intake_findings.h"
#include "mail/received_mail.h"
#include "store/read_value.h"

namespace vedette::desk {
namespace {

constexpr std::uint32_t kWindow = 500;
constexpr int kWindowsMax = 200;  // of one reading: a folder whose numbers have wide holes takes several
constexpr std::int64_t kMailLookBackDays = 30;

bool may_hold_indicators(const mail::MailFile& file) {
  return file.bytes.size() <= AdvisoryLimits::kBytes && file.type != "application/pdf" &&
         !file.type.starts_with("image/") && file.type != "text/html";
}

// Of what can be read as indicators. Their titles are what the files say, else the subject.
std::vector<Advisories::Incoming> advisories_in(const IntakeMailbox& mailbox, const TakenMail& mail,
                                                const std::vector<mail::MailFile>& files) {
  std::vector<Advisories::Incoming> out;
  for (const auto& file : files) {
    if (!may_hold_indicators(file)) continue;
    auto read = read_advisory(file.bytes);
    if (!read || read->indicators.empty()) continue;
    const auto short_of = [](const std::string& text, const std::string& otherwise) {
      return text.empty() || text.size() > AdvisoryRules::kNameBytes || has_control(text) ? otherwise : text;
    };
    const auto reference = fmt::format("mail:{}/{}/{}", mailbox.id, mail.uid, out.size() + 1);
    out.push_back({{.title = short_of(read->title, mail.subject.empty() ? file.name : mail.subject),
                    .reference = short_of(read->reference, reference),
                    .authority = mailbox.authority,
                    .source = file.name,
                    .tlp = read->tlp.value_or(Tlp::kAmber),
                    .by_person = false,
                    .look_back = {.days = kMailLookBackDays}},
                   file.bytes});
  }
  return out;
}

}  // namespace

Result<MailboxPlace> Intake::place_of(const std::string& mailbox) {
  return store::read_value(database_, [&](store::Session& session) { return load_place(session, mailbox); });
}
Result<Listing<TakenMail>> Intake::list(const std::string& cursor, std::size_t limit) {
  return store::read_value(database_,
                           [&](store::Session& session) { return list_mails(session, cursor, limit); });
}
Result<std::optional<TakenMail>> Intake::mail_of(const std::string& object_id) {
  return store::read_value(database_,
                           [&](store::Session& session) { return desk::mail_of(session, object_id); });
}

Result<void> Intake::move_on(const std::string& mailbox, std::uint32_t uid_validity, std::uint32_t next_uid) {
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto place, load_place(session, mailbox));
    return save_place(session, mailbox, {uid_validity, next_uid, place.failing});
  });
}

Result<std::size_t> Intake::read(const IntakeMailbox& mailbox, const std::stop_token& stop) {
  net::ImapFolder folder(mailbox.imap, stop);
  TRY_ASSIGN(const auto state, folder.state());
  TRY_ASSIGN(const auto place, place_of(mailbox.id));
  auto from = place.uid_validity == state.uid_validity ? place.next_uid : 1;
  std::size_t settled = 0;
  for (int i = 0; i < kWindowsMax && from < state.uid_next && settled < kMessagesAtOnce; ++i) {
    const auto to = std::min(state.uid_next - 1, from + kWindow - 1);
    TRY_ASSIGN(auto messages, folder.list(from, to));
    TRY_ASSIGN(auto done,
               read_messages(mailbox, folder, state.uid_validity, messages, kMessagesAtOnce - settled));
    settled += done;
    if (done < messages.size()) return settled;
    from = to + 1;
    TRY(move_on(mailbox.id, state.uid_validity, from));
  }
  return settled;
}

Result<std::size_t> Intake::read_messages(const IntakeMailbox& mailbox, net::ImapFolder& folder,
                                          std::uint32_t uid_validity,
                                          const std::vector<net::ImapMessage>& messages, std::size_t most) {
  std::size_t settled = 0;
  for (const auto& message : messages) {
    if (settled == most) break;
    ++settled;
    TakenMail unread{.mailbox = mailbox.id, .uid_validity = uid_validity, .uid = message.uid};
    unread.received_at = message.received.value_or(clock_.wall());
    if (message.bytes > mail::MailLimits::kBytes) {
      TRY(set_aside(mailbox, unread, "large"));
      continue;
    }
    auto bytes = folder.fetch(uid_validity, message.uid, mail::MailLimits::kBytes);
    if (!bytes && bytes.error().code() == ErrorCode::kLimit) {
      TRY(set_aside(mailbox, unread, "large"));
      continue;
    }
    // Gone since it was listed: somebody moved it.
    if (!bytes && bytes.error().code() == ErrorCode::kNotFound) {
      TRY(move_on(mailbox.id, uid_validity, message.uid + 1));
      continue;
    }
    if (!bytes) return std::unexpected(std::move(bytes).error());
    TRY(take(mailbox, uid_validity, message, *bytes));
  }
  return settled;
}

Result<void> Intake::take(const IntakeMailbox& mailbox, std::uint32_t uid_validity,
                          const net::ImapMessage& message, std::string_view bytes) {
  TakenMail mail{.mailbox = mailbox.id, .uid_validity = uid_validity, .uid = message.uid};
  mail.sha256 = sha256_hex(bytes);
  mail.received_at = std::min(message.received.value_or(clock_.wall()), clock_.wall());
  TRY_ASSIGN(const bool there, store::read_value(database_, [&](store::Session& session) {
               return is_taken(session, mailbox.id, mail.sha256);
             }));
  if (there) return move_on(mailbox.id, uid_validity, message.uid + 1);
  auto read = mail::read_mail(bytes);
  if (!read && read.error().code() == ErrorCode::kUnsupported)
    return std::unexpected(std::move(read).error());
  if (!read) return set_aside(mailbox, mail, "unreadable");
  mail.message_id = read->message_id;
  mail.sender = read->sender;
  mail.sender_name = read->sender_name;
  mail.subject = read->subject;
  mail.authentication = mail::authentication_of(read->authentication_results, mailbox.mail_server);
  if (!lets_in(mailbox, mail.sender)) return set_aside(mailbox, mail, "sender");
  Result<void> done;
  if (mailbox.kind == IntakeKind::kDirectives) {
    std::vector<Directives::Incoming> files;
    for (const auto& file : read->files) files.push_back({file.name, file.bytes});
    mail.outcome = "directive";
    done = take_directive(mailbox, mail, bytes, std::move(read->text), files);
  } else {
    const auto found = advisories_in(mailbox, mail, read->files);
    if (found.empty()) return set_aside(mailbox, mail, "no_indicators");
    mail.outcome = "advisory";
    auto made = advisories_.receive(
        found, "mail:" + mailbox.id,
        [&](const std::vector<Advisory>& all) {
          return std::vector{advisory_received(clock_, mailbox, mail, all)};
        },
        [&](store::Session& session, const std::vector<Advisory>& all) {
          return settle(session, mail, all[0].id);
        });
    if (!made) done = std::unexpected(std::move(made).error());
  }
  const bool refused =
      !done && (done.error().code() == ErrorCode::kInvalid || done.error().code() == ErrorCode::kLimit);
  return refused ? set_aside(mailbox, mail, "refused") : done;
}

Result<void> Intake::take_directive(const IntakeMailbox& mailbox, const TakenMail& mail,
                                    std::string_view bytes, std::string text,
                                    const std::vector<Directives::Incoming>& files) {
  Directive draft{.reference = fmt::format("mail:{}/{}", mailbox.id, mail.uid),
                  .authority = mailbox.authority,
                  .title = mail.subject.find_first_not_of(' ') == std::string::npos ? "–" : mail.subject,
                  .text = std::move(text),
                  .received_at = mail.received_at};
  // As it came: what a signature of the sender's server (DKIM) can be checked against.
  auto all = files;
  all.push_back({"message.eml", bytes});
  auto made = directives_.receive(
      draft, all, "mail:" + mailbox.id,
      [&](const Directive& one) { return std::vector{directive_received(clock_, mailbox, mail, one)}; },
      [&](store::Session& session, const Directive& one) { return settle(session, mail, one.id); });
  if (!made) return std::unexpected(std::move(made).error());
  return {};
}

Result<void> Intake::settle(store::Session& session, TakenMail mail, std::string_view object_id) {
  mail.id = new_id(clock_);
  mail.made_at = clock_.wall();
  mail.object_id = object_id;
  TRY(insert_mail(session, mail));
  TRY_ASSIGN(auto place, load_place(session, mail.mailbox));
  return save_place(session, mail.mailbox, {mail.uid_validity, mail.uid + 1, place.failing});
}

Result<void> Intake::set_aside(const IntakeMailbox& mailbox, const TakenMail& mail, std::string_view reason) {
  auto kept = mail;
  kept.outcome = "set_aside";
  kept.reason = reason;
  return desk_.report_alongside({mail_set_aside(clock_, mailbox, kept)},
                                [&](store::Session& session) { return settle(session, kept, ""); });
}

Result<void> Intake::note_failing(const IntakeMailbox& mailbox, const std::string& trouble) {
  TRY_ASSIGN(auto place, place_of(mailbox.id));
  if (place.failing) return {};
  place.failing = true;
  return desk_.report_alongside({mailbox_failing(clock_, mailbox, trouble)}, [&](store::Session& session) {
    return save_place(session, mailbox.id, place);
  });
}

Result<void> Intake::note_working(const IntakeMailbox& mailbox) {
  TRY_ASSIGN(auto place, place_of(mailbox.id));
  if (!place.failing) return {};
  place.failing = false;
  return desk_.report_alongside({mailbox_works(clock_, mailbox)}, [&](store::Session& session) {
    return save_place(session, mailbox.id, place);
  });
}

}  // namespace vedette::desk
