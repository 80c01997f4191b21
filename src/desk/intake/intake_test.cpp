#include "desk/intake/intake.h"

#include <gmock/gmock.h>

#include <fstream>

#include "desk/desk_fixture.h"

namespace vedette::desk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct IntakeTest : DeskTest {
  std::unique_ptr<Directives> directives;
  Advisories advisories{*database, *desk, clock};
  std::unique_ptr<Intake> intake;
  IntakeMailbox asks{
      .id = "a05", .authority = "A05", .senders = {"@a05.example"}, .mail_server = "mx.example.org"};
  IntakeMailbox warns{
      .id = "cert", .kind = IntakeKind::kAdvisories, .authority = "CERT", .senders = {"soc@cert.example"}};

  void SetUp() override {
    clock.jump_wall(*parse_rfc3339("2026-11-20T02:00:00Z") - clock.wall());
    auto opened = Directives::open(*database, *desk, clock, folder / "directives", folder / "state.db.key");
    ASSERT_TRUE(opened) << opened.error().full();
    directives = *std::move(opened);
    intake = std::make_unique<Intake>(*database, *desk, *directives, advisories, clock);
  }
  static std::string letter(const std::string& from, const std::string& file = "%PDF",
                            const std::string& type = "application/pdf") {
    return "Authentication-Results: mx.example.org; dkim=pass; spf=fail\r\nFrom: A05 <" + from +
           ">\r\nSubject: Request 7\r\nMessage-ID: <7@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
           "--b\r\nContent-Type: text/plain\r\n\r\nFrom 08:00\r\n--b\r\nContent-Type: " +
           type + "; name=letter\r\nContent-Disposition: attachment\r\n\r\n" + file + "\r\n--b--\r\n";
  }
  void take(const IntakeMailbox& mailbox, std::uint32_t uid, std::string_view bytes,
            std::uint32_t uid_validity = 9) {
    auto taken =
        intake->take(mailbox, uid_validity, {uid, bytes.size(), clock.wall() - std::chrono::hours(3)}, bytes);
    ASSERT_TRUE(taken) << taken.error().full();
  }
  std::vector<TakenMail> mails() { return copy_of(intake->list("", 50)).items; }
  std::vector<std::string> kinds() {
    std::vector<std::string> out;
    for (const auto& one : copy_of(desk->alerts({.limit = 100})).items) out.push_back(one.kind);
    std::ranges::sort(out);
    return out;
  }
  MailboxPlace place(const std::string& mailbox) {
    MailboxPlace out;
    EXPECT_TRUE(database->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(out, load_place(session, mailbox));
      return {};
    }));
    return out;
  }
};

TEST_F(IntakeTest, ALetterIsADirectiveThatNobodyHasVerified) {
  take(asks, 4, letter("van.thu@a05.example"));
  const auto all = copy_of(directives->list({})).items;
  ASSERT_THAT(all, SizeIs(1));
  const auto& one = all[0];
  EXPECT_EQ(one.state, DirectiveState::kReceived);
  EXPECT_EQ(one.title, "Request 7");
  EXPECT_EQ(one.text, "From 08:00");
  EXPECT_EQ(one.made_by, "mail:a05");
  EXPECT_EQ(one.received_at, clock.wall() - std::chrono::hours(3)) << "when the mail server got it";
  ASSERT_THAT(one.files, SizeIs(2));
  EXPECT_EQ(copy_of(directives->view(one.id, one.files[0].id, "an")), "%PDF");
  EXPECT_EQ(copy_of(directives->view(one.id, one.files[1].id, "an")), letter("van.thu@a05.example"));
  EXPECT_THAT(kinds(), ElementsAre("directive_received"));
  EXPECT_FALSE(directives->verify(one.id, "called back", "an")) << "on what legal basis?";
  auto filled = one;
  filled.revision = copy_of(directives->get(one.id)).directive.revision;
  filled.legal_basis = "Luật 116/2025/QH15";
  copy_of(directives->change(filled, "lan"));
  EXPECT_EQ(copy_of(directives->verify(one.id, "called back", "an")).state, DirectiveState::kVerified);
  const auto mail = copy_of(intake->mail_of(one.id));
  ASSERT_TRUE(mail);
  EXPECT_EQ(mail->sender, "van.thu@a05.example");
  EXPECT_EQ(mail->authentication.dkim, "pass");
  EXPECT_EQ(mail->authentication.spf, "fail");
  EXPECT_TRUE(desk->verify_audit());
}

TEST_F(IntakeTest, NoMessageIsTakenTwice) {
  take(asks, 4, letter("van.thu@a05.example"));
  take(asks, 4, letter("van.thu@a05.example"));
  EXPECT_EQ(place("a05").next_uid, 5u);
  take(asks, 1, letter("van.thu@a05.example"), 10);
  EXPECT_EQ(place("a05").uid_validity, 10u) << "the folder was numbered anew";
  EXPECT_EQ(place("a05").next_uid, 2u);
  EXPECT_THAT(copy_of(directives->list({})).items, SizeIs(1));
  EXPECT_THAT(mails(), SizeIs(1));
}

