// Mail through the real client to a real SMTP server (aiosmtpd), which must take it and show it whole.
#include <gmock/gmock.h>

#include "desk/desk_fixture.h"
#include "net/mail_server_fixture.h"

namespace vedette::desk {
namespace {

using net::testing_server::MailServer;

struct MailTest : DeskTest {};

TEST_F(MailTest, ARealServerTakesTheMailAndTheLinkInItAcknowledges) {
  MailServer server;
  if (server.port() == 0) GTEST_SKIP() << "needs python3 with aiosmtpd (Debian: python3-aiosmtpd)";
  DeskCore real({.public_url = "https://vedette.example.org"}, *database, clock, metrics,
                make_net_transport());
  ASSERT_TRUE(real.prepare());
  auto channel = real.save_channel(
      {"", "Trực ca", ChannelKind::kSmtp, true,
       fmt::format(R"({{"host":"127.0.0.1","port":{},"tls":"none","from":"vedette@example.org",)"
                   R"("to":["an@example.org"]}})",
                   server.port())},
      "lan");
  ASSERT_TRUE(channel) << channel.error().full();
  ASSERT_TRUE(real.save_ladder({{{0, {channel->id}}}, 0, Severity::kHigh}, "lan"));
  ASSERT_TRUE(real.report({finding()}));
  auto tried = real.send_due();
  ASSERT_TRUE(tried) << tried.error().full();
  auto alert = find(finding().dedup_key);
  auto notifications = copy_of(real.notifications(alert.id));
  ASSERT_EQ(notifications.size(), 1u);
  EXPECT_EQ(notifications[0].state, "accepted") << notifications[0].last_error;
  EXPECT_THAT(notifications[0].receipt, testing::HasSubstr("250 2.0.0 taken"));
  auto mail = server.next("id");
  EXPECT_EQ(mail.at("subject").as_string(), "[Nghiêm trọng] Trang chủ đã bị thay — Cổng thông tin");
  EXPECT_EQ(mail.at("to").as_array().at(0).as_string(), "an@example.org");
  EXPECT_EQ(mail.at("auto").as_string(), "auto-generated");
  EXPECT_THAT(std::string(mail.at("id").as_string()),
              testing::HasSubstr(notifications[0].id + "@vedette.example.org"));
  std::string text(mail.at("text").as_string());
  EXPECT_THAT(text, testing::HasSubstr("Việc cần làm: Khôi phục trang từ bản sao lưu"));
  auto at = text.find("https://vedette.example.org/a/");
  ASSERT_NE(at, std::string::npos);
  auto acknowledged = real.acknowledge_by_link(text.substr(at + 30, 64));
  ASSERT_TRUE(acknowledged) << acknowledged.error().full();
  EXPECT_EQ(acknowledged->acknowledged_by, "link/an@example.org");
}

}  // namespace
}  // namespace vedette::desk
