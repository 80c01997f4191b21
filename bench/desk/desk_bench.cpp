// The desk under load, on a database of its own in FOLDER, against the peers that bench/desk/load starts:
//
//   desk_bench paced    FOLDER PEERS seconds=60 rate=50    one alert after the other, each to another person
//   desk_bench storm    FOLDER PEERS alerts=10000          many at once, then a critical one each second
//   desk_bench failover FOLDER PEERS                       one alert to one person for each broken channel
//   desk_bench ingest   FOLDER PEERS seconds=600 rate=2000 reporters=8   until kill -9, then counted
//
// PEERS is JSON: {"mail": settings, "hook": settings, "broken": [{"name", "kind", "settings"}]}. It prints
// what it did and when (steady nanoseconds, the clock that the peers write theirs in), the script does the
// sums.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <charconv>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/id.h"
#include "desk/desk_core.h"
#include "desk/escalation/policies.h"
#include "desk/escalation/policy_store.h"
#include "desk/roster/rosters.h"
#include "store/sqlite_backup.h"

namespace {

using namespace vedette;
using namespace std::chrono_literals;
namespace json = boost::json;
using Arguments = std::map<std::string, std::int64_t>;

std::int64_t steady_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "desk_bench: {}\n", why);
  std::_Exit(1);
}

template <class T>
T need(Result<T> result) {
  if (!result) give_up(result.error().full());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

struct Running {
  SystemClock clock;
  Metrics metrics;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<desk::DeskCore> core;

  explicit Running(const std::filesystem::path& folder)
      : database(need(
            store::open_sqlite({.path = folder / "vedette.db"}, desk::desk_migrations(), clock, metrics))) {
    core = std::make_unique<desk::DeskCore>(desk::DeskOptions{.public_url = "https://vedette.example.org"},
                                            *database, clock, metrics, desk::make_net_transport());
    need(core->start());
  }

  std::string channel(const std::string& name, const std::string& kind, const json::value& settings) {
    auto known = desk::channel_kind_from(kind);
    if (!known) give_up("no such kind of channel: " + kind);
    return need(core->save_channel({"", name, *known, true, json::serialize(settings)}, "bench")).id;
  }
  std::string person(const std::string& name, std::vector<desk::Contact> contacts) {
    desk::Rosters rosters(*database, *core, clock);
    return need(rosters.save_person({"", name, "", "", std::move(contacts), ""}, "bench")).id;
  }
  // The policy of every watch: these, at once.
  void call(std::vector<desk::EscalationTarget> targets) {
    desk::Policies policies(*database, clock);
    auto policy = need(policies.policy(std::string(desk::kDefaultPolicy)));
    policy.steps = {{0, std::move(targets)}};
    policy.repeat_last_minutes = 0;
    need(policies.save(policy, "bench"));
  }
  Finding finding(std::int64_t number, Severity severity) const {
    Finding f;
    f.uid = new_id(clock);
    f.kind = "page_replaced";
    f.severity = severity;
    f.confidence = 97;
    f.asset = {"site", std::to_string(number % 2000), fmt::format("number-{}", number)};
    f.title = {"sites.page_replaced.title", {}};
    f.reason = {"sites.page_replaced.reason", {}};
    f.next_step = {"sites.page_replaced.next_step", {}};
    f.where = "/html/body";
    f.before = "Sở Thông tin và Truyền thông";
    f.after = "HACKED BY nobody";
    f.dedup_key = fmt::format("sites/{}/content", number);
    f.observed_at = clock.wall();
    return f;
  }
  void report(const std::vector<Finding>& findings) { need(core->report(findings)); }
  std::int64_t number(std::string_view sql) {
    std::int64_t value = 0;
    need(database->read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto rows, session.query(sql));
      value = rows.at(0).integer_or(0, 0);
      return {};
    }));
    return value;
  }
  void wait_until_sent(std::chrono::seconds most) {
    auto end = std::chrono::steady_clock::now() + most;
    while (std::chrono::steady_clock::now() < end && need(core->status()).outbox_pending > 0)
      std::this_thread::sleep_for(100ms);
    fmt::print("pending {}\n", need(core->status()).outbox_pending);
  }
};

desk::EscalationTarget to_person(std::string id) { return {desk::TargetKind::kPerson, std::move(id), ""}; }
desk::EscalationTarget to_channel(std::string id) { return {desk::TargetKind::kChannel, std::move(id), ""}; }

