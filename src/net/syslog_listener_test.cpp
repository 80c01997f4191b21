#include "net/syslog_listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/nginx_fixture.h"
#include "net/raw_client.h"

namespace vedette::net {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing_client::RawClient;

class SyslogListenerTest : public testing::Test {
 protected:
  void start(SyslogTransport transport, SyslogListenerOptions options = {}) {
    options.endpoints = {{transport, "127.0.0.1", 0}};
    listener_ = make_syslog_listener(
        std::move(options),
        [this](std::vector<SyslogMessage>& batch) {
          std::lock_guard lock(mutex_);
          if (!room_) {
            ++refusals_;
            changed_.notify_all();
            return false;
          }
          for (auto& one : batch) messages_.push_back(std::move(one));
          changed_.notify_all();
          return true;
        },
        metrics_);
    auto started = listener_->start();
    ASSERT_TRUE(started) << started.error().full();
  }
  std::string target() const { return std::to_string(listener_->port(0)); }
  void run(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }
  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return messages_.size() >= count; });
    std::vector<std::string> out;
    for (const auto& one : messages_) out.push_back(one.bytes);
    return out;
  }
  void set_room(bool room) {
    std::lock_guard lock(mutex_);
    room_ = room;
  }
  void wait_for_refusals(int count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return refusals_ >= count; }));
  }

  Metrics metrics_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<SyslogMessage> messages_;
  bool room_ = true;
  int refusals_ = 0;
  std::unique_ptr<SyslogListener> listener_;
};

// logger(1) of Debian is the sender.
TEST_F(SyslogListenerTest, TakesDatagramsOfARealSender) {
  start(SyslogTransport::kUdp);
  run("logger --udp --server 127.0.0.1 --port " + target() + " --rfc5424 -t unit 'một thông điệp'");
  run("logger --udp --server 127.0.0.1 --port " + target() + " --rfc3164 -t unit second");
  EXPECT_THAT(wait_for(2), ElementsAre(HasSubstr("một thông điệp"), HasSubstr("second")));
  EXPECT_EQ(messages_[0].peer, "127.0.0.1");
}

TEST_F(SyslogListenerTest, TakesBothFramingsOverTcp) {
  start(SyslogTransport::kTcp);
  run("logger --tcp --server 127.0.0.1 --port " + target() + " --rfc5424 -t unit line");
  run("logger --tcp --octet-count --server 127.0.0.1 --port " + target() + " --rfc5424 -t unit counted");
  EXPECT_THAT(wait_for(2), testing::UnorderedElementsAre(HasSubstr("line"), HasSubstr("counted")));
}

TEST_F(SyslogListenerTest, TakesTls) {
  testing_server::Nginx files;  // for its key and certificate
  SyslogListenerOptions options;
  options.tls = TlsFiles{files.certificate(), files.key()};
  start(SyslogTransport::kTls, std::move(options));
  run("printf '19 <13>1 over TLS here' | timeout 20 openssl s_client -quiet -no_ign_eof -connect 127.0.0.1:" +
      target() + " -CAfile " + files.certificate() + " -verify_return_error >/dev/null 2>&1");
  EXPECT_THAT(wait_for(1), ElementsAre("<13>1 over TLS here"));
}

TEST_F(SyslogListenerTest, WithoutRoomAStreamWaitsAndADatagramIsCounted) {
  SyslogListenerOptions options;
  options.full_pause = std::chrono::milliseconds(1);
  start(SyslogTransport::kTcp, std::move(options));
  set_room(false);
  RawClient client(listener_->port(0));
  client.send("<13>waits\n");
  wait_for_refusals(3);
  set_room(true);
  EXPECT_THAT(wait_for(1), ElementsAre("<13>waits"));
  EXPECT_EQ(listener_->status().udp_dropped, 0u);
  listener_.reset();

  messages_.clear();
  start(SyslogTransport::kUdp);
  set_room(false);
  run("logger --udp --server 127.0.0.1 --port " + target() + " lost");
  wait_for_refusals(4);
  set_room(true);
  run("logger --udp --server 127.0.0.1 --port " + target() + " kept");
  EXPECT_THAT(wait_for(1), ElementsAre(HasSubstr("kept")));
  EXPECT_EQ(listener_->status().udp_dropped, 1u);
}

TEST_F(SyslogListenerTest, WhatIsNoSyslogEndsTheConnectionAndIsCounted) {
  start(SyslogTransport::kTcp);
  RawClient client(listener_->port(0));
  client.send("99999999 too long");
  EXPECT_EQ(client.read_all(), "");
  EXPECT_EQ(listener_->status().broken_streams, 1u);
}

TEST_F(SyslogListenerTest, MoreConnectionsThanAllowedAreRefused) {
  SyslogListenerOptions options;
  options.connections_max = 1;
  start(SyslogTransport::kTcp, std::move(options));
  RawClient first(listener_->port(0));
  first.send("<13>first\n");
  wait_for(1);
  RawClient second(listener_->port(0));
  EXPECT_EQ(second.read_all(), "");
  EXPECT_EQ(listener_->status().refused_connections, 1u);
}

TEST_F(SyslogListenerTest, AnAddressThatIsNotOursIsNamed) {
  SyslogListenerOptions options;
  options.endpoints = {{SyslogTransport::kTcp, "192.0.2.1", 1514}};
  auto second = make_syslog_listener(std::move(options), [](auto&) { return true; }, metrics_);
  auto started = second->start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().full(), HasSubstr("192.0.2.1 port 1514"));
}

}  // namespace
}  // namespace vedette::net
