#include "net/mail_message.h"

#include <gmock/gmock.h>

namespace vedette::net {
namespace {

using testing::HasSubstr;
using testing::Not;

Mail sample() {
  Mail mail;
  mail.from = "Vedette <vedette@example.org>";
  mail.to = {"truc@example.vn"};
  mail.subject = "[Nghiêm trọng] Trang web bị thay thế — Cổng thông tin";
  mail.text = "Dòng một\nDòng hai\n.";
  mail.message_id = "alert-1@example.org";
  return mail;
}

TEST(MailMessage, EncodesVietnameseAndKeepsLinesShort) {
  auto written = write_mail(sample(), from_unix_ms(1'700'000'000'000));
  ASSERT_TRUE(written.has_value());
  EXPECT_THAT(*written, HasSubstr("Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"));
  EXPECT_THAT(*written, HasSubstr("From: \"Vedette\" <vedette@example.org>\r\n"));
  EXPECT_THAT(*written, HasSubstr("Subject: =?UTF-8?B?"));
  EXPECT_THAT(*written, HasSubstr("Message-ID: <alert-1@example.org>\r\n"));
  std::size_t longest = 0, from = 0;
  for (auto at = written->find("\r\n"); at != std::string::npos;
       from = at + 2, at = written->find("\r\n", from)) {
    longest = std::max(longest, at - from);
  }
  EXPECT_LE(longest, 78u);
  EXPECT_TRUE(std::all_of(written->begin(), written->end(),
                          [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}

TEST(MailMessage, ForeignTextCannotAddAHeader) {
  auto mail = sample();
  mail.subject = "x\r\nBcc: everyone@example.org";
  EXPECT_THAT(write_mail(mail, {}).value(), Not(HasSubstr("\nBcc:")));
  mail = sample();
  mail.to = {"a@example.org\r\nBcc: b@example.org"};
  EXPECT_FALSE(write_mail(mail, {}).has_value());
  mail = sample();
  mail.headers = {{"X-Test", "a\nBcc: b@example.org"}};
  EXPECT_FALSE(write_mail(mail, {}).has_value());
}

TEST(MailMessage, RefusesWhatIsNoAddress) {
  for (auto text : {"", "nobody", "@example.org", "a@", "a b@example.org", "a@b,c@d"}) {
    EXPECT_FALSE(mail_address(text).has_value()) << text;
  }
  EXPECT_EQ(mail_address("Trực ban <truc@example.vn>").value(), "truc@example.vn");
}

}  // namespace
}  // namespace vedette::net
