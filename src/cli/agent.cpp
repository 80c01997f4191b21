#include <fmt/format.h>
#include <signal.h>

#include <boost/json.hpp>
#include <cstdio>

#include "agent/agent.h"
#include "base/allocator.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/instance_args.h"
#include "server/service_notify.h"
#include "server/version.h"

namespace vedette::cli {
namespace json = boost::json;
namespace {

struct Args {
  InstanceArgs instance;
  std::string state = "/var/lib/vedette-agent", server, pin, token, note;
  std::vector<std::string> roots, logs;
  int hours = 1;
};

int make_token(const Args& args) {
  auto api = connect(args.instance);
  if (!api) return not_done(api.error());
  json::object body{{"expires_in_s", args.hours * 3600}};
  if (!args.note.empty()) body["note"] = args.note;
  auto made = (*api)->call("POST", "/enrolments", body);
  if (!made) return not_done(made.error());
  fmt::print("Run this on the host, as root; it works once, until {}:\n  {}\n",
             std::string(made->at("expires_at").as_string()), std::string(made->at("command").as_string()));
  return kWell;
}

int enroll(const Args& args) {
  auto identity = agent::enroll(args.state, args.server, args.pin, args.token,
                                agent::host_facts(std::string(server::version())));
  if (!identity) return not_done(identity.error());
  fmt::print("{} is enrolled at {} (host {}). Now start it: vedette agent run --state {}\n", identity->name,
             identity->server, identity->host_id, args.state);
  return kWell;
}

// "PATTERN" or "PATTERN=FORMAT".
Result<agent::LogFiles> log_files(const std::string& given) {
  agent::LogFiles out{given, "text"};
  if (const auto equal = given.rfind('='); equal != std::string::npos) {
    out = {given.substr(0, equal), given.substr(equal + 1)};
  }
  if (std::ranges::find(agent::kLogFileFormats, out.format) == std::end(agent::kLogFileFormats))
    return fail(ErrorCode::kInvalid, fmt::format("{}: \"{}\" is no format of a log here; write {}", given,
                                                 out.format, fmt::join(agent::kLogFileFormats, ", ")));
  out.pattern = std::filesystem::absolute(out.pattern);
  return out;
}

int run_agent(const Args& args) {
  // Before any thread is there, so that every one of them leaves the signals to this one.
  sigset_t signals;
  ::sigemptyset(&signals);
  for (int number : {SIGINT, SIGTERM}) ::sigaddset(&signals, number);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  SystemClock clock;
  Metrics metrics;
  agent::AgentOptions options;
  options.state = std::filesystem::absolute(args.state);
  options.facts = agent::host_facts(std::string(server::version()));
  for (const auto& root : args.roots) {
    std::error_code error;
    auto path = std::filesystem::canonical(root, error);
    if (error) return not_done(Error(ErrorCode::kNotFound, root + ": " + error.message()));
    options.web_roots.push_back({path.string(), {}, "given"});
  }
  for (const auto& log : args.logs) {
    auto files = log_files(log);
    if (!files) return not_done(files.error());
    options.log_files.push_back(*std::move(files));
  }
  auto agent = agent::Agent::open(std::move(options), clock, metrics);
  if (!agent) return not_done(Error(agent.error()).with("starting the agent"));
  if (auto started = (*agent)->start(); !started)
    return not_done(Error(started.error()).with("starting the agent"));
  auto status = (*agent)->status();
  fmt::print("Agent of {} for {}\n", (*agent)->identity().name, (*agent)->identity().server);
  if (status.web_roots.empty()) fmt::print("NOTICE  no web root is watched here\n");
  for (const auto& root : status.web_roots) fmt::print("Watching {}\n", root);
  if (status.policy_version > 0) fmt::print("Policy {} is in force\n", status.policy_version);
  std::fflush(stdout);
  server::notify_service("READY=1");
  auto interval = server::watchdog_interval();
  // When the start is over, and what a burst of work has touched now and then.
  constexpr std::chrono::seconds kSettled{20}, kSlimAgain{600};
  auto next = clock.steady(), slim = clock.steady() + kSettled;
  constexpr timespec kTick{1, 0};
  while (::sigtimedwait(&signals, nullptr, &kTick) < 0) {
    if (clock.steady() >= slim) {
      give_back_pages();
      slim = clock.steady() + kSlimAgain;
    }
    if (!interval || clock.steady() < next || !(*agent)->well()) continue;
    server::notify_service("WATCHDOG=1");
    next = clock.steady() + *interval;
  }
  server::notify_service("STOPPING=1");
  (*agent)->stop();
  return kWell;
}

}  // namespace

void add_agent(Command& root, int& exit_code) {
  auto args = std::make_shared<Args>();
  auto* agent = root.add_subcommand("agent", "Report from this host to a server");
  agent->require_subcommand(1);
  auto state = [args](Command* command) {
    command->add_option("--state", args->state, "Folder of the agent: key, certificate, spool")
        ->capture_default_str();
  };
  auto* token = agent->add_subcommand("token", "On the server: make the command that enrols a host");
  add_api_options(*token, args->instance);
  token->add_option("--note", args->note, "What it is for");
  token->add_option("--hours", args->hours, "How long it is good")
      ->check(between(1, 168))
      ->capture_default_str();
  token->callback([args, &exit_code] { exit_code = make_token(*args); });

  auto* enrolling = agent->add_subcommand("enroll", "Make this host known to a server, once");
  enrolling->add_option("--server", args->server, "Address of the agents' listener, https")->required();
  enrolling->add_option("--pin", args->pin, "The listener's key, as the server printed it")->required();
  enrolling->add_option("--token", args->token, "One-time token")->required();
  state(enrolling);
  enrolling->callback([args, &exit_code] { exit_code = enroll(*args); });

  auto* running = agent->add_subcommand("run", "Watch this host's web roots and report, until interrupted");
  running->add_option("--web-root", args->roots,
                      "Folder to watch; without it those of the web servers found");
  running->add_option(
      "--log", args->logs,
      "Log to read, FILE or FILE=FORMAT (text, json, eve, audit; wildcards allowed), beside the "
      "policy's");
  state(running);
  running->callback([args, &exit_code] { exit_code = run_agent(*args); });
}

}  // namespace vedette::cli
