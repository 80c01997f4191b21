#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>

#include <cstdio>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "cli/command.h"
#include "cli/instance_args.h"
#include "server/instance.h"
#include "server/service_notify.h"
#include "server/version.h"

namespace vedette::cli {
namespace {

log::Level level_of(const std::string& name) {
  if (name == "debug") return log::Level::kDebug;
  if (name == "warn") return log::Level::kWarn;
  if (name == "error") return log::Level::kError;
  return log::Level::kInfo;
}

void reload(server::LiveConfig& config, server::Instance& instance) {
  server::notify_service("RELOADING=1");
  auto report = config.reload();
  if (!report) {
    log::error("server", "the configuration was not reloaded; the old one stays in force",
               {{"error.message", report.error().full()}});
  } else {
    log::set_level(level_of(config.current()->log_level));
    if (auto applied = instance.apply_reloaded(); !applied)
      log::error("server", "a part did not take the new configuration",
                 {{"error.message", applied.error().full()}});
    log::info("server", "configuration reloaded",
              {{"vedette.changed", fmt::format("{}", fmt::join(report->changed, " "))}});
    if (!report->need_restart.empty())
      log::warn("server", "these keys take effect at the next start",
                {{"vedette.keys", fmt::format("{}", fmt::join(report->need_restart, " "))}});
  }
  server::notify_service("READY=1");
}

// Until SIGTERM or SIGINT. Signals are blocked in every thread and taken here, so that no handler runs
// anywhere.
void serve(server::LiveConfig& config, server::Instance& instance, const sigset_t& signals,
           const Clock& clock) {
  auto interval = server::watchdog_interval();
  auto next_sign_of_life = clock.steady();
  constexpr timespec kTick{1, 0};
  for (;;) {
    int signal = sigtimedwait(&signals, nullptr, &kTick);
    if (signal == SIGTERM || signal == SIGINT) return;
    if (signal == SIGHUP) reload(config, instance);
    bool well = instance.tick();
    if (interval && well && clock.steady() >= next_sign_of_life) {
      server::notify_service("WATCHDOG=1");
      next_sign_of_life = clock.steady() + *interval;
    }
  }
}

int run_server(const InstanceArgs& args) {
  auto config = load_or_complain(args);
  if (!config) return kNotDone;
  log::set_level(level_of(config->current()->log_level));
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  SystemClock clock;
  Metrics metrics;
  auto instance = server::Instance::open(*config, clock, metrics);
  if (!instance) return not_done(Error(instance.error()).with("starting the server"));
  if (auto started = (*instance)->start(); !started)
    return not_done(Error(started.error()).with("starting the server"));
  fmt::print("Vedette {} runs at {}\n", server::version(), (*instance)->url());
  auto link = (*instance)->setup_link();
  if (!link) return not_done(link.error());
  if (!link->empty())
    fmt::print("Create the first administrator (the link works once, for {} hours):\n  {}\n",
               config->current()->setup_link_hours, *link);
  std::fflush(stdout);
  server::notify_service("READY=1");
  serve(*config, **instance, signals, clock);
  server::notify_service("STOPPING=1");
  log::info("server", "stopping");
  (*instance)->stop();
  return kWell;
}

}  // namespace

void add_server(Command& root, int& exit_code) {
  auto args = std::make_shared<InstanceArgs>();
  auto* command = root.add_subcommand("server", "Run the server: watches, desk, console and API");
  add_folder_options(*command, *args);
  command->add_option("--listen", args->listen, "Address and port, in place of server.listen");
  command->footer(
      "SIGTERM and SIGINT stop it, SIGHUP reads the configuration again without dropping a connection.");
  command->callback([args, &exit_code] { exit_code = run_server(*args); });
}

}  // namespace vedette::cli
