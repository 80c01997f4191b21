// The desk is killed at each boundary of its commits and sendings, one after the other, and at random; with
// the clock set and slewed, with a full disk, and with a disk that loses what was not synced. The oracle
// knows only what the desk had acknowledged before it died and what reached the receiver:
//
//   every alert whose report() returned is told at every step of its policy, unless it was acknowledged;
//   no step comes in a life after the one in which its acknowledgement returned;
//   a step has one key; in one life a key is sent once; and a kill repeats at most what was being sent;
//   whatever happens, no step waits for long while a desk is alive: what counts is the time in which one that
//   had started was, since a dead one can send nothing.
//
// VEDETTE_KILLS is how many kills each case has (30). The desk's time runs 60 times faster than the
// machine's.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "base/id.h"
#include "desk/desk_core.h"
#include "fault_boundaries.h"
#include "fault_oracle.h"
#include "fault_vfs.h"
#include "store/sqlite_backup.h"
#include "store/temporary_folder.h"

extern char** environ;

namespace vedette::crash {
namespace {

using namespace std::chrono_literals;
constexpr int kSayFd = 3;
constexpr std::size_t kSenders = 4;
// In the time in which a started desk was alive. A lease lasts three times longer: who waits for one is seen.
constexpr std::chrono::seconds kLatest{20};
constexpr int kOvertakenMost = 10;
constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

int kills_wanted() {
  const char* set = std::getenv("VEDETTE_KILLS");
  return set ? std::max(1, std::atoi(set)) : 30;
}

std::int64_t steady_ms(SteadyTime time) { return time.time_since_epoch().count() / 1'000'000; }

struct Life {
  FaultWorld& world;
  FaultClock clock{world};
  Metrics metrics;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<FaultDatabase> faulty;
  std::unique_ptr<desk::DeskCore> desk;

  explicit Life(FaultWorld& world) : world(world) {}
  bool open(const std::filesystem::path& path) {
    auto opened = store::open_sqlite({.path = path}, desk::desk_migrations(), clock, metrics);
    if (!opened) {
      std::fprintf(stderr, "%s\n", opened.error().full().c_str());
      return false;
    }
    database = *std::move(opened);
    faulty = std::make_unique<FaultDatabase>(*database, world);
    desk::DeskOptions options{.public_url = "https://vedette.example.org",
                              .senders = kSenders,
                              .lease = 60min,  // a minute of the machine
                              .tick = 10ms};
    desk = std::make_unique<desk::DeskCore>(options, *faulty, clock, metrics,
                                            std::make_unique<FaultTransport>(world));
    return true;
  }
  Finding finding(const std::string& name) const {
    Finding f;
    f.uid = new_id(clock);
    f.kind = "page_replaced";
    f.severity = Severity::kCritical;
    f.confidence = 90;
    f.asset = {"site", name, name};
    f.title = {"replaced", {}};
    f.reason = {"replaced", {}};
    f.next_step = {"look", {}};
    f.dedup_key = "sites/" + name + "/content";
    f.observed_at = clock.wall();
    return f;
  }
};

bool say(char what, const std::string& name, const Clock& clock) {
  Said said{what, {}, steady_ms(clock.steady())};
  std::copy_n(name.data(), std::min(name.size(), sizeof said.name - 1), said.name);
  return ::write(kSayFd, &said, sizeof said) == sizeof said;
}

// What a disk that is full refuses is tried again, as a watch does.
template <class Act>
void until_taken(const Act& act) {
  while (!act()) std::this_thread::sleep_for(5ms);
}

TEST(DeskFaultsLife, DISABLED_Child) {
  auto& world = FaultWorld::open(std::getenv("VEDETTE_FAULT_WORLD"));
  register_fault_vfs(world);
  Life life(world);
  until_taken([&] { return life.open(std::getenv("VEDETTE_FAULT_DATABASE")); });
  until_taken([&] { return life.desk->start().has_value(); });
  if (!say('S', "", life.clock)) ::_exit(1);
  for (int number = 0; number < world.reports.load(); ++number) {
    auto name = fmt::format("{}-{}", world.life.load(), number);
    auto finding = life.finding(name);
    until_taken([&] { return life.desk->report({finding}).has_value(); });
    if (!say('F', name, life.clock)) ::_exit(1);
    if ((world.life.load() + number) % 4 != 3) continue;
    std::vector<desk::Alert> found;
    until_taken([&] {
      auto newest = life.desk->alerts({.state = "new", .limit = 1});
      if (newest) found = newest->items;
      return newest.has_value();
    });
    if (found.empty()) continue;
    if (!say('B', found[0].asset.name, life.clock)) ::_exit(1);
    until_taken([&] { return life.desk->acknowledge(found[0].id, "lan", "").has_value(); });
    if (!say('A', found[0].asset.name, life.clock)) ::_exit(1);
  }
  for (;;) ::pause();
}

struct DeskFaults : testing::Test {
  store::TemporaryFolder folder;
  std::filesystem::path path = folder / "state.db";
  FaultWorld& world = FaultWorld::make(folder / "world");
  WebhookSink sink{std::string(kSecret)};
  std::mt19937 random{20261129};
  FaultOracle oracle{FaultOracle::Time(std::chrono::nanoseconds(world.began_ns)), FaultWorld::kSpeed};
  int killed = 0;
  bool started = false;
  FaultOracle::Time born{};

