#include "net/line_socket.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

namespace vedette::net {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class LineSocketTest : public testing::Test {
 protected:
  LineSocketTest() {
    char name[] = "/tmp/vedette-socket-XXXXXX";
    folder_ = ::mkdtemp(name);
    options_.path = folder_ / "eve.sock";
    options_.full_pause = std::chrono::milliseconds(1);
  }
  ~LineSocketTest() override { std::filesystem::remove_all(folder_); }
  LineSocket::Take take() {
    return [this](std::vector<std::string>& lines) {
      std::lock_guard lock(mutex_);
      if (refusals_ > 0 && refusals_--) return false;
      for (auto& line : lines) taken_.push_back(std::move(line));
      changed_.notify_all();
      return true;
    };
  }
  std::vector<std::string> taken(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(60), [&] { return taken_.size() >= count; });
    return taken_;
  }
  int connected() {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, options_.path.data(), options_.path.size());
    const int fd = ::socket(AF_UNIX, options_.datagrams ? SOCK_DGRAM : SOCK_STREAM, 0);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at), 0) << std::strerror(errno);
    return fd;
  }
  static void send(int fd, std::string_view text) {
    EXPECT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }

  std::filesystem::path folder_;
  LineSocketOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> taken_;
  int refusals_ = 0;
};

TEST_F(LineSocketTest, AStreamGivesItsLinesThroughAFullHouse) {
  refusals_ = 3;
  options_.line_bytes_max = 10;
  LineSocket socket(options_, take());
  ASSERT_TRUE(socket.start());
  const int one = connected(), two = connected();
  send(one, "{\"a\":1}\n{\"b\"");
  send(two, "other\n");
  send(one, ":2}\r\n\nthis one is too long\nlast");
  ::close(one);
  EXPECT_THAT(taken(5), UnorderedElementsAre("{\"a\":1}", "other", "{\"b\":2}", "this one i", "last"));
  ::close(two);
  EXPECT_EQ(socket.status().cut, 1u);
  EXPECT_EQ(socket.status().waits, 3u);
}

TEST_F(LineSocketTest, EachDatagramIsALine) {
  options_.datagrams = true;
  options_.line_bytes_max = 10;
  LineSocket socket(options_, take());
  ASSERT_TRUE(socket.start());
  const int one = connected();
  send(one, "{\"a\":1}\n");
  send(one, "this one is too long");
  EXPECT_THAT(taken(2), ElementsAre("{\"a\":1}", "this one i"));
  ::close(one);
  EXPECT_EQ(socket.status().cut, 1u);
}

TEST_F(LineSocketTest, ReplacesWhatADeadServerLeftAndNothingElse) {
  {
    LineSocket first(options_, take());
    ASSERT_TRUE(first.start());
    LineSocket second(options_, take());
    auto refused = second.start();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kConflict);
  }
  EXPECT_FALSE(std::filesystem::exists(options_.path));
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::memcpy(at.sun_path, options_.path.data(), options_.path.size());
  const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(dead, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  ::close(dead);
  {
    LineSocket again(options_, take());
    EXPECT_TRUE(again.start());
  }
  std::ofstream(options_.path) << "mine";
  LineSocket refused(options_, take());
  EXPECT_EQ(refused.start().error().code(), ErrorCode::kConflict);
  EXPECT_TRUE(std::filesystem::exists(options_.path));
  options_.path = "relative";
  LineSocket relative(options_, take());
  EXPECT_EQ(relative.start().error().code(), ErrorCode::kInvalid);
}

}  // namespace
}  // namespace vedette::net
