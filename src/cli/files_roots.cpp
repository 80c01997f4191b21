// vedette files roots: the watch over web roots alone, without a server; and its deploy windows.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>

#include "base/clock.h"
#include "base/metrics.h"
#include "cli/app.h"
#include "cli/command.h"
#include "cli/instance_args.h"
#include "files/webroots/difference.h"
#include "files/webroots/web_roots.h"

namespace vedette::cli {
namespace json = boost::json;
namespace {

struct RootsArgs {
  std::vector<std::string> roots;
  std::string state = "/var/lib/vedette/webroots", language = "en", duration, root, note;
  std::size_t limit = 50;
  bool once = false, json = false, end = false;
};

void say(std::string_view text) {
  for (std::size_t done = 0; done < text.size();) {
    auto put = ::write(STDOUT_FILENO, text.data() + done, text.size() - done);
    if (put <= 0) return;
    done += static_cast<std::size_t>(put);
  }
}

class Printer final : public FindingSink {
 public:
  explicit Printer(const RootsArgs& args) : args_(args), language_(language_from(args.language)) {}

  Result<void> report(const std::vector<Finding>& findings) override {
    for (const auto& finding : findings) {
      ++count_;
      args_.json ? say(json::serialize(to_json(finding)) + "\n") : say(text_of(finding));
    }
    return {};
  }
  std::size_t count() const { return count_; }

