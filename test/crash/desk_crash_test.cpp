// A desk in a child process takes findings, acknowledges some alerts and sends webhooks, and is killed with
// SIGKILL 200 times at random moments. Afterwards: every finding whose report() returned is there, every
// acknowledgement that returned holds, every alert has its notifications, each of them reached the sink at
// least once, and what reached it twice had the same key.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>
#include <set>

#include "base/id.h"
#include "desk/desk_core.h"
#include "store/sqlite_backup.h"
#include "store/temporary_folder.h"
#include "webhook_sink.h"

extern char** environ;

namespace vedette::crash {
namespace {

constexpr int kRounds = 200;
constexpr int kSayFd = 3;
constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

// What the child says once it is done: 'F' a finding's uid, 'A' an alert's id that was acknowledged.
struct Said {
  char what;
  char id[36];
};

Finding finding(const Clock& clock, int number) {
  Finding f;
  f.uid = new_id(clock);
  f.kind = "page_replaced";
  f.severity = Severity::kCritical;
  f.confidence = 90;
  f.asset = {"site", "1", "site"};
  f.title = {"replaced", {}};
  f.reason = {"replaced", {}};
  f.next_step = {"look", {}};
  // Two of three are alerts of their own, the others fire again.
  f.dedup_key =
      number % 3 == 0 ? fmt::format("sites/{}/content", number % 30) : "sites/" + f.uid + "/content";
  f.observed_at = clock.wall();
  return f;
}

struct Opened {
  SystemClock clock;
  Metrics metrics;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<desk::DeskCore> desk;

  explicit Opened(const std::filesystem::path& path) {
    auto opened = store::open_sqlite({.path = path}, desk::desk_migrations(), clock, metrics);
    if (!opened) {
      std::fprintf(stderr, "%s\n", opened.error().full().c_str());
      ::_exit(2);
    }
    database = *std::move(opened);
    desk = std::make_unique<desk::DeskCore>(desk::DeskOptions{.public_url = "https://vedette.example.org"},
                                            *database, clock, metrics, desk::make_net_transport());
  }
};

bool say(char what, const std::string& id) {
  Said said{what, {}};
  std::copy_n(id.data(), sizeof said.id, said.id);
  return ::write(kSayFd, &said, sizeof said) == sizeof said;
}

TEST(DeskCrash, DISABLED_Child) {
  const char* path = std::getenv("VEDETTE_CRASH_DATABASE");
  ASSERT_NE(path, nullptr);
  Opened opened(path);
  ASSERT_TRUE(opened.desk->start());
  for (int number = ::getpid();; ++number) {
    auto f = finding(opened.clock, number);
    if (!opened.desk->report({f}) || !say('F', f.uid)) ::_exit(1);
    if (number % 5 != 0) continue;
    auto newest = opened.desk->alerts({.state = "new", .limit = 1});
    if (!newest) ::_exit(1);
    if (newest->items.empty()) continue;
    const auto& id = newest->items[0].id;
    if (!opened.desk->acknowledge(id, "lan", "") || !say('A', id)) ::_exit(1);
  }
}

pid_t start_child(const std::filesystem::path& database, int write_end) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, write_end, kSayFd);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::setenv("VEDETTE_CRASH_DATABASE", database.c_str(), 1);
  const char* arguments[] = {"desk_crash_test", "--gtest_also_run_disabled_tests",
                             "--gtest_filter=DeskCrash.DISABLED_Child", nullptr};
  pid_t child = -1;
  EXPECT_EQ(posix_spawn(&child, "/proc/self/exe", &actions, nullptr, const_cast<char**>(arguments), environ),
            0);
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

struct Heard {
  std::set<std::string> findings, acknowledged;
  void add(const Said& said) {
    (said.what == 'F' ? findings : acknowledged).emplace(said.id, sizeof said.id);
  }
};

// One life of the child: until it has said `wanted` things and a random moment longer.
void one_round(const std::filesystem::path& path, int wanted, std::chrono::microseconds longer,
               Heard& heard) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  pid_t child = start_child(path, ends[1]);
  ::close(ends[1]);
  Said said{};
  for (int i = 0; i < wanted && ::read(ends[0], &said, sizeof said) == sizeof said; ++i) heard.add(said);
  std::this_thread::sleep_for(longer);
  ::kill(child, SIGKILL);
  while (::read(ends[0], &said, sizeof said) == sizeof said) heard.add(said);
  ::close(ends[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the child ended by itself: " << status;
}

std::int64_t number(store::Database& database, std::string_view sql) {
  std::int64_t value = -1;
  auto done = database.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query(sql));
    value = rows.at(0).integer(0);
    return {};
  });
  EXPECT_TRUE(done) << done.error().full();
  return value;
}

std::set<std::string> ids(store::Database& database, std::string_view sql) {
  std::set<std::string> found;
  auto done = database.read([&](store::Session& session) -> Result<void> {
    return session.stream(sql, {}, [&](const store::Row& row) {
      found.insert(row.text(0));
      return true;
    });
  });
  EXPECT_TRUE(done) << done.error().full();
  return found;
}

