// A person's orders about an incident, on real processes and a real gate. Needs root and fanotify.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <condition_variable>
#include <fstream>
#include <random>
#include <thread>

#include "files/guard/guard_service.h"
#include "store/temporary_folder.h"

namespace vedette::files {
namespace {
namespace fs = std::filesystem;
namespace json = boost::json;
using namespace std::chrono_literals;

constexpr int kFiles = 60;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string letter(int number) {
  std::string out;
  for (int line = 0; line < 120; ++line)
    out += fmt::format("Letter {}, line {}: the committee met and agreed on the budget.\n", number, line);
  return out;
}

std::string random_bytes(std::size_t size) {
  static std::mt19937_64 engine(7);
  std::string out(size, '\0');
  for (char& byte : out) byte = static_cast<char>(engine());
  return out;
}

// Neither a child of the guard's process nor of its session, so that nothing spares it: writes random bytes
// over one file for each byte it is sent. What it says: its pid, then a byte for each file that is done.
struct Attacker {
  explicit Attacker(const fs::path& tree) {
    int order[2], said[2];
    EXPECT_EQ(::pipe2(order, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(said, O_CLOEXEC), 0);
    auto middle = ::fork();
    if (middle == 0) {
      ::setsid();
      if (::fork() != 0) ::_exit(0);
      ::close(order[1]);
      ::close(said[0]);
      auto self = ::getpid();
      [[maybe_unused]] auto put = ::write(said[1], &self, sizeof self);
      char go = 0;
      for (int i = 0; ::read(order[0], &go, 1) == 1; ++i) {
        auto path = tree / fmt::format("letter{}.txt", i);
        int fd = ::open(path.c_str(), O_RDWR);
        auto bytes = random_bytes(8192);
        put = ::write(fd, bytes.data(), bytes.size());
        ::close(fd);
        put = ::write(said[1], &go, 1);
      }
      ::_exit(0);
    }
    ::close(order[0]);
    ::close(said[1]);
    to = order[1];
    from = said[0];
    ::waitpid(middle, nullptr, 0);
    EXPECT_EQ(::read(from, &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  }
  ~Attacker() {
    ::kill(pid, SIGKILL);
    ::close(to);
    ::close(from);
  }
  void one_more() const { EXPECT_EQ(::write(to, "x", 1), 1); }
  bool done_within(std::chrono::milliseconds time) const {
    pollfd polled{from, POLLIN, 0};
    char byte = 0;
    return ::poll(&polled, 1, static_cast<int>(time.count())) == 1 && ::read(from, &byte, 1) == 1;
  }
  char state() const {
    auto stat = read_stat(pid);
    return stat ? stat->state : '?';
  }
  pid_t pid = 0;
  int to = -1, from = -1;
};

struct GuardOrders : testing::Test {
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    fs::create_directories(tree);
    for (int i = 0; i < kFiles; ++i)
      std::ofstream(tree / fmt::format("letter{}.txt", i), std::ios::binary) << letter(i);
  }
  void start(GuardMode mode) {
    GuardOptions options;
    options.trees = {fs::canonical(tree).string()};
    options.exclude = {fs::canonical(tree).string() + "/apart"};
    options.vault = vault;
    options.mode = mode;
    service = std::make_unique<GuardService>(options, clock, nullptr);
    if (auto started = service->start(); !started) {
      service.reset();
      GTEST_SKIP() << started.error().full();
    }
    if (service->guard().status().observes_only) {
      service.reset();
      GTEST_SKIP() << "fanotify may not be used here";
    }
  }
  json::object ask(json::object request) {
    auto answer = ask_guard(vault, request, 30s);
    EXPECT_TRUE(answer) << answer.error().full();
    return answer ? *answer : json::object();
  }
  // Lets the attacker work until the guard speaks of it; its id.
  std::string attack(const Attacker& attacker) {
    for (int i = 0; i < kFiles - 10; ++i) {
      auto incidents = ask({{"do", "incidents"}}).at("incidents").as_array();
      if (!incidents.empty()) return std::string(incidents[0].at("id").as_string());
      attacker.one_more();
      EXPECT_TRUE(attacker.done_within(10s));
    }
    ADD_FAILURE() << "nothing was noticed";
    return {};
  }
  json::object incident(const std::string& id) {
    return ask({{"do", "incident"}, {"incident", id}}).at("incident").as_object();
  }

  store::TemporaryFolder folder;
  fs::path tree = folder.path() / "tree", vault = folder.path() / "vault";
  SystemClock clock;
  std::unique_ptr<GuardService> service;
};

TEST_F(GuardOrders, AnObservedActorIsStoppedByAPersonGoesOnAndItsFilesComeBack) {
  Attacker attacker(tree);
  start(GuardMode::kObserve);
  if (!service) return;
  auto id = attack(attacker);
  auto told = incident(id);
  EXPECT_EQ(told.at("state"), "observed");
  EXPECT_EQ(told.at("frozen"), false);
  auto& actor = told.at("actor").as_object();
  EXPECT_EQ(actor.at("lineage").at(0).at("pid"), attacker.pid);
  auto& first = told.at("files").at(0).as_object();
  EXPECT_EQ(first.at("path").as_string(), fs::canonical(tree / "letter0.txt").string());
  EXPECT_EQ(first.at("deed"), "rewritten");
  EXPECT_EQ(first.at("from_type"), "text/plain");
  EXPECT_EQ(first.at("state"), "changed");
  EXPECT_EQ(first.at("sha256_before").as_string().size(), 64u);

  EXPECT_EQ(ask({{"do", "freeze"}, {"incident", id}}).at("processes"), 1);
  EXPECT_EQ(attacker.state(), 'T');
  attacker.one_more();
  EXPECT_FALSE(attacker.done_within(500ms)) << "it is stopped";
  told = incident(id);
  EXPECT_EQ(told.at("state"), "frozen");
  EXPECT_EQ(told.at("frozen"), true);

  ask({{"do", "thaw"}, {"incident", id}});
  EXPECT_TRUE(attacker.done_within(10s)) << "it goes on";
  told = incident(id);
  EXPECT_EQ(told.at("state"), "observed");
  EXPECT_EQ(told.at("frozen"), false);

  // A rollback stops it first, and puts back what was done before and between.
  auto done = ask({{"do", "rollback"}, {"incident", id}, {"brief", true}});
  EXPECT_EQ(done.at("failed"), 0);
  EXPECT_EQ(attacker.state(), 'T');
  for (int i = 0; i < kFiles; ++i)
    EXPECT_EQ(read_file(tree / fmt::format("letter{}.txt", i)), letter(i)) << i;
  told = incident(id);
  EXPECT_EQ(told.at("state"), "rolled_back");
  EXPECT_EQ(told.at("files").at(0).at("state"), "restored");
  auto report = ask({{"do", "report"}, {"incident", id}});
  EXPECT_EQ(report.at("restored"), done.at("restored"));
  EXPECT_EQ(report.at("files").as_array().size(), done.at("restored").to_number<std::size_t>());
}

TEST_F(GuardOrders, ANewGuardTakesUpWhatAnOlderOneMet) {
  Attacker attacker(tree);
  start(GuardMode::kObserve);
  if (!service) return;
  auto id = attack(attacker);
  auto before = incident(id);
  ask({{"do", "freeze"}, {"incident", id}});
  service->stop();
  service.reset();
  start(GuardMode::kHold);
  ASSERT_TRUE(service);
  auto after = incident(id);
  EXPECT_EQ(after.at("state"), "frozen");
  for (const char* field : {"at", "score", "reasons", "actor"})
    EXPECT_EQ(after.at(field), before.at(field)) << field;
  // A file that was being judged when `before` was asked for may have joined since.
  auto& known = before.at("files").as_array();
  auto& taken_up = after.at("files").as_array();
  ASSERT_GE(taken_up.size(), known.size());
  for (std::size_t i = 0; i < known.size(); ++i) EXPECT_EQ(taken_up[i].at("path"), known[i].at("path")) << i;
  EXPECT_EQ(ask({{"do", "rollback"}, {"incident", id}, {"brief", true}}).at("failed"), 0);
  EXPECT_EQ(read_file(tree / "letter0.txt"), letter(0));
  // Work that is done after a rollback is not undone by another.
  std::ofstream(tree / "letter0.txt", std::ios::binary) << "new work";
  EXPECT_EQ(ask({{"do", "rollback"}, {"incident", id}, {"brief", true}}).at("restored"), 0);
  EXPECT_EQ(read_file(tree / "letter0.txt"), "new work");
  ask({{"do", "thaw"}, {"incident", id}});
  attacker.one_more();
  EXPECT_TRUE(attacker.done_within(10s));
}

TEST_F(GuardOrders, WhoListensHearsFromWhereItLeftOff) {
  Attacker attacker(tree);
  start(GuardMode::kObserve);
  if (!service) return;
  service->on_notice({"vault_full", "one", "/a"});
  auto hear = [&](const std::string& run, std::uint64_t after, std::size_t lines) {
    auto socket = hear_guard(vault, run, after);
    std::string text;
    while (static_cast<std::size_t>(std::ranges::count(text, '\n')) < lines) {
      pollfd polled{socket->get(), POLLIN, 0};
      char block[4096];
      auto got = ::poll(&polled, 1, 5000) == 1 ? ::read(socket->get(), block, sizeof block) : 0;
      if (got <= 0) break;
      text.append(block, static_cast<std::size_t>(got));
    }
    return text;
  };
  auto run = std::string(ask({{"do", "status"}}).at("run").as_string());
  auto all = hear(run, 0, 2);
  EXPECT_THAT(all, testing::HasSubstr(R"("event":"hello")"));
  EXPECT_THAT(all, testing::HasSubstr(R"("kind":"vault_full","text":"one","path":"/a","n":1)"));
  service->on_notice({"vault_full", "two", "/b"});
  auto rest = hear(run, 1, 2);
  EXPECT_THAT(rest, testing::Not(testing::HasSubstr("\"one\"")));
  EXPECT_THAT(rest, testing::HasSubstr("\"two\""));
  // The numbers of another start of the guard say nothing.
  EXPECT_THAT(hear("another", 2, 3), testing::HasSubstr("\"one\""));
}

TEST_F(GuardOrders, WhatIsNotThereIsRefused) {
  Attacker attacker(tree);
  start(GuardMode::kObserve);
  if (!service) return;
  for (const char* act : {"freeze", "thaw", "rollback", "incident", "nonsense"}) {
    auto answer = ask_guard(vault, {{"do", act}, {"incident", "0190-none"}}, 10s);
    EXPECT_FALSE(answer) << act;
  }
  EXPECT_FALSE(ask_guard(vault, {{"do", "report"}, {"incident", "../journal"}}, 10s));
  // What is excluded is nobody's business.
  fs::create_directories(tree / "apart");
  auto opens_of = [&](const fs::path& file) {
    auto before = ask({{"do", "status"}}).at("opens").to_number<int>();
    EXPECT_EQ(std::system(("echo x >> " + file.string()).c_str()), 0);
    return ask({{"do", "status"}}).at("opens").to_number<int>() - before;
  };
  EXPECT_EQ(opens_of(tree / "letter0.txt"), 1);
  EXPECT_EQ(opens_of(tree / "apart/x"), 0);
  EXPECT_EQ(opens_of(tree / "apart/x"), 0);
}

}  // namespace
}  // namespace vedette::files