TEST_F(IntakeTest, WhatIsNotFinishedIsNotThere) {
  ASSERT_TRUE(database->write([](store::Session& session) -> Result<void> {
    TRY(session.execute("DROP TABLE intake_mails"));
    return {};
  }));
  EXPECT_FALSE(intake->take(asks, 9, {4, 1, {}}, letter("van.thu@a05.example")));
  EXPECT_THAT(copy_of(directives->list({})).items, IsEmpty());
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(folder / "directives")) << "no file that nothing names";
  EXPECT_EQ(place("a05").next_uid, 1u);
}

TEST_F(IntakeTest, AStrangerIsSetAsideVisibly) {
  take(asks, 4, letter("van.thu@a05.example.evil.example"));
  take(asks, 5, "Subject: no sender\r\n\r\nx");
  take(warns, 6, letter("soc@cert.example"));
  EXPECT_THAT(copy_of(directives->list({})).items, IsEmpty());
  std::vector<std::string> reasons;
  for (const auto& one : mails()) reasons.push_back(one.mailbox + " " + one.outcome + " " + one.reason);
  EXPECT_THAT(reasons,
              ElementsAre("cert set_aside no_indicators", "a05 set_aside sender", "a05 set_aside sender"));
  EXPECT_THAT(kinds(), ElementsAre("mail_set_aside", "mail_set_aside")) << "one for each mailbox";
  EXPECT_EQ(place("a05").next_uid, 6u);
}

TEST_F(IntakeTest, IndicatorsAreAnAdvisoryThatWaitsForALead) {
  take(warns, 3, letter("soc@cert.example", "value\r\nevil.example\r\n203.0.113.7\r\n", "text/csv"));
  const auto all = copy_of(advisories.list("", 10)).items;
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].indicators, 2);
  EXPECT_EQ(all[0].title, "Request 7");
  EXPECT_FALSE(all[0].confirmed_at);
  EXPECT_THAT(copy_of(advisories.watched(clock.wall())), IsEmpty());
  EXPECT_FALSE(advisories.confirm(all[0].id, "an", false));
  EXPECT_TRUE(advisories.confirm(all[0].id, "an", true));
  EXPECT_THAT(copy_of(advisories.watched(clock.wall())), SizeIs(1));
  EXPECT_THAT(kinds(), ElementsAre("advisory_received"));
  EXPECT_EQ(mails()[0].object_id, all[0].id);
}

TEST_F(IntakeTest, AMailboxThatCannotBeReadIsSaidOnceAndEnds) {
  ASSERT_TRUE(intake->note_working(asks));
  EXPECT_THAT(kinds(), IsEmpty());
  ASSERT_TRUE(intake->note_failing(asks, "refused \xff"));
  ASSERT_TRUE(intake->note_failing(asks, "refused"));
  ASSERT_THAT(kinds(), ElementsAre("mailbox_failing"));
  take(asks, 4, letter("van.thu@a05.example"));
  EXPECT_TRUE(place("a05").failing) << "a message taken in does not hide it";
  ASSERT_TRUE(intake->note_working(asks));
  EXPECT_TRUE(copy_of(desk->alerts({.kind = "mailbox_failing", .limit = 10})).items[0].condition_resolved);
  EXPECT_FALSE(place("a05").failing);
}

TEST_F(IntakeTest, AMailboxIsReadFromItsFile) {
  std::ofstream(folder / "secret") << "pass word\n";
  const auto file = [&](const std::string& more) {
    return "id = \"a05\"\nkind = \"directives\"\nhost = \"mail.example.org\"\nuser = "
           "\"vedette\"\npassword_file = \"" +
           (folder / "secret").string() + "\"\nauthority = \"A05\"\n" + more;
  };
  const auto good = parse_intake_mailbox(
      file("senders = [\"Van.Thu@A05.example\", \"@b.example\"]\ntls = \"starttls\"\n"), "a.toml");
  ASSERT_TRUE(good) << good.error().full();
  EXPECT_EQ(good->imap.port, 143);
  EXPECT_EQ(good->imap.password.reveal(), "pass word");
  EXPECT_TRUE(lets_in(*good, "van.thu@a05.example"));
  EXPECT_TRUE(lets_in(*good, "x@b.example"));
  EXPECT_FALSE(lets_in(*good, "x@evilb.example"));
  EXPECT_FALSE(lets_in(*good, ""));
  for (const auto* wrong :
       {"", "senders = [\"a05.example\"]\n", "senders = [\"@a\"]\nfolder = \"a\\r\\nb\"\n",
        "senders = [\"@a\"]\ntls = \"none\"\n", "senders = [\"@a\"]\npassword = \"x\"\n"}) {
    const auto refused = parse_intake_mailbox(file(wrong), "a.toml");
    ASSERT_FALSE(refused) << wrong;
    EXPECT_THAT(refused.error().message(), HasSubstr("a.toml"));
  }
}

}  // namespace
}  // namespace vedette::desk