std::size_t missing(const std::set<std::string>& wanted, const std::set<std::string>& from) {
  return static_cast<std::size_t>(
      std::ranges::count_if(wanted, [&](const auto& id) { return !from.contains(id); }));
}

// The last start works off what the killed ones left behind.
void drain(Opened& opened) {
  std::mutex mutex;
  std::condition_variable told;
  opened.desk->on_change([&](const std::string&) {
    std::lock_guard lock(mutex);  // so that no word falls between a look at the outbox and the waiting
    told.notify_all();
  });
  ASSERT_TRUE(opened.desk->start());
  std::unique_lock lock(mutex);
  ASSERT_TRUE(told.wait_for(lock, std::chrono::seconds(60), [&] {
    return opened.desk->status()->outbox_pending == 0;
  })) << "the outbox did not empty";
  lock.unlock();
  opened.desk->stop();
}

TEST(DeskCrash, NothingIsLostAndDuplicatesHaveTheSameKey) {
  store::TemporaryFolder folder;
  auto path = folder / "state.db";
  WebhookSink sink{std::string(kSecret)};
  {
    Opened opened(path);
    ASSERT_TRUE(opened.desk->prepare());
    auto channel = opened.desk->save_channel(
        {"", "sink", desk::ChannelKind::kWebhook, true,
         fmt::format(R"({{"url":"http://127.0.0.1:{}/","secret":"{}"}})", sink.port(), kSecret)},
        "test");
    ASSERT_TRUE(channel) << channel.error().full();
    ASSERT_TRUE(opened.desk->save_ladder({{{0, {channel->id}}}, 0, Severity::kHigh}, "test"));
  }
  std::mt19937 random(20260101);
  Heard heard;
  for (int round = 0; round < kRounds && !HasFatalFailure(); ++round) {
    one_round(path, std::uniform_int_distribution(1, 25)(random),
              std::chrono::microseconds(std::uniform_int_distribution(0, 10'000)(random)), heard);
  }
  ASSERT_TRUE(store::check_sqlite(path));
  Opened opened(path);
  auto interrupted = number(*opened.database, "SELECT COUNT(*) FROM notifications WHERE state = 'leased'");
  drain(opened);

  auto stored = ids(*opened.database, "SELECT uid FROM findings WHERE alert_id IS NOT NULL");
  auto acknowledged = ids(*opened.database, "SELECT id FROM alerts WHERE acknowledged_at IS NOT NULL");
  auto rows = ids(*opened.database, "SELECT id FROM notifications WHERE state <> 'cancelled'");
  auto cancelled = ids(*opened.database, "SELECT id FROM notifications WHERE state = 'cancelled'");
  auto calls = sink.calls();
  std::set<std::string> keys;
  int duplicates = 0;
  for (const auto& [key, times] : calls) {
    keys.insert(key);
    duplicates += times - 1;
  }
  EXPECT_EQ(missing(heard.findings, stored), 0u) << "reported findings are gone";
  EXPECT_EQ(missing(heard.acknowledged, acknowledged), 0u) << "acknowledgements are gone";
  EXPECT_EQ(number(*opened.database,
                   "SELECT COUNT(*) FROM alerts a WHERE NOT EXISTS "
                   "(SELECT 1 FROM notifications n WHERE n.alert_id = a.id)"),
            0)
      << "alerts without their notification";
  EXPECT_EQ(number(*opened.database,
                   "SELECT COUNT(*) FROM alerts a WHERE a.count <> "
                   "(SELECT COUNT(*) FROM findings f WHERE f.alert_id = a.id)"),
            0);
  EXPECT_EQ(number(*opened.database,
                   "SELECT COUNT(*) FROM notifications WHERE state NOT IN ('accepted', 'cancelled')"),
            0);
  EXPECT_EQ(number(*opened.database,
                   "SELECT COUNT(*) FROM notifications n JOIN alerts a ON a.id = n.alert_id "
                   "WHERE n.state = 'cancelled' AND a.acknowledged_at IS NULL"),
            0)
      << "cancelled without an acknowledgement";
  EXPECT_EQ(missing(rows, keys), 0u) << "notifications that never reached the sink";
  auto known = rows;
  known.insert(cancelled.begin(), cancelled.end());
  EXPECT_EQ(missing(keys, known), 0u) << "calls with a key of no notification";
  EXPECT_EQ(sink.refused(), 0);
  EXPECT_GE(heard.findings.size(), static_cast<std::size_t>(kRounds));
  auto audited = opened.desk->verify_audit();
  EXPECT_TRUE(audited) << audited.error().full();
  fmt::print(
      "{} kills; {} findings reported, {} stored; {} acknowledgements; {} notifications sent, {} cancelled "
      "by an "
      "acknowledgement; {} calls received, {} of them again with the same key; {} were leased at the last "
      "kill\n",
      kRounds, heard.findings.size(), stored.size(), heard.acknowledged.size(), rows.size(), cancelled.size(),
      static_cast<int>(keys.size()) + duplicates, duplicates, interrupted);
}

}  // namespace
}  // namespace vedette::crash
