#include "agent/logs/log_follower.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>

#include "agent/logs/log_record.h"
#include "agent/logs/tail_source.h"
#include "base/text/base64.h"
#include "store/temporary_folder.h"

namespace vedette::agent {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;

struct LogFollowerTest : testing::Test {
  LogFollowerTest() { open(); }
  void open() {
    follower.reset();
    spool.reset();
    spool = Spool::open(options, clock, metrics).value();
    follower = std::make_unique<LogFollower>(LogFollower::Options{.zone = "UTC"}, *spool, clock,
                                             [this] { ++added; });
    follower->set_sources(sources);
  }
  void use(LogSources wanted) {
    sources = std::move(wanted);
    follower->set_sources(sources);
  }
  void add(const std::string& text, const std::string& name = "app.log") {
    std::ofstream(folder / name, std::ios::app) << text;
  }
  void read() {
    clock.advance(LogFollower::kLookForFiles);
    while (follower->turn()) {
    }
  }
  // What the spool holds, as "file: lines" in order.
  std::vector<std::string> told() {
    std::vector<std::string> out;
    const auto batch = spool->next(100'000, 1u << 30).value();
    for (const auto& record : batch.records) {
      const auto body = json::parse(record.body).as_object();
      const auto source = fs::path(std::string(body.at("source").as_string())).filename().string();
      if (body.at("kind") == "log_gap") {
        out.push_back(source + ": gap");
        continue;
      }
      const auto* text = body.if_contains("text");
      auto content = text ? std::string(text->as_string()) : base64_decode(body.at("base64").as_string());
      std::ranges::replace(content, '\n', '|');
      out.push_back(source + ": " + content);
    }
    return out;
  }
  std::string pattern(const std::string& name) { return (folder.path() / name).string(); }

  store::TemporaryFolder folder, state;
  ManualClock clock;
  Metrics metrics;
  SpoolOptions options{.file = state.path() / "logs.db", .record_bytes_max = 2u << 20, .drop_oldest = false};
  LogSources sources;
  int added = 0;
  std::unique_ptr<Spool> spool;
  std::unique_ptr<LogFollower> follower;
};

TEST_F(LogFollowerTest, OldLinesAreLeftAndNewFilesReadFromTheirBeginning) {
  add("old\n");
  use({{{pattern("*.log"), "text"}}, false});
  read();
  EXPECT_THAT(told(), ElementsAre());
  add("new\n");
  add("first\n", "other.log");
  read();
  EXPECT_THAT(told(), ElementsAre("app.log: new|", "other.log: first|"));
  EXPECT_EQ(follower->view().files, 2u);
  EXPECT_GE(added, 1);
  open();
  add("newer\n");
  read();
  EXPECT_THAT(told(), ElementsAre("app.log: new|", "other.log: first|", "app.log: newer|"));
}

TEST_F(LogFollowerTest, RotatedFilesAreReadOnceUnderTheirName) {
  use({{{pattern("app.log*"), "text"}}, false});
  read();
  add("one\n");
  read();
  add("two\n");
  fs::rename(folder / "app.log", folder / "app.log.1");
  add("three\n");
  read();
  read();
  EXPECT_THAT(told(), ElementsAre("app.log: one|", "app.log: two|three|"));
}

TEST_F(LogFollowerTest, WhatIsGoneBeforeItWasReadIsToldOnce) {
  use({{{pattern("app.log"), "text"}}, false});
  read();
  add("one\n");
  read();
  open();  // stopped, and meanwhile …
  fs::remove(folder / "app.log");
  add("another file\n");
  read();
  open();
  read();
  EXPECT_THAT(told(), ElementsAre("app.log: one|", "app.log: gap", "app.log: another file|"));
}

TEST_F(LogFollowerTest, AFullSpoolStopsTheReadingAndLosesNothing) {
  options.bytes_max = 20'000;
  open();
  use({{{pattern("app.log"), "text"}}, false});
  read();
  std::string all;
  std::uint64_t state = 1;
  for (int i = 0; i < 1000; ++i) {
    std::string line;
    for (int j = 0; j < 40; ++j)
      line += static_cast<char>('a' + ((state = state * 6364136223846793005u + 1) >> 33) % 26);
    line += std::to_string(i);
    all += "app.log: " + line + "|";
    add(line + "\n");
    if (i % 20 == 0) read();
  }
  read();
  EXPECT_THAT(follower->view().paused, HasSubstr("full"));
  std::string got;
  for (int i = 0; i < 400; ++i) {
    if (i == 10) open();  // stopped while it is full
    const auto batch = spool->next(1, 1).value();
    if (batch.records.empty()) break;
    for (const auto& one : told()) {
      got += one;
      break;
    }
    ASSERT_TRUE(spool->acknowledge(batch.records[0].sequence));
    read();
  }
  EXPECT_TRUE(follower->view().paused.empty());
  // Pieces are as large as there is room for; the lines are what counts.
  auto lines = [](std::string text) {
    for (std::size_t at = 0; (at = text.find("app.log: ")) != text.npos;) text.erase(at, 9);
    return text;
  };
  EXPECT_TRUE(lines(got) == lines(all));
}

TEST_F(LogFollowerTest, AnyBytesComeThrough) {
  use({{{pattern("app.log"), "text"}}, false});
  read();
  const std::string odd("a\xFF\x00\"\\\tb", 7);
  add(odd + "\n" + std::string(1000, '"') + "\n");
  read();
  EXPECT_THAT(told(), ElementsAre("app.log: " + odd + "|" + std::string(1000, '"') + "|"));
}

TEST_F(LogFollowerTest, ALineAsLongAsAnyIsTaken) {
  use({{{pattern("app.log"), "text"}}, false});
  read();
  for (const char c : {'x', '"', '\x01'}) add(std::string(logs::kEventBytesMax, c) + "\n");
  read();
  EXPECT_EQ(spool->status()->records, 3u);
}

TEST_F(LogFollowerTest, AnEventOfAnAuditLogIsNotTakenApart) {
  use({{{pattern("audit.log"), "audit"}}, false});
  read();
  add("type=SYSCALL msg=audit(1.000:7): a\n", "audit.log");
  read();  // ten seconds later: nobody adds to it any more
  add("type=SYSCALL msg=audit(1.000:8): b\n", "audit.log");
  follower->turn();
  add("type=PATH msg=audit(1.000:8): c\ntype=EOE msg=audit(1.000:8): \ntype=LOGIN msg=audit(2.000:9): d\n",
      "audit.log");
  follower->turn();
  open();  // what was held back is read again
  read();
  read();
  EXPECT_THAT(told(), ElementsAre("audit.log: type=SYSCALL msg=audit(1.000:7): a|",
                                  "audit.log: type=SYSCALL msg=audit(1.000:8): b|type=PATH "
                                  "msg=audit(1.000:8): c|type=EOE msg=audit(1.000:8): |",
                                  "audit.log: type=LOGIN msg=audit(2.000:9): d|"));
}

TEST_F(LogFollowerTest, WhatCannotBeReadIsNamed) {
  fs::create_directory(folder / "app.log");
  use({{{pattern("app.log"), "text"}, {pattern("other.log"), "text"}}, false});
  read();
  EXPECT_EQ(follower->view().files, 0u);
  add("x\n", "other.log");
  read();
  EXPECT_EQ(follower->view().files, 1u);
}

// kill -9 while lines are added, rotated and sent: each line once.
TEST_F(LogFollowerTest, KilledAtAnyTimeEachLineComesOnce) {
  use({{{pattern("app.log"), "text"}}, false});
  read();
  add("0\n");
  read();
  follower.reset();
  spool.reset();
  std::uint64_t state = 20261129;
  auto random = [&] { return state = state * 6364136223846793005u + 1442695040888963407u, state >> 33; };
  int next = 1;
  auto rotated_at = SystemClock().steady();
  for (int round = 0; round < 20; ++round) {
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      SystemClock real;
      auto own = Spool::open(options, real, metrics).value();
      LogFollower following({.interval = std::chrono::milliseconds(1)}, *own, real, [] {});
      following.set_sources(sources);
      following.start();
      for (;;) ::pause();
    }
    const auto end = SystemClock().steady() + std::chrono::milliseconds(20 + random() % 60);
    while (SystemClock().steady() < end) {
      std::string lines;
      for (std::uint64_t i = random() % 50; i > 0; --i) lines += std::to_string(next++) + "\n";
      add(lines);
      // The times of change of a file system tick every few milliseconds.
      if (random() % 20 == 0 && SystemClock().steady() - rotated_at > std::chrono::milliseconds(12)) {
        rotated_at = SystemClock().steady();
        fs::rename(folder / "app.log", folder / ("app.log." + std::to_string(next)));
        add("");
      }
      ::usleep(500);
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  open();
  read();
  read();
  std::string all;
  for (const auto& one : told()) {
    ASSERT_TRUE(one.starts_with("app.log: ") && !one.ends_with("gap")) << one;
    all += one.substr(9);
  }
  std::string wanted;
  for (int i = 0; i < next; ++i) wanted += std::to_string(i) + "|";
  const auto differs = std::ranges::mismatch(all, wanted).in1 - all.begin();
  EXPECT_TRUE(all == wanted) << "from "
                             << all.substr(
                                    static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, differs - 20)), 60);
}

}  // namespace
}  // namespace vedette::agent