// A person gets five messages a minute: so that this is not what is measured, the policy names another of a
// thousand people for each alert. Changing it is not part of the time.
void paced(Running& running, const json::object& peers, const Arguments& arguments) {
  constexpr std::int64_t kPeople = 1000;
  auto mail = running.channel("mail", "smtp", peers.at("mail"));
  auto hook = running.channel("hook", "webhook", peers.at("hook"));
  std::vector<std::string> people;
  for (std::int64_t i = 0; i < kPeople; ++i)
    people.push_back(
        running.person(fmt::format("person {}", i), {{mail, fmt::format("p{}@example.org", i)}}));
  auto rate = arguments.at("rate"), count = rate * arguments.at("seconds");
  auto start = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < count; ++i) {
    std::this_thread::sleep_until(start + i * 1'000'000us / rate);
    running.call({to_person(people[static_cast<std::size_t>(i % kPeople)]), to_channel(hook)});
    running.report({running.finding(i, Severity::kCritical)});
    fmt::print("committed {} {}\n", i, steady_ns());
  }
  fmt::print("took {}\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  running.wait_until_sent(120s);
}

void storm(Running& running, const json::object& peers, const Arguments& arguments) {
  constexpr std::int64_t kTogether = 100, kEachSecond = 60;
  auto mail = running.channel("mail", "smtp", peers.at("mail"));
  auto hook = running.channel("hook", "webhook", peers.at("hook"));
  std::vector<desk::EscalationTarget> targets = {to_channel(hook)};
  for (int i = 0; i < 3; ++i)
    targets.push_back(
        to_person(running.person(fmt::format("person {}", i), {{mail, fmt::format("p{}@example.org", i)}})));
  running.call(targets);
  auto count = arguments.at("alerts");
  fmt::print("started {}\n", steady_ns());
  for (std::int64_t i = 0; i < count;) {
    std::vector<Finding> findings;
    for (std::int64_t k = 0; k < kTogether && i < count; ++k, ++i)
      findings.push_back(running.finding(i, i % 20 == 7 ? Severity::kCritical : Severity::kHigh));
    running.report(findings);
    if (i == kTogether) fmt::print("committed 0 {}\n", steady_ns());
  }
  fmt::print("stored {}\n", steady_ns());
  for (std::int64_t i = 0; i < kEachSecond; ++i) {
    std::this_thread::sleep_for(1s);
    running.report({running.finding(count + i, Severity::kCritical)});
  }
  running.wait_until_sent(600s);
  for (std::string_view kind : {"smtp", "webhook"}) {
    for (std::string_view which : {"severity = 5", "severity < 5"})
      fmt::print("slowest {} {} {}\n", kind, which == "severity = 5" ? "critical" : "others",
                 running.number(fmt::format(
                     "SELECT MAX(n.accepted_at - n.created_at) FROM notifications n JOIN channels c ON "
                     "c.id = n.channel_id WHERE c.kind = '{}' AND n.{}",
                     kind, which)));
  }
  fmt::print("unsent {}\n", running.number("SELECT COUNT(*) FROM notifications WHERE state <> 'accepted'"));
}

void failover(Running& running, const json::object& peers, const Arguments&) {
  auto mail = running.channel("mail", "smtp", peers.at("mail"));
  std::vector<desk::EscalationTarget> targets;
  for (const auto& one : peers.at("broken").as_array()) {
    std::string name(one.at("name").as_string());
    auto broken = running.channel(name, std::string(one.at("kind").as_string()), one.at("settings"));
    targets.push_back(to_person(running.person(name, {{broken, ""}, {mail, name + "@example.org"}})));
  }
  running.call(targets);
  running.report({running.finding(0, Severity::kCritical)});
  fmt::print("committed 0 {}\n", steady_ns());
  std::fflush(stdout);
  std::this_thread::sleep_for(40s);
}

