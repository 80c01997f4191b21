// vedette files guard: the file watch alone, without a server. The process that was called is the watchdog;
// the guard runs in its child.
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <iostream>

#include "base/clock.h"
#include "cli/app.h"
#include "cli/instance_args.h"
#include "files/guard/control.h"
#include "files/guard/guard.h"
#include "files/guard/guard_json.h"
#include "files/guard/recovery.h"
#include "files/guard/supervisor.h"

namespace vedette::cli {
namespace json = boost::json;
namespace {

constexpr std::string_view kVault = "/var/lib/vedette/vault";

struct Args {
  std::vector<std::string> trees;
  std::string vault{kVault}, mode = "hold", language = "en", when_full = "hold", incident;
  std::uint64_t vault_mib = 8192, file_mib = 256;
  double hours = 24;
  bool json = false;
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

json::object answer(files::Guard& guard, const Clock& clock, const json::object& request) {
  auto word = [&](std::string_view key) {
    const auto* value = request.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  auto act = word("do");
  if (act == "status") return files::status_json(guard.status());
  if (act != "rollback" && act != "allow") return {{"error", "unknown request"}};
  auto until = clock.wall();
  if (const auto* hours = request.if_contains("hours"); hours != nullptr && hours->is_number())
    until += std::chrono::milliseconds(static_cast<std::int64_t>(hours->to_number<double>() * 3'600'000));
  auto done = guard.resolve(word("incident"),
                            act == "allow" ? files::Decision::kAllow : files::Decision::kRollback, until);
  if (!done) return {{"error", done.error().full()}};
  if (act == "rollback") {
    auto out = files::rollback_json(done->incident, done->files);
    out["text"] = files::rollback_text(done->incident, done->files);
    return out;
  }
  return {{"event", "allowed"}, {"incident", done->incident.id}};
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

int guard_process(const Args& args, const files::GuardOptions& options, files::Heartbeat& heart) {
  SystemClock clock;
  Printer printer(args);
  files::Guard guard(options, clock, printer);
  if (auto started = guard.start(); !started) return not_done(started.error());
  auto control = files::ControlServer::start(
      options.vault, [&](const json::object& request) { return answer(guard, clock, request); });
  if (!control) return not_done(control.error());
  std::jthread beating([&](const std::stop_token& stop) {
    for (std::uint64_t last = 0; !stop.stop_requested();) {
      auto ticks = guard.ticks();
      if (std::exchange(last, ticks) != ticks) heart.beat();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    heart.rest();
  });
  std::jthread typing;
  if (::isatty(STDIN_FILENO) == 1)
    typing = std::jthread([&](const std::stop_token& stop) { read_terminal(stop, guard, printer, clock); });
  auto status = guard.status();
  if (args.json) {
    say(json::object{{"event", "started"},
                     {"pid", ::getpid()},
                     {"mode", to_string(options.mode)},
                     {"directories", status.directories},
                     {"vault", options.vault.string()}});
  } else {
    say(fmt::format("Guarding {} folders, mode {}, vault {}\n", status.directories, to_string(options.mode),
                    options.vault.string()));
  }
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  int number = 0;
  ::sigwait(&signals, &number);
  control->reset();
  typing = {};
  guard.stop();
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
  options.vault = std::filesystem::absolute(args.vault);
  options.mode = args.mode == "observe"    ? files::GuardMode::kObserve
                 : args.mode == "rollback" ? files::GuardMode::kRollback
                                           : files::GuardMode::kHold;
  options.hold_when_full = args.when_full == "hold";
  options.limits.bytes_max = args.vault_mib << 20;
  options.limits.file_bytes_max = args.file_mib << 20;
  return files::supervise(
      {}, [&](files::Heartbeat& heart) { return guard_process(args, options, heart); },
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
        if (args.json) return say(json::object{{"event", kind}, {"pid", pid}, {"text", text}});
        say("ALARM  " + text + "\n");
      });
}

int resolve(const Args& args, const char* what) {
  json::object request{{"do", what}, {"incident", args.incident}, {"hours", args.hours}};
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
  // No guard runs: the vault alone knows enough.
  SystemClock clock;
  bool allow = std::string_view(what) == "allow";
  auto done = files::recover(args.vault, args.incident, allow, clock);
  if (!done) return not_done(done.error());
  if (allow) {
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

}  // namespace

void add_files(CLI::App& root, int& exit_code) {
  auto args = std::make_shared<Args>();
  auto* files =
      root.add_subcommand("files", "Keep files from being encrypted, and web roots from being changed");
  files->require_subcommand(1);
  auto vault = [args](CLI::App* command) {
    command->add_option("--vault", args->vault, "Folder for the copies; outside the protected folders")
        ->capture_default_str();
    command->add_flag("--json", args->json, "One JSON object a line");
  };
  auto* guarding = files->add_subcommand("guard", "Guard folders until interrupted (needs root)");
  guarding->add_option("dir", args->trees, "Folders to protect, with everything below")->required();
  guarding->add_option("--mode", args->mode, "observe, hold or rollback: what happens to an attacker")
      ->check(CLI::IsMember({"observe", "hold", "rollback"}))
      ->capture_default_str();
  guarding->add_option("--vault-size", args->vault_mib, "MiB the vault may take")->capture_default_str();
  guarding->add_option("--file-size", args->file_mib, "MiB up to which a file is copied before it is changed")
      ->capture_default_str();
  guarding->add_option("--when-full", args->when_full, "hold or allow: writers, when the vault is full")
      ->check(CLI::IsMember({"hold", "allow"}))
      ->capture_default_str();
  guarding->add_option("--language", args->language, "vi or en")
      ->check(CLI::IsMember({"vi", "en"}))
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

  auto* listing = files->add_subcommand("incidents", "List the incidents a vault knows");
  vault(listing);
  listing->callback([args, &exit_code] { exit_code = list(*args); });
  add_files_roots(*files, exit_code);
}

}  // namespace vedette::cli
