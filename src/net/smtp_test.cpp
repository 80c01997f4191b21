// Mails through kept connections to a real server that ends them in its own ways.
#include "net/smtp.h"

#include <gmock/gmock.h>

#include <thread>

#include "net/mail_server_fixture.h"
#include "net/nginx_fixture.h"

namespace vedette::net {
namespace {

using namespace std::chrono_literals;
using testing_server::MailServer;

SmtpServer at(const MailServer& server) {
  return {.host = "127.0.0.1",
          .port = server.port(),
          .tls = SmtpTls::kNone,
          .user = {},
          .password = {},
          .ca_file = {}};
}

Mail mail(const std::string& to = "an@example.org") {
  Mail mail;
  mail.from = "vedette@example.org";
  mail.to = {to};
  mail.subject = mail.text = "x";
  mail.message_id = "1@example.org";
  return mail;
}

ErrorCode code_of(const Result<SmtpAcceptance>& sent) {
  return sent ? ErrorCode::kInternal : sent.error().code();
}

#define NEEDS(server) \
  if ((server).port() == 0) GTEST_SKIP() << "needs python3 with aiosmtpd (Debian: python3-aiosmtpd)"

TEST(Smtp, MailsShareAConnection) {
  MailServer server;
  NEEDS(server);
  SmtpClient client;
  for (int i = 0; i < 5; ++i) {
    auto sent = client.send(at(server), mail());
    ASSERT_TRUE(sent) << sent.error().full();
    EXPECT_EQ(sent->reply, "250 2.0.0 taken");
  }
  auto said = server.stop();
  EXPECT_EQ(said["opened"], 1);
  EXPECT_EQ(said["id"], 5);
}

TEST(Smtp, AHandshakeAndALoginServeManyMails) {
  testing_server::Nginx files;  // for its certificate
  files.make_certificate("DNS:localhost,IP:127.0.0.1");
  MailServer server("tls=" + files.certificate() + "," + files.key());
  NEEDS(server);
  auto to = at(server);
  to.tls = SmtpTls::kStartTls;
  to.user = "vedette";
  to.password = Secret("p4ss");
  to.ca_file = files.certificate();
  SmtpClient client;
  for (int i = 0; i < 3; ++i) {
    auto sent = client.send(to, mail());
    ASSERT_TRUE(sent) << sent.error().full();
  }
  // Another password does not ride on the login of the first.
  auto other = to;
  other.password = Secret("wrong");
  EXPECT_EQ(code_of(client.send(other, mail())), ErrorCode::kUnauthorized);
  auto said = server.stop();
  EXPECT_EQ(said["opened"], 2);
  EXPECT_EQ(said["id"], 3);
}

TEST(Smtp, AConnectionThatTheServerEndedCostsNoFailure) {
  for (const std::string way : {"hangup", "second421", "second451", "mute"}) {
    MailServer server(way);
    NEEDS(server);
    SmtpClient client;
    for (int i = 0; i < 3; ++i) {
      auto sent = client.send(at(server), mail());
      ASSERT_TRUE(sent) << way << ": " << sent.error().full();
      if (way == "hangup") server.next("closed");
      if (way == "mute" && i == 1) break;  // seconds each
    }
    auto said = server.stop();
    EXPECT_EQ(said["id"], way == "mute" ? 2 : 3) << way;
    EXPECT_EQ(said["opened"], way == "mute" ? 2 : 3) << way;
  }
}

// The server may have taken it: only the outbox may try again, under the same key.
TEST(Smtp, AMailWhoseTextWasSentIsNotSentAgainHere) {
  MailServer server("cut-second");
  NEEDS(server);
  SmtpClient client;
  ASSERT_TRUE(client.send(at(server), mail()));
  EXPECT_EQ(code_of(client.send(at(server), mail())), ErrorCode::kUnavailable);
  auto said = server.stop();
  EXPECT_EQ(said["opened"], 1);
  EXPECT_EQ(said["id"], 2);
}

TEST(Smtp, ARefusedRecipientIsToldApartAndAskedOnce) {
  MailServer server;
  NEEDS(server);
  SmtpClient client;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(client.send(at(server), mail()));
    EXPECT_EQ(code_of(client.send(at(server), mail("gone@example.org"))), ErrorCode::kNotFound);
    ASSERT_TRUE(client.send(at(server), mail()));
    EXPECT_EQ(code_of(client.send(at(server), mail("full@example.org"))), ErrorCode::kLimit);
  }
  auto said = server.stop();
  EXPECT_EQ(said["id"], 4);
  EXPECT_EQ(said["rcpt"], 8);
}

TEST(Smtp, WhatIsIdleForTooLongIsClosedAndNoMoreAreKeptThanAllowed) {
  MailServer server;
  NEEDS(server);
  SmtpClient client({.per_server = 2, .most = 16, .idle = 0ms});
  ASSERT_TRUE(client.send(at(server), mail()));
  client.close_idle();
  EXPECT_FALSE(server.next("closed").empty());

  SmtpClient keeping({.per_server = 2, .most = 16, .idle = 1h});
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] { EXPECT_TRUE(keeping.send(at(server), mail("slow@example.org"))); });
  threads.clear();
  // Four at once needed four; two of them were one too many each.
  EXPECT_FALSE(server.next("closed").empty());
  EXPECT_FALSE(server.next("closed").empty());
  ASSERT_TRUE(keeping.send(at(server), mail()));
  auto said = server.stop();
  EXPECT_EQ(said["opened"], 5);
  EXPECT_EQ(said["closed"], 3);
}

}  // namespace
}  // namespace vedette::net
