// `vedette watchdog`: a small process of its own, best on another machine, that asks the server for life and
// shouts through its own channel. It uses nothing of the server: no store, no configuration, no outbox.
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <boost/json.hpp>
#include <cstdio>

#include "base/log.h"
#include "cli/app.h"
#include "cli/command.h"
#include "cli/vigil.h"
#include "net/http_client.h"
#include "server/service_notify.h"

extern char** environ;

namespace vedette::cli {
namespace {

namespace json = boost::json;
using std::chrono::seconds;
constexpr auto kCommandLongest = seconds(60);
constexpr std::size_t kWhyMax = 1'000;

struct WatchdogArgs {
  std::string url, ca_file, command, webhook, heartbeat;
  int every = 3, silent_after = 15, again = 300, heartbeat_every = 60;
};

struct Look {
  Sight sight = Sight::kSilent;
  std::string why;
};

Look look_at(const WatchdogArgs& args) {
  net::HttpClientRequest request;
  request.url = args.url;
  request.ca_file = args.ca_file;
  request.timeout = seconds(args.every);
  request.response_bytes_max = 64 * 1024;
  auto answer = net::http_call(request);
  if (!answer) return {Sight::kSilent, answer.error().full()};
  if (answer->status == 200) return {Sight::kWell, ""};
  if (answer->status == 503) return {Sight::kIll, answer->body.substr(0, kWhyMax)};
  return {Sight::kSilent, fmt::format("HTTP {}", answer->status)};
}

// The local command, without waiting for it: a siren that hangs must not blind the watchdog.
class Siren {
 public:
  explicit Siren(std::string command) : command_(std::move(command)) {}
  void sound(std::string_view state, const std::string& text) {
    reap();
    if (command_.empty() || pid_ > 0) return;
    std::vector<std::string> variables = {fmt::format("VEDETTE_STATE={}", state), "VEDETTE_TEXT=" + text};
    std::vector<char*> environment;
    for (auto& one : variables) environment.push_back(one.data());
    for (char** one = environ; *one; ++one) environment.push_back(*one);
    environment.push_back(nullptr);
    std::string shell = "sh", flag = "-c";
    char* words[] = {shell.data(), flag.data(), command_.data(), nullptr};
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    int failed = posix_spawn(&pid_, "/bin/sh", nullptr, &attributes, words, environment.data());
    posix_spawnattr_destroy(&attributes);
    if (failed != 0) {
      pid_ = 0;
      log::error("watchdog", "the command could not be started", {{"error.code", failed}});
      return;
    }
    started_ = clock_.steady();
  }
  void reap() {
    if (pid_ <= 0) return;
    if (clock_.steady() - started_ > kCommandLongest) ::kill(-pid_, SIGKILL);
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return;
    pid_ = 0;
    if (status != 0) log::error("watchdog", "the command did not end well", {{"vedette.status", status}});
  }

