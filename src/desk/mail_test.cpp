// Mail through the real client to a real SMTP server (aiosmtpd), which must take it and show it whole.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <csignal>

#include "desk/desk_fixture.h"

extern char** environ;

namespace vedette::desk {
namespace {

// Says its port, then for each mail: RCPT, and the headers and text as the email library reads them, as one
// JSON line.
constexpr const char* kServer = R"py(
import asyncio, json, sys, email, email.policy
from aiosmtpd.smtp import SMTP
class Sink:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone"): return "550 5.1.1 no such user"
        if address.startswith("full"): return "452 4.2.2 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        print(json.dumps({"to": envelope.rcpt_tos, "subject": mail["Subject"], "id": mail["Message-ID"],
                          "auto": mail["Auto-Submitted"], "text": mail.get_content()}), flush=True)
        return "250 2.0.0 taken"
async def main():
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Sink(), enable_SMTPUTF8=True), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
)py";

struct MailServer {
  pid_t process = -1;
  FILE* says = nullptr;
  int port = 0;

  MailServer() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    const char* arguments[] = {"/usr/bin/python3", "-c", kServer,
                               nullptr};  // Debian's, which has its packages
    if (posix_spawn(&process, arguments[0], &actions, nullptr, const_cast<char**>(arguments), environ) != 0)
      process = -1;
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    says = ::fdopen(ends[0], "r");
    port = std::atoi(line().c_str());
  }
  ~MailServer() {
    if (process > 0) {
      ::kill(process, SIGKILL);
      ::waitpid(process, nullptr, 0);
    }
    if (says) std::fclose(says);
  }
  std::string line() {
    std::string out;
    for (int c; (c = std::fgetc(says)) != EOF && c != '\n';) out += static_cast<char>(c);
    return out;
  }
};

struct MailTest : DeskTest {};

TEST_F(MailTest, ARealServerTakesTheMailAndTheLinkInItAcknowledges) {
  MailServer server;
  if (server.port == 0) GTEST_SKIP() << "needs python3 with aiosmtpd (Debian: python3-aiosmtpd)";
  DeskCore real({.public_url = "https://vedette.example.org"}, *database, clock, metrics,
                make_net_transport());
  ASSERT_TRUE(real.prepare());
  auto channel = real.save_channel(
      {"", "Trực ca", ChannelKind::kSmtp, true,
       fmt::format(R"({{"host":"127.0.0.1","port":{},"tls":"none","from":"vedette@example.org",)"
                   R"("to":["an@example.org"]}})",
                   server.port)},
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
  auto mail = boost::json::parse(server.line()).as_object();
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

TEST_F(MailTest, ARefusedRecipientIsToldApartFromARefusedMail) {
  MailServer server;
  if (server.port == 0) GTEST_SKIP() << "needs python3 with aiosmtpd (Debian: python3-aiosmtpd)";
  auto code = [&](const std::string& to, const std::string& from = "vedette@example.org") {
    net::SmtpServer at{.host = "127.0.0.1",
                       .port = server.port,
                       .tls = net::SmtpTls::kNone,
                       .user = {},
                       .password = {},
                       .ca_file = {}};
    net::Mail mail;
    mail.from = from;
    mail.to = {to};
    mail.subject = mail.text = "x";
    mail.message_id = "1@example.org";
    auto sent = net::send_mail(at, mail);
    return sent ? std::optional<ErrorCode>() : sent.error().code();
  };
  EXPECT_EQ(code("gone@example.org"), ErrorCode::kNotFound);
  EXPECT_EQ(code("full@example.org"), ErrorCode::kLimit);
  EXPECT_EQ(code("an@example.org"), std::nullopt);
}

}  // namespace
}  // namespace vedette::desk
