// vedette files guard: the file watch alone, without a server. The process that was called is the watchdog;
// the guard runs in its child.
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <iostream>

#include "base/clock.h"
#include "base/log.h"
#include "base/text/utf8.h"
#include "cli/app.h"
#include "cli/command.h"
#include "cli/instance_args.h"
#include "files/guard/canaries.h"
#include "files/guard/control.h"
#include "files/guard/guard_json.h"
#include "files/guard/guard_service.h"
#include "files/guard/keeper.h"
#include "files/guard/recovery.h"
#include "files/guard/supervisor.h"

namespace vedette::cli {
namespace json = boost::json;
namespace {

constexpr std::string_view kVault = "/var/lib/vedette/vault";

struct Args {
  std::vector<std::string> trees, exclude;
  std::string vault{kVault}, mode = "hold", language = "en", when_full = "hold", incident;
  std::uint64_t vault_mib = 8192, file_mib = 256;
  double hours = 24;
  bool json = false, canaries = false, remove = false;
  int ready_fd = -1;
};

// A line is one write, so that the lines of several threads do not mix.
void say(const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    auto put = ::write(STDOUT_FILENO, text.data() + done, text.size() - done);
    if (put <= 0) return;
    done += static_cast<std::size_t>(put);
  }
}
void say(const json::object& line) { say(json::serialize(line) + "\n"); }

class Printer final : public files::GuardListener {
 public:
  explicit Printer(const Args& args) : args_(args), language_(language_from(args.language)) {}

  void on_incident(const files::FileIncident& incident, const std::vector<files::Deed>& deeds) override {
    if (args_.json) return say(files::incident_json(incident, deeds, language_));
    auto text = files::incident_text(incident, deeds, language_);
    if (incident.state == files::IncidentState::kHeld && args_.mode == "hold")
      text += fmt::format(
          "  What now?  vedette files rollback {0} --vault {1}   restores the files\n"
          "             vedette files allow {0} --vault {1}      it was me: go on\n{2}",
          incident.id, args_.vault,
          ::isatty(STDIN_FILENO) == 1 ? "             or type r (rollback) or a (allow) and Enter here\n"
                                      : "");
    say(text);
    std::lock_guard lock(mutex_);
    latest_ = incident.id;
  }
  void on_rollback(const files::FileIncident& incident,
                   const std::vector<files::RestoredFile>& files) override {
    args_.json ? say(files::rollback_json(incident, files)) : say(files::rollback_text(incident, files));
  }
  void on_notice(const files::GuardNotice& notice) override {
    if (args_.json) return say(files::notice_json(notice));
    say(fmt::format("NOTICE  {}{}{}\n", notice.text, notice.path.empty() ? "" : ": ", notice.path));
  }
  std::string latest() const {
    std::lock_guard lock(mutex_);
    return latest_;
  }