 private:
  std::string command_;
  pid_t pid_ = 0;
  SystemClock clock_;
  SteadyTime started_{};
};

bool call(const std::string& url, const std::string& ca_file, const std::string& body) {
  net::HttpClientRequest request;
  request.url = url;
  request.ca_file = ca_file;
  request.timeout = seconds(5);  // a look must not come late because of it
  if (!body.empty()) {
    request.method = "POST";
    request.headers = {{"Content-Type", "application/json; charset=utf-8"}};
    request.body = body;
  }
  auto answer = net::http_call(request);
  bool taken = answer && answer->status >= 200 && answer->status < 300;
  if (!taken)
    log::error("watchdog",
               body.empty() ? "the heartbeat was not taken" : "the webhook did not take the message",
               {{"error.message", answer ? fmt::format("HTTP {}", answer->status) : answer.error().full()}});
  return taken;
}

std::string_view name_of(Shout shout) {
  if (shout == Shout::kBack) return "back";
  return shout == Shout::kIll ? "ill" : "silent";
}

std::string text_of(Shout shout, const WatchdogArgs& args, const std::string& why) {
  if (shout == Shout::kBack) return fmt::format("Vedette answers again: {}", args.url);
  if (shout == Shout::kIll) return fmt::format("Vedette says that it is not well ({}): {}", args.url, why);
  return fmt::format("Vedette does not answer ({}): {}. Nobody is told of alerts until it does.", args.url,
                     why);
}

int watch(const WatchdogArgs& args) {
  if (args.command.empty() && args.webhook.empty()) {
    std::fprintf(stderr, "vedette watchdog: name a way to shout: --command or --webhook\n");
    return kNotDone;
  }
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  SystemClock clock;
  Vigil vigil({seconds(args.silent_after), seconds(args.again)}, clock.steady());
  Siren siren(args.command);
  auto next_heartbeat = clock.steady();
  std::string owed;  // a message the webhook has not taken yet
  server::notify_service("READY=1");
  for (;;) {
    auto seen = look_at(args);
    auto shout = vigil.look(seen.sight, clock.steady());
    if (shout != Shout::kNone) {
      auto text = text_of(shout, args, seen.why);
      log::warn("watchdog", text);
      siren.sound(name_of(shout), text);
      owed = json::serialize(json::object{{"event", "watchdog"}, {"state", name_of(shout)}, {"text", text}});
    }
    siren.reap();
    if (!owed.empty() && (args.webhook.empty() || call(args.webhook, args.ca_file, owed))) owed.clear();
    // Out: somebody who watches this watchdog hears of it as long as all is well.
    if (!args.heartbeat.empty() && seen.sight == Sight::kWell && clock.steady() >= next_heartbeat) {
      call(args.heartbeat, args.ca_file, "");
      next_heartbeat = clock.steady() + seconds(args.heartbeat_every);
    }
    server::notify_service("WATCHDOG=1");
    timespec pause{args.every, 0};
    int signal = sigtimedwait(&signals, nullptr, &pause);
    if (signal == SIGTERM || signal == SIGINT) return kWell;
  }
}

}  // namespace

void add_watchdog(Command& root, int& exit_code) {
  auto args = std::make_shared<WatchdogArgs>();
  auto* command = root.add_subcommand(
      "watchdog", "Ask a server for life and shout by a way of its own when it is silent or not well");
  command->add_option("--url", args->url, "Its /healthz, e.g. https://vedette.example.org/healthz")
      ->required()
      ->envname("VEDETTE_WATCHDOG_URL");
  command->add_option("--ca-file", args->ca_file, "Trust this authority instead of the system's");
  command->add_option("--command", args->command,
                      "Run by sh to shout; it finds VEDETTE_STATE (silent, ill, back) and VEDETTE_TEXT");
  command->add_option("--webhook", args->webhook, "Gets the same as JSON; tried again until it is taken")
      ->envname("VEDETTE_WATCHDOG_WEBHOOK");
  command
      ->add_option("--heartbeat", args->heartbeat,
                   "Called with GET while all is well: a dead-man switch elsewhere")
      ->envname("VEDETTE_WATCHDOG_HEARTBEAT");
  command->add_option("--every", args->every, "Seconds between two looks, and the time for an answer")
      ->check(between(1, 60))
      ->capture_default_str();
  command->add_option("--silent-after", args->silent_after, "Seconds without a good answer until it shouts")
      ->check(between(3, 3'600))
      ->capture_default_str();
  command->add_option("--again", args->again, "Seconds until it shouts again")
      ->check(between(10, 86'400))
      ->capture_default_str();
  command->add_option("--heartbeat-every", args->heartbeat_every, "Seconds between two heartbeats")
      ->check(between(5, 86'400))
      ->capture_default_str();
  command->callback([args, &exit_code] { exit_code = watch(*args); });
}

}  // namespace vedette::cli