// One line for each report() that returned: the finding's uid and how long it took.
void report_for_ever(Running& running, const Arguments& arguments, int out) {
  auto reporters = arguments.at("reporters");
  auto every = std::chrono::nanoseconds(1'000'000'000 * reporters / arguments.at("rate"));
  std::vector<std::jthread> threads;
  for (std::int64_t r = 0; r < reporters; ++r) {
    threads.emplace_back([&, r] {
      auto due = std::chrono::steady_clock::now() + every * r / reporters;
      for (std::int64_t i = r;; i += reporters, due += every) {
        std::this_thread::sleep_until(due);
        auto f = running.finding(i, i % 10 == 3 ? Severity::kHigh : Severity::kMedium);
        auto began = steady_ns();
        running.report({f});
        auto ended = steady_ns();
        auto line = fmt::format("{} {} {}\n", f.uid, (ended - began) / 1000,
                                (ended - due.time_since_epoch().count()) / 1000);
        if (::write(out, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::_Exit(1);
      }
    });
  }
}

void print_quantiles(std::string_view what, std::vector<std::int64_t>& values) {
  std::ranges::sort(values);
  auto at = [&](double share) {
    auto index = static_cast<std::size_t>(share * static_cast<double>(values.size()));
    return static_cast<double>(values[std::min(values.size() - 1, index)]) / 1000;
  };
  fmt::print("{} ms: p50 {:.2f}, p95 {:.2f}, p99 {:.2f}, p99.9 {:.2f}, worst {:.1f}\n", what, at(0.5),
             at(0.95), at(0.99), at(0.999), static_cast<double>(values.back()) / 1000);
}

void ingest(const std::filesystem::path& folder, const json::object& peers, const Arguments& arguments) {
  int ends[2];
  if (::pipe(ends) != 0) give_up("no pipe");
  auto child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    Running running(folder);
    auto mail = running.channel("mail", "smtp", peers.at("mail"));
    running.call({to_person(running.person("duty", {{mail, "duty@example.org"}}))});
    report_for_ever(running, arguments, ends[1]);
    std::_Exit(0);
  }
  ::close(ends[1]);
  std::jthread killer([&] {
    std::this_thread::sleep_for(std::chrono::seconds(arguments.at("seconds")));
    ::kill(child, SIGKILL);
  });
  std::vector<std::string> uids;
  std::vector<std::int64_t> commits, behind;
  auto* lines = ::fdopen(ends[0], "r");
  char uid[64];
  long commit = 0, since_due = 0;
  while (std::fscanf(lines, "%63s %ld %ld", uid, &commit, &since_due) == 3) {
    uids.emplace_back(uid);
    commits.push_back(commit);
    behind.push_back(since_due);
  }
  std::fclose(lines);
  int status = 0;
  rusage used{};
  ::wait4(child, &status, 0, &used);
  if (!WIFSIGNALED(status)) give_up("the desk ended by itself");
  SystemClock clock;
  Metrics metrics;
  auto database =
      need(store::open_sqlite({.path = folder / "vedette.db"}, desk::desk_migrations(), clock, metrics));
  std::size_t lost = 0;
  need(database->read([&](store::Session& session) -> Result<void> {
    for (const auto& one : uids) {
      TRY_ASSIGN(auto rows,
                 session.query("SELECT a.id FROM findings f JOIN alerts a ON a.id = f.alert_id WHERE "
                               "f.uid = ?",
                               {one}));
      lost += rows.empty() ? 1 : 0;
    }
    return {};
  }));
  auto seconds = static_cast<double>(arguments.at("seconds"));
  fmt::print("alerts {} in {} s: {:.0f} a second; lost after kill -9: {}; database {:.0f} MB\n", uids.size(),
             seconds, static_cast<double>(uids.size()) / seconds, lost,
             static_cast<double>(std::filesystem::file_size(folder / "vedette.db")) / 1e6);
  if (uids.empty()) give_up("nothing was stored");
  // How busy the machine is with other things does not change this much.
  auto us_each = [&](const timeval& time) {
    return (static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec)) /
           static_cast<double>(uids.size());
  };
  fmt::print("processor us an alert: {:.0f} in the program, {:.0f} in the kernel\n", us_each(used.ru_utime),
             us_each(used.ru_stime));
  print_quantiles("commit", commits);
  print_quantiles("since it was due", behind);
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) give_up("paced|storm|failover|ingest FOLDER PEERS [name=number…]");
  std::string what = words[1];
  Arguments arguments = {{"seconds", what == "ingest" ? 600 : 60},
                         {"rate", what == "ingest" ? 2000 : 50},
                         {"alerts", 10'000},
                         {"reporters", 8}};
  for (int i = 4; i < count; ++i) {
    std::string_view word = words[i];
    auto sign = word.find('=');
    std::int64_t value = 0;
    if (sign == word.npos ||
        std::from_chars(word.data() + sign + 1, word.data() + word.size(), value).ec != std::errc() ||
        value < 1)
      give_up(fmt::format("{}: name=number is meant", word));
    arguments[std::string(word.substr(0, sign))] = value;
  }
  std::stringstream text;
  text << std::ifstream(words[3]).rdbuf();
  auto peers = json::parse(text.str()).as_object();
  std::filesystem::path folder = words[2];
  if (what == "ingest") {
    ingest(folder, peers, arguments);
    return 0;
  }
  Running running(folder);
  if (what == "paced")
    paced(running, peers, arguments);
  else if (what == "storm")
    storm(running, peers, arguments);
  else if (what == "failover")
    failover(running, peers, arguments);
  else
    give_up("what is " + what + "?");
  running.core->stop();
}