 private:
  const Args& args_;
  const Language language_;
  mutable std::mutex mutex_;
  std::string latest_;
};

// To the agent that started this guard, once: that opens are guarded now, or why not.
void report_ready(int fd, const Result<void>& started) {
  if (fd < 0) return;
  auto line = started ? std::string("ready\n") : "error " + started.error().full() + "\n";
  [[maybe_unused]] auto written = ::write(fd, line.data(), line.size());
  ::close(fd);
}

// "r" and "a" on the terminal the guard was started from.
void read_terminal(const std::stop_token& stop, files::Guard& guard, const Printer& printer,
                   const Clock& clock) {
  while (!stop.stop_requested()) {
    pollfd polled{STDIN_FILENO, POLLIN, 0};
    if (::poll(&polled, 1, 200) <= 0) continue;
    char typed[64];
    auto got = ::read(STDIN_FILENO, typed, sizeof typed);
    if (got <= 0) return;
    if (typed[0] != 'r' && typed[0] != 'a') continue;
    auto decision = typed[0] == 'r' ? files::Decision::kRollback : files::Decision::kAllow;
    auto done = guard.resolve(printer.latest(), decision, clock.wall() + std::chrono::hours(24));
    if (!done) say(done.error().full() + "\n");
    if (done && decision == files::Decision::kAllow) say("Allowed for 24 hours; its processes go on.\n");
  }
}

// `alarms`: what the watchdog said of the guards before this one.
int guard_process(const Args& args, const files::GuardOptions& options, files::Heartbeat& heart,
                  const std::vector<files::GuardNotice>& alarms) {
  SystemClock clock;
  Printer printer(args);
  files::GuardService service(options, clock, &printer);
  auto& guard = service.guard();
  // From its first answer on, for one that stops while it still marks its trees keeps people waiting as well.
  std::jthread beating([&](const std::stop_token& stop) {
    for (std::uint64_t last = 0; !stop.stop_requested();) {
      auto ticks = guard.ticks();
      if (std::exchange(last, ticks) != ticks) heart.beat();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    heart.rest();
  });
  auto started = service.start();
  report_ready(args.ready_fd, started);
  if (!started) return not_done(started.error());
  heart.beat();  // from now on its silence counts, even if it stops before its first tick
  for (const auto& alarm : alarms) service.on_notice(alarm);
  std::jthread typing;
  if (::isatty(STDIN_FILENO) == 1)
    typing = std::jthread([&](const std::stop_token& stop) { read_terminal(stop, guard, printer, clock); });
  auto status = guard.status();
  const auto mode = to_string(status.observes_only ? files::GuardMode::kObserve : options.mode);
  if (args.json) {
    say(json::object{{"event", "started"},
                     {"pid", ::getpid()},
                     {"mode", mode},
                     {"gate", status.observes_only ? "inotify" : "fanotify"},
                     {"directories", status.directories},
                     {"vault", options.vault.string()}});
  } else {
    say(fmt::format("{} {} folders, mode {}, vault {}\n", status.observes_only ? "Observing" : "Guarding",
                    status.directories, mode, options.vault.string()));
  }
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  int number = 0;
  ::sigwait(&signals, &number);
  typing = {};
  beating = {};  // it may take its time now
  service.stop();
  return kWell;
}

int guard(const Args& args) {
  files::GuardOptions options;
  std::error_code error;
  for (const auto& tree : args.trees) {
    auto path = std::filesystem::canonical(tree, error);
    if (error) return not_done(Error(ErrorCode::kNotFound, tree + ": " + error.message()));
    options.trees.push_back(path.string());
  }
  for (const auto& folder : args.exclude) {
    auto path = std::filesystem::weakly_canonical(folder, error);
    if (error) return not_done(Error(ErrorCode::kInvalid, folder + ": " + error.message()));
    options.exclude.push_back(path.string());
  }
  options.vault = std::filesystem::absolute(args.vault);
  options.mode = args.mode == "observe"    ? files::GuardMode::kObserve
                 : args.mode == "rollback" ? files::GuardMode::kRollback
                                           : files::GuardMode::kHold;
  options.canaries = args.canaries;
  options.hold_when_full = args.when_full == "hold";
  options.limits.bytes_max = args.vault_mib << 20;
  options.limits.file_bytes_max = args.file_mib << 20;
  // The guard outlives the agent that started it: nobody reads the pipe or the terminal then.
  if (args.ready_fd >= 0) ::signal(SIGPIPE, SIG_IGN);
  std::vector<files::GuardNotice> alarms;
  files::SupervisorOptions watchdog;
  watchdog.before_start = [&] {
    // Without a guard it keeps file systems busy for an hour, not for a day.
    if (auto started = files::start_keeper(options.vault, {.alone_max = std::chrono::hours(1)}); !started)
      log::warn("files.guard", "no keeper: what is pinned does not survive a kill of the guard",
                {{"error", started.error().full()}});
  };
  const int ended = files::supervise(
      watchdog, [&](files::Heartbeat& heart) { return guard_process(args, options, heart, alarms); },
      [&](files::Alarm alarm, int pid) {
        std::string kind = alarm == files::Alarm::kHung   ? "guard_hung"
                           : alarm == files::Alarm::kDied ? "guard_died"
                                                          : "guard_gave_up";
        std::string text =
            alarm == files::Alarm::kHung
                ? "The guard gave no sign of life and was ended: opens went on unguarded; it is started again"
            : alarm == files::Alarm::kDied
                ? "The guard died: opens went on unguarded; it is started again"
                : "The guard died too often and is not started again: the folders are NOT guarded";
        alarms.push_back({kind, text, {}});
        if (args.json) return say(json::object{{"event", kind}, {"pid", pid}, {"text", text}});
        say("ALARM  " + text + "\n");
      });
  // A guard that could not start has not told the keeper to end; one that died too often still has pins
  // there.
  if (ended != kWell && alarms.empty())
    if (auto keeper = files::KeeperLink::connect(options.vault)) (*keeper)->end();
  return ended;
}

int resolve(const Args& args, const char* what) {
  json::object request{{"do", what}, {"incident", args.incident}, {"hours", args.hours}};
  const std::string_view act = what;
  auto answered = files::ask_guard(args.vault, request);
  if (answered) {
    const auto* text = answered->if_contains("text");
    if (!args.json && text != nullptr) {
      say(std::string(text->as_string()));
    } else {
      answered->erase("text");
      say(*answered);
    }
    const auto* failed = answered->if_contains("failed");
    return failed != nullptr && failed->to_number<int>() > 0 ? kBad : kWell;
  }
  if (answered.error().code() != ErrorCode::kNotFound) return not_done(answered.error());
  // No guard runs: the vault alone knows enough to undo and to let go on, not to stop anybody.
  if (act == "freeze") return not_done(answered.error());
  SystemClock clock;
  auto how = act == "rollback" ? files::Recovery::kRollback
             : act == "allow"  ? files::Recovery::kAllow
                               : files::Recovery::kThaw;
  auto done = files::recover(args.vault, args.incident, how, clock);
  if (!done) return not_done(done.error());
  if (act != "rollback") {
    say(fmt::format("{} processes go on\n", done->continued));
    return kWell;
  }
  args.json ? say(files::rollback_json(done->incident, done->files))
            : say(files::rollback_text(done->incident, done->files));
  return std::ranges::all_of(done->files, &files::RestoredFile::ok) ? kWell : kBad;
}

int list(const Args& args) {
  auto history = files::Vault::read(args.vault);
  if (!history) return not_done(history.error());
  for (const auto& incident : history->incidents) {
    if (args.json) {
      say(files::incident_json(incident, {}, Language::kEnglish));
    } else {
      say(fmt::format("{}  {}  {:<11}  {} files  {}\n", incident.id, to_rfc3339(incident.at),
                      to_string(incident.state), incident.files_changed, incident.actor.process.executable));
    }
  }
  return kWell;
}

int canaries(const Args& args) {
  if (!args.remove) {
    auto known = files::Canaries::open(args.vault);
    if (!known) return not_done(known.error());
    for (const auto& path : (*known)->paths())
      args.json ? say(json::object{{"event", "canary"}, {"path", repair_utf8(path)}}) : say(path + "\n");
    return kWell;
  }
  auto answered = files::ask_guard(args.vault, {{"do", "remove_canaries"}});
  if (!answered && answered.error().code() == ErrorCode::kNotFound) {
    // No guard runs: the list in the vault is enough.
    auto known = files::Canaries::open(args.vault);
    auto removed = known ? (*known)->remove() : std::unexpected(known.error());
    if (!removed) return not_done(removed.error());
    answered = json::object{{"event", "canaries_removed"}, {"count", *removed}};
  }
  if (!answered) return not_done(answered.error());
  args.json
      ? say(*answered)
      : say(fmt::format("{} bait files were removed\n", answered->at("count").to_number<std::size_t>()));
  return kWell;
}

}  // namespace

void add_files(Command& root, int& exit_code) {
  auto args = std::make_shared<Args>();
  auto* files =
      root.add_subcommand("files", "Keep files from being encrypted, and web roots from being changed");
  files->require_subcommand(1);
  auto vault = [args](Command* command) {
    command->add_option("--vault", args->vault, "Folder for the copies; outside the protected folders")
        ->capture_default_str();
    command->add_flag("--json", args->json, "One JSON object a line");
  };
  auto* guarding =
      files->add_subcommand("guard", "Guard folders until interrupted (needs root; else it only observes)");
  guarding->add_option("dir", args->trees, "Folders to protect, with everything below")->required();
  guarding->add_option("--exclude", args->exclude, "Folders below them that are let alone");
  guarding->add_option("--ready-fd", args->ready_fd, "For the agent: where to say that the guard runs")
      ->group("");
  guarding->add_option("--mode", args->mode, "observe, hold or rollback: what happens to an attacker")
      ->check(one_of({"observe", "hold", "rollback"}))
      ->capture_default_str();
  guarding->add_option("--vault-size", args->vault_mib, "MiB the vault may take")->capture_default_str();
  guarding->add_option("--file-size", args->file_mib, "MiB up to which a file is copied before it is changed")
      ->capture_default_str();
  guarding->add_option("--when-full", args->when_full, "hold or allow: writers, when the vault is full")
      ->check(one_of({"hold", "allow"}))
      ->capture_default_str();
  guarding->add_flag("--canaries", args->canaries,
                     "Put out bait files that nobody works with (`files canaries --remove`)");
  guarding->add_option("--language", args->language, "vi or en")
      ->check(one_of({"vi", "en"}))
      ->capture_default_str();
  vault(guarding);
  guarding->footer(
      "hold (the default) stops an attacker's processes and waits for a person; rollback restores the files "
      "at "
      "once as well; observe only tells. Nothing is ever killed.");
  guarding->callback([args, &exit_code] { exit_code = guard(*args); });

  auto* undoing =
      files->add_subcommand("rollback", "Restore the files of an incident, with or without a running guard");
  undoing->add_option("incident", args->incident, "Id, or its beginning")->required();
  vault(undoing);
  undoing->footer("Exit code 1 when a file could not be restored.");
  undoing->callback([args, &exit_code] { exit_code = resolve(*args, "rollback"); });

  auto* allowing =
      files->add_subcommand("allow", "This was me: let the stopped processes of an incident go on");
  allowing->add_option("incident", args->incident, "Id, or its beginning")->required();
  allowing->add_option("--hours", args->hours, "How long this program may go on doing so")
      ->capture_default_str();
  vault(allowing);
  allowing->callback([args, &exit_code] { exit_code = resolve(*args, "allow"); });

  auto* freezing =
      files->add_subcommand("freeze", "Stop the processes of an incident that was only observed");
  freezing->add_option("incident", args->incident, "Id, or its beginning")->required();
  vault(freezing);
  freezing->callback([args, &exit_code] { exit_code = resolve(*args, "freeze"); });

  auto* thawing = files->add_subcommand(
      "thaw", "Let the stopped processes of an incident go on, without a leave for more");
  thawing->add_option("incident", args->incident, "Id, or its beginning")->required();
  vault(thawing);
  thawing->callback([args, &exit_code] { exit_code = resolve(*args, "thaw"); });
  auto* baiting =
      files->add_subcommand("canaries", "List the bait files that --canaries put out, or remove them");
  baiting->add_flag("--remove", args->remove, "Remove those that nobody changed");
  vault(baiting);
  baiting->callback([args, &exit_code] { exit_code = canaries(*args); });

  auto* listing = files->add_subcommand("incidents", "List the incidents a vault knows");
  vault(listing);
  listing->callback([args, &exit_code] { exit_code = list(*args); });
  add_files_roots(*files, exit_code);
}

}  // namespace vedette::cli