 private:
  std::string text_of(const Finding& finding) const {
    auto out = fmt::format("{}  {} ({}%)  {}\n  {}\n  {}\n", to_rfc3339(finding.observed_at),
                           to_string(finding.severity), finding.confidence, render(finding.title, language_),
                           render(finding.reason, language_), render(finding.next_step, language_));
    auto block = [&](const std::string& text, char mark) {
      for (std::size_t at = 0; at < text.size() && at < 2000;) {
        auto end = std::min(text.find('\n', at), text.size());
        // What stands in a hostile file must not move the terminal's cursor.
        std::string line = text.substr(at, std::min<std::size_t>(end - at, 160));
        for (char& c : line) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
        out += fmt::format("    {} {}\n", mark, line);
        at = end + 1;
      }
    };
    block(finding.before, '-');
    block(finding.after, '+');
    return out;
  }
  const RootsArgs& args_;
  const Language language_;
  std::atomic<std::size_t> count_{0};
};

void say_status(const files::WebRoots::Status& status, const RootsArgs& args) {
  auto language = language_from(args.language);
  if (args.json) {
    json::array roots, blind;
    for (const auto& root : status.roots) {
      json::array hosts;
      for (const auto& host : root.root.hosts) hosts.emplace_back(host);
      roots.push_back(json::object{{"path", root.root.path},
                                   {"hosts", std::move(hosts)},
                                   {"source", root.root.source},
                                   {"files", root.files},
                                   {"learned", root.learned}});
    }
    for (const auto& message : status.blind) blind.push_back(to_json(message));
    return say(json::serialize(json::object{{"event", "status"},
                                            {"method", status.method},
                                            {"folders", status.directories},
                                            {"examined", status.examined},
                                            {"findings", status.findings},
                                            {"overflows", status.overflows},
                                            {"roots", std::move(roots)},
                                            {"blind", std::move(blind)}}) +
               "\n");
  }
  for (const auto& root : status.roots)
    say(fmt::format("{}  {} files, {}  {}\n", root.root.path, root.files, root.root.source,
                    fmt::join(root.root.hosts, " ")));
  if (!status.method.empty())
    say(fmt::format("Watching {} folders through {}\n", status.directories, status.method));
  for (const auto& message : status.blind) say("NOTICE  " + render(message, language) + "\n");
}

files::WebRootsOptions options_of(const RootsArgs& args) {
  files::WebRootsOptions options;
  for (const auto& root : args.roots) {
    std::error_code error;
    options.roots.push_back(
        {std::filesystem::absolute(root, error).lexically_normal().string(), {}, "given"});
    auto& path = options.roots.back().path;
    if (path.size() > 1 && path.ends_with('/')) path.pop_back();
  }
  options.state = std::filesystem::absolute(args.state);
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  options.host_id = options.host_name = name;
  return options;
}

int watch(const RootsArgs& args) {
  // Before any thread is there, so that every one of them leaves the signals to this one.
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  if (!args.once) ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  SystemClock clock;
  Metrics metrics;
  Printer printer(args);
  files::WebRoots roots(options_of(args), clock, printer, metrics);
  if (args.once) {
    if (auto done = roots.check_once(); !done) return not_done(done.error());
    say_status(roots.status(), args);
    return printer.count() > 0 ? kBad : kWell;
  }
  if (auto started = roots.start(); !started) return not_done(started.error());
  say_status(roots.status(), args);
  int number = 0;
  ::sigwait(&signals, &number);
  roots.stop();
  return kWell;
}

// "90s", "10m", "2h".
Result<std::chrono::seconds> duration_of(const std::string& text) {
  std::size_t used = 0;
  long count = 0;
  try {
    count = std::stol(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  auto unit = text.substr(used);
  long seconds = unit == "s" ? 1 : unit == "m" || unit.empty() ? 60 : unit == "h" ? 3600 : 0;
  if (used == 0 || count <= 0 || count > 100'000 || seconds == 0)
    return fail(ErrorCode::kInvalid, fmt::format("\"{}\" is no duration; write 90s, 10m or 2h", text));
  return std::chrono::seconds(count * seconds);
}

int deploy(const RootsArgs& args) {
  SystemClock clock;
  if (args.end) {
    if (auto closed = files::close_deploy_windows(args.state, clock); !closed)
      return not_done(closed.error());
    say("Deploy windows are closed.\n");
    return kWell;
  }
  auto duration = duration_of(args.duration);
  if (!duration) return not_done(duration.error());
  auto window = files::open_deploy_window(args.state, *duration, args.root, args.note, clock);
  if (!window) return not_done(window.error());
  say(fmt::format(
      "Changes {} are recorded, not alarmed, until {}. Web shells and defacements are alarmed all the "
      "same.\n",
      args.root.empty() ? "below all web roots" : "below " + args.root, to_rfc3339(window->until)));
  return kWell;
}

int changes(const RootsArgs& args) {
  SystemClock clock;
  Metrics metrics;
  if (!std::filesystem::exists(std::filesystem::path(args.state) / "webroots.db"))
    return not_done(Error(ErrorCode::kNotFound, args.state + " holds no record of web roots"));
  auto baseline = files::Baseline::open(args.state, clock, metrics);
  if (!baseline) return not_done(baseline.error());
  auto list = (*baseline)->changes(args.limit);
  if (!list) return not_done(list.error());
  for (const auto& change : *list) {
    auto path = files::readable(change.root + "/" + change.path, 1024);
    if (args.json) {
      say(json::serialize(json::object{{"at", to_rfc3339(change.at)},
                                       {"path", path},
                                       {"what", change.what},
                                       {"quiet", change.quiet},
                                       {"writer", change.writer},
                                       {"sha256_before", change.sha256_before},
                                       {"sha256_after", change.sha256_after}}) +
          "\n");
    } else {
      say(fmt::format("{}  {:<18} {:<9} {:<8} {}\n", to_rfc3339(change.at), change.what,
                      change.quiet.empty() ? "alarmed" : change.quiet, change.writer, path));
    }
  }
  return kWell;
}

}  // namespace

void add_files_roots(Command& files, int& exit_code) {
  auto args = std::make_shared<RootsArgs>();
  auto common = [args](Command* command) {
    command->add_option("--state", args->state, "Folder of what is known of the web roots")
        ->capture_default_str();
    command->add_flag("--json", args->json, "One JSON object a line");
  };
  auto* roots = files.add_subcommand("roots", "Watch web roots for changes and web shells");
  roots->add_option("dir", args->roots,
                    "Web roots; none: those of the web servers' configuration on this host");
  roots->add_flag("--once", args->once, "Compare everything with what is known, say what changed, and end");
  roots->add_option("--language", args->language, "vi or en")
      ->check(one_of({"vi", "en"}))
      ->capture_default_str();
  common(roots);
  roots->footer(
      "The first run learns what is there (web shells are told all the same); later runs tell what changed "
      "since, "
      "also while nothing ran. Exit code 1 with --once when something was found.");
  roots->callback([args, &exit_code] { exit_code = watch(*args); });

  auto* deploying =
      files.add_subcommand("deploy", "Announce a release: changes of web roots are no alarm for a while");
  deploying->add_option("--for", args->duration, "How long: 90s, 10m, 2h; at most 24h")->default_val("10m");
  deploying->add_option("--root", args->root, "Only this web root, as it is configured");
  deploying->add_option("--note", args->note, "Who and what, for the record");
  deploying->add_flag("--end", args->end, "The release is done: close the windows that are open");
  deploying->add_option("--state", args->state, "Folder of what is known of the web roots")
      ->capture_default_str();
  deploying->footer("Web shells and defacements are alarmed all the same.");
  deploying->callback([args, &exit_code] { exit_code = deploy(*args); });

  auto* listing = files.add_subcommand("changes", "List the latest changes of web roots, alarmed or not");
  listing->add_option("--limit", args->limit, "At most so many")->capture_default_str();
  common(listing);
  listing->callback([args, &exit_code] { exit_code = changes(*args); });
}

}  // namespace vedette::cli
