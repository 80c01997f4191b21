#include "agent/spool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/id.h"
#include "store/temporary_folder.h"

namespace vedette::agent {
namespace {

using testing::ElementsAre;

struct SpoolTest : testing::Test {
  std::unique_ptr<Spool> open() { return Spool::open(options, clock, metrics).value(); }
  static std::vector<std::uint64_t> numbers(const SpoolBatch& batch) {
    std::vector<std::uint64_t> out;
    for (const auto& record : batch.records) out.push_back(record.sequence);
    return out;
  }
  // Days in which it writes, without a record.
  void live_on(Spool& spool, int days) {
    for (int day = 0; day < days; ++day) {
      clock.advance(std::chrono::hours(24));
      ASSERT_TRUE(spool.add({}, {}));
    }
  }
  store::TemporaryFolder folder;
  ManualClock clock;
  Metrics metrics;
  SpoolOptions options{.file = folder.path() / "spool.db"};
};

TEST_F(SpoolTest, GivesBackWhatWasAddedUntilItIsAcknowledged) {
  std::string epoch;
  {
    auto spool = open();
    epoch = spool->epoch();
    EXPECT_EQ(spool->add(R"({"n":1})").value(), 1u);
    EXPECT_EQ(spool->add(R"({"n":2})").value(), 2u);
    EXPECT_EQ(spool->add(R"({"n":3})").value(), 3u);
    ASSERT_TRUE(spool->acknowledge(1));
  }
  auto spool = open();
  EXPECT_EQ(spool->epoch(), epoch);
  auto batch = spool->next(10, 1 << 20).value();
  EXPECT_THAT(numbers(batch), ElementsAre(2, 3));
  EXPECT_EQ(batch.records[0].body, R"({"n":2})");
  EXPECT_EQ(batch.records[0].at, clock.wall());
  EXPECT_TRUE(batch.gaps.empty());
  // Numbers are not given twice, even when everything is acknowledged.
  ASSERT_TRUE(spool->acknowledge(3));
  spool = open();
  EXPECT_EQ(spool->add("{}").value(), 4u);
}

TEST_F(SpoolTest, BatchIsBoundedButNeverEmpty) {
  auto spool = open();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(spool->add(std::string(1000, 'x')));
  EXPECT_THAT(numbers(spool->next(2, 1 << 20).value()), ElementsAre(1, 2));
  EXPECT_THAT(numbers(spool->next(10, 2500).value()), ElementsAre(1, 2));
  EXPECT_THAT(numbers(spool->next(10, 1).value()), ElementsAre(1));
}

TEST_F(SpoolTest, WhatDoesNotFitLeavesAGap) {
  options.bytes_max = 4000;
  auto spool = open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(spool->add(random_token(750)));  // 1000 random characters
  auto batch = spool->next(100, 1 << 20).value();
  ASSERT_FALSE(batch.records.empty());
  auto first_kept = batch.records.front().sequence;
  EXPECT_GT(first_kept, 5u);
  EXPECT_EQ(batch.records.back().sequence, 10u);
  EXPECT_THAT(batch.gaps, ElementsAre(SpoolGap{1, first_kept - 1, "full"}));
  EXPECT_LE(spool->status()->bytes, 4000u);
  ASSERT_TRUE(spool->acknowledge(first_kept));
  EXPECT_TRUE(spool->next(100, 1 << 20)->gaps.empty());
}

TEST_F(SpoolTest, WhatIsTooOldLeavesAGap) {
  auto spool = open();
  ASSERT_TRUE(spool->add("{}"));
  live_on(*spool, 7);
  clock.advance(std::chrono::minutes(1));
  ASSERT_TRUE(spool->add("{}"));
  auto batch = spool->next(100, 1 << 20).value();
  EXPECT_THAT(numbers(batch), ElementsAre(2));
  EXPECT_THAT(batch.gaps, ElementsAre(SpoolGap{1, 1, "old"}));
}

// A host that starts with a wrong clock, as many do without a battery, and whose clock NTP sets right then;
// or that was switched off for months.
TEST_F(SpoolTest, AWallClockThatIsSetRightMakesNothingOld) {
  auto spool = open();
  ASSERT_TRUE(spool->add({"{}"}, {{"read to", "1"}}));
  for (const std::chrono::hours jump :
       {std::chrono::hours(24 * 365 * 3), std::chrono::hours(-24 * 365 * 6)}) {
    clock.jump_wall(jump);
    ASSERT_TRUE(spool->add("{}"));
    ASSERT_TRUE(spool->add({}, {{"other", "2"}}));
  }
  EXPECT_THAT(numbers(spool->next(100, 1 << 20).value()), ElementsAre(1, 2, 3));
  EXPECT_EQ(spool->mark("read to").value(), "1");
}

TEST_F(SpoolTest, SevenDaysAwayAreKept) {
  auto spool = open();
  ASSERT_TRUE(spool->add("{}"));
  clock.advance(std::chrono::hours(24 * 7) - std::chrono::minutes(1));
  ASSERT_TRUE(spool->add("{}"));
  EXPECT_THAT(numbers(spool->next(100, 1 << 20).value()), ElementsAre(1, 2));
}

TEST_F(SpoolTest, RefusesWhatIsTooLong) {
  options.record_bytes_max = 100;
  auto spool = open();
  auto added = spool->add(std::string(101, 'x'));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code(), ErrorCode::kLimit);
  EXPECT_EQ(spool->status()->last, 0u);
}

TEST_F(SpoolTest, WithoutRoomItRefusesWhereNothingMayGo) {
  options.bytes_max = 400;
  options.drop_oldest = false;
  auto spool = open();
  std::uint64_t kept = 0;
  for (; kept < 100; ++kept) {
    auto added = spool->add({std::to_string(kept)}, {{"read to", std::to_string(kept)}});
    if (added) continue;
    EXPECT_EQ(added.error().code(), ErrorCode::kUnavailable);
    break;
  }
  ASSERT_GT(kept, 1u);
  ASSERT_LT(kept, 100u);
  EXPECT_EQ(spool->mark("read to").value(), std::to_string(kept - 1)) << "the mark of what was refused";
  live_on(*spool, 14);
  EXPECT_FALSE(spool->add({"x"}, {})) << "nothing grows too old";
  auto batch = spool->next(1000, 1 << 20).value();
  EXPECT_EQ(batch.records.size(), kept);
  EXPECT_TRUE(batch.gaps.empty());
  ASSERT_TRUE(spool->acknowledge(1));
  EXPECT_TRUE(spool->add({"x"}, {}));
}

TEST_F(SpoolTest, LostFileIsAnotherEpoch) {
  auto epoch = open()->epoch();
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(options.file.string() + end);
  EXPECT_NE(open()->epoch(), epoch);
}

// What add() has returned for is there after kill -9.
TEST_F(SpoolTest, NothingAddedIsLostInAKill) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto spool = Spool::open(options, clock, metrics).value();
    for (;;) {
      auto sequence = spool->add(R"({"kind":"finding"})");
      if (!sequence || ::write(pipe_ends[1], &*sequence, sizeof *sequence) != sizeof *sequence) ::_exit(1);
    }
  }
  ::close(pipe_ends[1]);
  std::uint64_t told = 0;
  while (told < 50) ASSERT_EQ(::read(pipe_ends[0], &told, sizeof told), static_cast<ssize_t>(sizeof told));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  for (std::uint64_t more = 0; ::read(pipe_ends[0], &more, sizeof more) == static_cast<ssize_t>(sizeof more);)
    told = more;
  ::close(pipe_ends[0]);
  auto batch = open()->next(100'000, 1u << 30).value();
  ASSERT_GE(batch.records.size(), told);
  for (std::size_t i = 0; i < batch.records.size(); ++i) EXPECT_EQ(batch.records[i].sequence, i + 1);
}

TEST_F(SpoolTest, RecordsAndTheirMarksAreKeptTogether) {
  auto spool = open();
  EXPECT_EQ(spool->mark("incident/1").error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(spool->add({R"({"n":1})", R"({"n":2})"}, {{"incident/1", "a"}}));
  EXPECT_EQ(spool->mark("incident/1").value(), "a");
  // One record that does not fit: nothing of it is kept, the mark neither.
  auto refused = spool->add({"{}", std::string(options.record_bytes_max + 1, 'x')}, {{"incident/1", "b"}});
  EXPECT_EQ(refused.error().code(), ErrorCode::kLimit);
  spool = open();
  EXPECT_EQ(spool->mark("incident/1").value(), "a");
  EXPECT_THAT(numbers(spool->next(10, 1 << 20).value()), ElementsAre(1, 2));
  live_on(*spool, 120);
  EXPECT_TRUE(spool->mark("incident/1"));
  clock.advance(std::chrono::hours(1));
  ASSERT_TRUE(spool->add({}, {{"incident/2", "c"}}));
  EXPECT_FALSE(spool->mark("incident/1"));
  EXPECT_TRUE(spool->mark("incident/2"));
}

}  // namespace
}  // namespace vedette::agent
