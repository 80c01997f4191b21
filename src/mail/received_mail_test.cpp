#include "mail/received_mail.h"

#include <gmock/gmock.h>

namespace vedette::mail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ReceivedMail read(std::string_view bytes) {
  auto out = read_mail(bytes);
  EXPECT_TRUE(out) << out.error().full();
  return out.value_or(ReceivedMail{});
}

constexpr std::string_view kLetter =
    "Authentication-Results: mx.example.org;\r\n dkim=pass header.d=a05.example\r\n"
    "Authentication-Results: mx.example.org; dkim=fail\r\n"
    "From: =?utf-8?q?C=E1=BB=A5c_A05?= <Van.Thu@A05.example>\r\n"
    "Message-ID: <7@a05.example>\r\n"
    "Subject: =?utf-8?b?WcOqdSBj4bqndQ==?=\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=xx\r\n\r\n"
    "--xx\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: "
    "quoted-printable\r\n\r\n"
    "C=E0ng s=F3m\r\nc=E0ng t=F4t\r\n"
    "--xx\r\nContent-Type: application/pdf; name=\"../../etc/c=V.pdf\"\r\nContent-Disposition: attachment; "
    "filename=\"..\\\\..\\\\cong-van.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n"
    "--xx\r\nContent-Type: text/csv\r\nContent-Disposition: attachment\r\n\r\nvalue\r\nevil.example\r\n"
    "--xx--\r\n";

TEST(ReceivedMail, IsTakenApart) {
  const auto mail = read(kLetter);
  EXPECT_EQ(mail.message_id, "7@a05.example");
  EXPECT_EQ(mail.sender, "van.thu@a05.example");
  EXPECT_EQ(mail.sender_name, "Cục A05");
  EXPECT_EQ(mail.subject, "Yêu cầu");
  EXPECT_EQ(mail.text, "Càng sóm\ncàng tôt");
  EXPECT_FALSE(mail.cut);
  ASSERT_EQ(mail.files.size(), 2u);
  EXPECT_EQ(mail.files[0].name, "cong-van.pdf") << "no path of the sender's";
  EXPECT_EQ(mail.files[0].type, "application/pdf");
  EXPECT_EQ(mail.files[0].bytes, "%PDF");
  EXPECT_EQ(mail.files[1].name, "part 3");
  EXPECT_THAT(mail.files[1].bytes, testing::HasSubstr("evil.example"));
  EXPECT_THAT(mail.authentication_results,
              ElementsAre("mx.example.org; dkim=pass header.d=a05.example", "mx.example.org; dkim=fail"));
}

TEST(ReceivedMail, ASenderIsOneAddressOrNone) {
  EXPECT_EQ(read("From: a@x.example, b@x.example\r\n\r\nx").sender, "");
  EXPECT_EQ(read("Subject: x\r\n\r\nx").sender, "");
  EXPECT_EQ(read("From: \"van.thu@a05.example\" <evil@x.example>\r\n\r\nx").sender, "evil@x.example");
}

TEST(ReceivedMail, WhatIsHostileIsBounded) {
  std::string deep, many = "From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 2'000; ++i)
    deep += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\r\n\r\n--b" +
            std::to_string(i) + "\r\n";
  EXPECT_EQ(read_mail(deep).error().code(), ErrorCode::kLimit);
  for (int i = 0; i < 1'000; ++i) many += "--b\r\nContent-Type: application/pdf\r\n\r\nx\r\n";
  const auto mail = read(many + "--b--\r\n");
  EXPECT_EQ(mail.files.size(), MailLimits::kFiles);
  EXPECT_TRUE(mail.cut);
  const auto large = read("From: a@x.example\r\nSubject: a\x01\xff\r\n\r\n" + std::string(100'000, 'x'));
  EXPECT_EQ(large.text.size(), MailLimits::kTextBytes);
  EXPECT_TRUE(large.cut);
  EXPECT_EQ(large.subject.find('\x01'), std::string::npos);
  EXPECT_EQ(read_mail(std::string(MailLimits::kBytes + 1, 'x')).error().code(), ErrorCode::kLimit);
  (void)read_mail("");
}

}  // namespace
}  // namespace vedette::mail
