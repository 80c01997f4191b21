#include "desk/breaker.h"

#include <gmock/gmock.h>

#include "desk/desk_fixture.h"

namespace vedette::desk {
namespace {

using namespace std::chrono_literals;

struct BreakerTest : DeskTest {
  void SetUp() override {
    two_steps();
    ASSERT_TRUE(desk->save_ladder({{{0, {hook_channel}}}, 0, Severity::kHigh}, "lan"));
  }
  void raise_many(int count) {
    for (int i = 0; i < count; ++i) raise(finding(fmt::format("sites/{}/content", i)));
  }
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    work();
  }
  std::string state() {
    for (const auto& one : copy_of(desk->channels())) {
      if (one.id == hook_channel) return one.state;
    }
    return "";
  }
};

TEST_F(BreakerTest, AFailingChannelIsLeftAloneAndTriedWithOneMessage) {
  sent.http_status = 503;
  raise_many(10);
  work();
  EXPECT_EQ(sent.calls.size(), 3u) << "it opens after three, the other seven wait";
  pass(14s);
  EXPECT_EQ(sent.calls.size(), 3u);
  pass(2s);
  EXPECT_EQ(sent.calls.size(), 4u) << "half-open: one";
  pass(29s);
  EXPECT_EQ(sent.calls.size(), 4u) << "open again, and for longer";
  pass(2s);
  EXPECT_EQ(sent.calls.size(), 5u);
  sent.http_status = 200;
  pass(61s);
  EXPECT_EQ(sent.calls.size(), 15u) << "the one that tried it, then all the others";
  EXPECT_EQ(state(), "ok");
  EXPECT_EQ(desk->status()->outbox_pending, 0);
}

TEST_F(BreakerTest, ARestartTriesItNoSooner) {
  sent.http_status = 503;
  raise_many(5);
  work();
  restart();
  work();
  EXPECT_EQ(sent.calls.size(), 3u);
  pass(16s);
  EXPECT_EQ(sent.calls.size(), 4u);
}

TEST_F(BreakerTest, ATestThatPassesSendsWhatWaitedAtOnce) {
  sent.http_status = 503;
  raise_many(5);
  work();
  sent.http_status = 200;
  ASSERT_TRUE(desk->test_channel(hook_channel, "lan"));
  auto before = sent.calls.size();
  work();
  EXPECT_EQ(sent.calls.size(), before + 5);
}

TEST_F(BreakerTest, ChannelsThatWorkAreNotHeldUp) {
  sent.http_status = 503;
  raise_many(5);
  work();
  ASSERT_TRUE(desk->save_ladder({{{0, {mail_channel}}}, 0, Severity::kHigh}, "lan"));
  raise(finding("sites/other/content"));
  auto mails = sent.mails.size();
  work();
  EXPECT_GT(sent.mails.size(), mails);
}

}  // namespace
}  // namespace vedette::desk