  void SetUp() override {
    Life life(world);
    ASSERT_TRUE(life.open(path));
    ASSERT_TRUE(life.desk->prepare());
    desk::Ladder ladder{.steps = {}, .repeat_last_minutes = 0, .least = Severity::kHigh};
    for (int step = 0; step < kSteps; ++step) {
      auto channel = life.desk->save_channel(
          {"", fmt::format("step {}", step), desk::ChannelKind::kWebhook, true,
           fmt::format(R"({{"url":"http://127.0.0.1:{}/","secret":"{}","rate_per_minute":6000}})",
                       sink.port(), kSecret)},
          "test");
      ASSERT_TRUE(channel) << channel.error().full();
      ladder.steps.push_back({step, {channel->id}});
    }
    ASSERT_TRUE(life.desk->save_ladder(ladder, "test"));
  }

  int roll(int from, int to) { return std::uniform_int_distribution(from, to)(random); }

  // One life: it ends at its boundary, or so long after it has started (or after it was born).
  void live(int reports, int boundary, std::chrono::milliseconds most, bool from_birth = false) {
    ++world.life;
    world.reports = reports;
    world.countdown = boundary;
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], kSayFd);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::setenv("VEDETTE_FAULT_DATABASE", path.c_str(), 1);
    ::setenv("VEDETTE_FAULT_WORLD", (folder / "world").c_str(), 1);
    const char* arguments[] = {"desk_fault_test", "--gtest_also_run_disabled_tests",
                               "--gtest_filter=DeskFaultsLife.DISABLED_Child", nullptr};
    pid_t child = -1;
    ASSERT_EQ(
        posix_spawn(&child, "/proc/self/exe", &actions, nullptr, const_cast<char**>(arguments), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    started = from_birth;
    born = {};
    auto end = std::chrono::steady_clock::now() + (started ? most : 30s);
    for (bool over = false; !over;) {
      auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      pollfd waiting{ends[0], POLLIN, 0};
      if (left <= 0ms || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) break;
      bool before = started;
      over = !hear(ends[0]);
      if (started && !before) end = std::chrono::steady_clock::now() + most;
    }
    ::kill(child, SIGKILL);
    while (hear(ends[0])) {
    }
    if (born != FaultOracle::Time()) oracle.lived(born, std::chrono::steady_clock::now());
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << "the child ended by itself: " << status;
    ++killed;
  }

  bool hear(int fd) {
    Said said{};
    if (::read(fd, &said, sizeof said) != sizeof said) return false;
    if (said.what == 'S') born = std::chrono::steady_clock::now();
    started = started || said.what == 'S';
    oracle.hear(said, world.life.load());
    return true;
  }

  // A last life that nobody kills works off what there is.
  void drain() {
    world.disk_full = false;
    world.countdown = 0;
    ++world.life;
    ASSERT_TRUE(store::check_sqlite(path));
    Life life(world);
    ASSERT_TRUE(life.open(path));
    ASSERT_TRUE(life.desk->start());
    born = std::chrono::steady_clock::now();
    auto owed = [&] {
      std::int64_t count = 1;
      (void)life.database->read([&](store::Session& session) -> Result<void> {
        TRY_ASSIGN(auto rows,
                   session.query("SELECT (SELECT COUNT(*) FROM alerts WHERE next_due IS NOT NULL) + (SELECT "
                                 "COUNT(*) FROM notifications WHERE state IN ('pending', 'leased'))"));
        count = rows[0].integer(0);
        return {};
      });
      return count;
    };
    for (auto end = std::chrono::steady_clock::now() + 300s;
         owed() > 0 && std::chrono::steady_clock::now() < end;)
      std::this_thread::sleep_for(50ms);
    EXPECT_EQ(owed(), 0) << "it never came to its end";
    life.desk->stop();
    oracle.lived(born, std::chrono::steady_clock::now());
    auto audited = life.desk->verify_audit();
    EXPECT_TRUE(audited) << audited.error().full();
  }

  void judge(std::string_view what) {
    auto seen = oracle.judge(sink.log());
    EXPECT_EQ(seen.missed, 0) << "steps that never reached the receiver";
    EXPECT_EQ(seen.after, 0) << "steps that came after somebody had answered";
    EXPECT_EQ(seen.two_keys, 0) << "steps that were sent under two keys";
    EXPECT_EQ(seen.twice_in_a_life, 0) << "sent twice without a kill between";
    EXPECT_LE(seen.most_repeats, kSenders) << "a kill repeats at most what was being sent";
    EXPECT_EQ(sink.refused(), 0);
    EXPECT_GT(seen.told, 0);
    EXPECT_LE(seen.overtaken, kOvertakenMost) << "later steps that went before an earlier one";
    EXPECT_LT(seen.longest, kLatest) << "steps that a desk which was alive left waiting";
    fmt::print(
        "{}: {} kills (before, inside, after a commit: {}, {}, {}; before, after a sending: {}, {}); {} "
        "alerts, {} acknowledged; {} steps told, {} missed, {} under two keys; {} sent again with the same "
        "key, at most {} for one kill; the latest step by {:.2f} s, {:.2f} s of which a desk was alive, "
        "overtaken by {}\n",
        what, killed, world.kills[0].load(), world.kills[1].load(), world.kills[2].load(),
        world.kills[3].load(), world.kills[4].load(), oracle.reported(), oracle.acknowledged(), seen.told,
        seen.missed, seen.two_keys, seen.repeated, seen.most_repeats,
        std::chrono::duration<double>(seen.latest).count(),
        std::chrono::duration<double>(seen.longest).count(), seen.overtaken);
  }
};

// Each from the 1st to the 100th comes once in a hundred; few kills reach far too. An alert and its steps
// take 33 of them: a life must not be given more than it can do.
int boundary(int number) {
  constexpr int kReached = 100, kStride = 37;
  return 1 + number * kStride % kReached;
}

TEST_F(DeskFaults, AtEachBoundary) {
  for (int i = 0; i < kills_wanted() && !HasFatalFailure(); ++i)
    live((boundary(i) + 25) / 50, boundary(i), 1s);
  drain();
  judge("each boundary");
}

TEST_F(DeskFaults, AtRandom) {
  for (int i = 0; i < kills_wanted() && !HasFatalFailure(); ++i)
    live(roll(0, 1), 0, std::chrono::milliseconds(roll(20, 250)), i % 5 == 0);
  drain();
  judge("random");
}

TEST_F(DeskFaults, WithTheClockSetAndSlewed) {
  constexpr std::int64_t kHour = 3'600'000, kDay = 24 * kHour;
  constexpr std::int64_t kOffsets[] = {0, -kHour, kHour, -kDay, kDay};
  for (int i = 0; i < kills_wanted() && !HasFatalFailure(); ++i) {
    world.wall_offset_ms = kOffsets[roll(0, 4)];
    world.slew_ppm = roll(-50'000, 50'000);
    auto setter = std::jthread([&, offset = kOffsets[roll(0, 4)], wait = roll(0, 200)] {
      std::this_thread::sleep_for(std::chrono::milliseconds(wait));
      world.wall_offset_ms = offset;
    });
    live(roll(0, 1), roll(0, 2) == 0 ? boundary(i) : 0, std::chrono::milliseconds(roll(50, 400)));
  }
  drain();
  judge("clock");
}

TEST_F(DeskFaults, WithAFullDisk) {
  for (int i = 0; i < kills_wanted() && !HasFatalFailure(); ++i) {
    world.disk_full = roll(0, 2) == 0;
    auto filler = std::jthread([&, full = roll(0, 1) == 0, wait = roll(0, 500)] {
      std::this_thread::sleep_for(std::chrono::milliseconds(wait));
      world.disk_full = full;
    });
    live(roll(0, 2), 0, std::chrono::milliseconds(roll(100, 700)), true);  // it may not be able to start
  }
  drain();
  judge("full disk");
}

TEST_F(DeskFaults, WithADiskThatLosesWhatWasNotSynced) {
  world.volatile_disk = true;
  for (int i = 0; i < kills_wanted() && !HasFatalFailure(); ++i)
    live(roll(0, 1), i % 2 == 0 ? boundary(i / 2) : 0, std::chrono::milliseconds(roll(20, 300)));
  world.volatile_disk = false;
  drain();
  judge("unsynced writes lost");
}

}  // namespace
}  // namespace vedette::crash
