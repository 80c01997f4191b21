// vedette logs scan: Sigma rules over log files of any size.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "base/clock.h"
#include "base/hash.h"
#include "cli/app.h"
#include "cli/command.h"
#include "cli/instance_args.h"
#include "cli/rule_args.h"
#include "logs/match/match_report.h"
#include "logs/match/scan.h"
#include "logs/match/timeline.h"
#include "logs/read/patterns.h"
#include "logs/read/registry.h"
#include "logs/sigma/correlate.h"
#include "logs/sigma/rule_cache.h"

namespace vedette::cli {
namespace {

constexpr std::chrono::milliseconds kWholeScan{std::chrono::years(100)};
constexpr std::size_t kSightingsMax = 500'000;  // some hundred bytes each

struct ScanArgs : RuleArgs {
  std::vector<std::string> inputs;
  std::string format = "auto", timeline, language = "en", zone = "UTC";
  std::uint64_t threads = 0, memo_mb = 16;
  bool count_by_rule = false, json = false;
};

// Standard output and, where it was asked for, the timeline.
class Printer final : public logs::match::ScanSink {
 public:
  Printer(const ScanArgs& args, const logs::sigma::RuleSet& set)
      : args_(args), set_(set), correlated_(set.correlations.size()) {}

  void render(const logs::EventView& event, std::span<const std::uint32_t> rules,
              const logs::match::ScanPosition& position, std::string& out) override {
    for (const auto number : rules) {
      const auto& rule = set_.rules[number];
      if (!args_.timeline.empty()) add_to_timeline(logs::match::timeline_row(rule, event, position));
      if (args_.json)
        logs::match::append_json(rule, event, position, out);
      else if (!args_.count_by_rule && args_.timeline.empty())
        logs::match::append_text(rule, event, position, out);
    }
  }
  void render(const logs::sigma::CorrelatedMatch& match, std::string& out) override {
    ++correlated_[static_cast<std::size_t>(match.correlation - set_.correlations.data())];
    if (!args_.timeline.empty()) add_to_timeline(logs::match::timeline_row(match));
    if (args_.json)
      logs::match::append_json(match, out);
    else if (!args_.count_by_rule && args_.timeline.empty())
      logs::match::append_text(match, out);
  }
  Result<> write(std::string_view rendered) override {
    if (std::fwrite(rendered.data(), 1, rendered.size(), stdout) != rendered.size())
      return fail(ErrorCode::kUnavailable, "the standard output takes nothing more");
    return {};
  }
  logs::match::Timeline& timeline() { return timeline_; }
  const std::vector<std::uint64_t>& correlated() const { return correlated_; }  // matches, by correlation

 private:
  void add_to_timeline(logs::match::TimelineRow row) {
    const std::lock_guard lock(mutex_);
    timeline_.add(std::move(row));
  }
  const ScanArgs& args_;
  const logs::sigma::RuleSet& set_;
  std::vector<std::uint64_t> correlated_;
  std::mutex mutex_;
  logs::match::Timeline timeline_;
};

// One line on the terminal that is written over again and again.
class ProgressLine {
 public:
  explicit ProgressLine(const Clock& clock)
      : clock_(clock), begin_(clock.steady()), shown_(::isatty(STDERR_FILENO) == 1) {}
  ~ProgressLine() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
  }
  void operator()(const logs::match::ScanProgress& progress) const {
    if (!shown_) return;
    const std::chrono::duration<double> took = clock_.steady() - begin_;
    const auto share = progress.bytes_total == 0
                           ? std::string()
                           : fmt::format(" ({} %)", 100 * progress.bytes / progress.bytes_total);
    fmt::print(stderr, "\r\x1b[K{} events, {:.0f}/s, {:.1f} MB{}, {} matches", progress.events,
               static_cast<double>(progress.events) / std::max(took.count(), 0.001),
               static_cast<double>(progress.bytes) / 1e6, share, progress.hits);
    std::fflush(stderr);
  }

 private:
  const Clock& clock_;
  const SteadyTime begin_;
  const bool shown_;
};

// Where what was made of these rules is kept for the next time: in the person's own cache. "": nowhere.
std::filesystem::path rule_cache(const ScanArgs& args) {
  const char* base = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if ((base == nullptr || *base != '/') && (home == nullptr || *home != '/')) return {};
  const auto folder = (base != nullptr && *base == '/' ? std::filesystem::path(base)
                                                       : std::filesystem::path(home) / ".cache") /
                      "vedette";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error || ::chmod(folder.c_str(), 0700) != 0) return {};  // only its owner may: others' is not trusted
  std::string all;
  for (const auto& path : args.rules) all += std::filesystem::absolute(path, error).string() + '\n';
  return folder / fmt::format("rules-{}", sha256_hex(all).front());  // sixteen at most
}

Result<logs::sigma::RuleSet> load(const ScanArgs& args, const logs::sigma::LoadOptions& options) {
  std::vector<std::filesystem::path> paths(args.rules.begin(), args.rules.end());
  const auto cache = rule_cache(args);
  auto set = cache.empty() ? logs::sigma::load_rules(paths, options)
                           : logs::sigma::load_rules_cached(paths, options, cache).set;
  constexpr std::size_t kShown = 10;
  for (std::size_t i = 0; i < std::min(set.refused.size(), kShown); ++i)
    fmt::print(stderr, "vedette: rule left out: {}:{}: {}\n", set.refused[i].file, set.refused[i].line,
               set.refused[i].reason);
  if (set.refused.size() > kShown)
    fmt::print(stderr, "vedette: {} more rules were left out; `vedette logs rules check` names them\n",
               set.refused.size() - kShown);
  if (set.rules.empty() && set.correlations.empty())
    return fail(ErrorCode::kNotFound, fmt::format("{}: no rule", fmt::join(args.rules, ", ")));
  return set;
}

void print_counts(const logs::sigma::RuleSet& set, const std::vector<std::uint64_t>& hits,
                  const std::vector<std::uint64_t>& correlated) {
  std::vector<std::pair<std::string, std::uint64_t>> lines;
  for (std::size_t i = 0; i < hits.size(); ++i)
    if (hits[i] > 0) lines.emplace_back(set.rules[i].id, hits[i]);
  for (std::size_t i = 0; i < correlated.size(); ++i)
    if (correlated[i] > 0) lines.emplace_back(set.correlations[i].about.id, correlated[i]);
  std::ranges::sort(lines);
  for (const auto& [id, count] : lines) fmt::print("{}\t{}\n", id, count);
}

// What the correlations had to leave out.
void print_left_out(const logs::sigma::Correlator& correlator, std::uint64_t untimed) {
  const auto& counters = correlator.counters();
  const auto say = [](std::uint64_t count, std::string_view what) {
    if (count > 0) fmt::print(stderr, "vedette: correlations: {} {}\n", count, what);
  };
  say(untimed, "matches have no time and were left out");
  say(counters.left_out,
      "matches came too far behind later ones and were left out: give the older files first");
  say(counters.forgotten, "groups were forgotten because there were too many");
  say(counters.overflowed, "values were left out because there were too many");
}

// What was read, and what could not be. True: everything could.
bool print_summary(const logs::match::ScanReport& report, double seconds) {
  bool well = true;
  for (const auto& input : report.inputs) {
    if (!input.trouble.empty()) {
      well = false;
      fmt::print(stderr, "vedette: {}\n",
                 input.trouble.find(input.name) == std::string::npos ? input.name + ": " + input.trouble
                                                                     : input.trouble);
    }
    const auto& counters = input.counters;
    if (counters.unparsed == 0 && counters.cut == 0) continue;
    fmt::print(stderr, "vedette: {}: {} events, {} not understood, {} cut\n", input.name, counters.read,
               counters.unparsed, counters.cut);
    for (std::size_t i = 0; i < std::min<std::size_t>(counters.samples.size(), 3); ++i)
      fmt::print(stderr, "    {}: {}\n", counters.samples[i].position,
                 logs::match::one_line(counters.samples[i].text, 160));
  }
  fmt::print(stderr, "{} events in {:.1f} s, {} matches\n", report.events, seconds, report.hits);
  return well;
}

int scan(const ScanArgs& args) {
  SystemClock clock;
  if (args.json && args.count_by_rule)
    return not_done(Error(ErrorCode::kInvalid, "--json and --count-by-rule are two forms; choose one"));
  if (!args.timeline.empty() && !args.timeline.ends_with(".html") && !args.timeline.ends_with(".csv"))
    return not_done(
        Error(ErrorCode::kInvalid, args.timeline + ": a timeline's name ends with .html or .csv"));
  auto load_with = load_options(args);
  if (!load_with) return not_done(load_with.error());
  auto set = load(args, *load_with);
  if (!set) return not_done(set.error());
  auto zone = logs::Zone::named(args.zone);
  if (!zone) return not_done(zone.error());
  auto patterns = logs::PatternSet::built_in();
  if (!patterns) return not_done(patterns.error());
  const logs::ReaderContext context{clock, *zone, *patterns};

  logs::match::ScanOptions options;
  options.inputs = args.inputs;
  options.format = args.format;
  options.zone = *zone;
  options.threads = args.threads > 0 ? args.threads : std::max(1U, std::thread::hardware_concurrency());
  options.memo_bytes = args.memo_mb << 20;
  options.open_reader = [&](logs::Input input,
                            const std::string& format) -> Result<logs::match::OpenedReader> {
    auto name = format;
    if (format == "auto") {
      TRY_ASSIGN(const auto head, input.peek());
      name = logs::detect_format(head).name;
    }
    TRY_ASSIGN(auto reader, logs::open_reader(std::move(input), name, context));
    return logs::match::OpenedReader{name, std::move(reader)};
  };
  // All wait for the end, where they fit: the files may stand in any order.
  logs::sigma::Correlator correlator(*set, load_with->pipelines,
                                     {.lateness = kWholeScan, .pending_max = kSightingsMax});
  if (!set->correlations.empty()) {
    options.correlator = &correlator;
    for (const auto& rule : set->rules) options.only_correlated.push_back(rule.only_correlated);
  }
  Printer printer(args, *set);
  const auto compiled = logs::match::CompiledRules::compile(set->rules);
  const auto begin = clock.steady();
  auto report = [&] {
    const ProgressLine line(clock);
    options.progress = [&](const logs::match::ScanProgress& progress) { line(progress); };
    return logs::match::scan(compiled, options, clock, printer);
  }();
  if (!report) return not_done(report.error());
  if (args.count_by_rule) print_counts(*set, report->hits_by_rule, printer.correlated());
  if (!args.timeline.empty())
    if (auto written = printer.timeline().write(args.timeline, language_from(args.language)); !written)
      return not_done(written.error());
  if (std::fflush(stdout) != 0)
    return not_done(Error(ErrorCode::kUnavailable, "the standard output is closed"));
  print_left_out(correlator, report->untimed);
  const bool well = print_summary(*report, std::chrono::duration<double>(clock.steady() - begin).count());
  return !well ? kNotDone : report->hits > 0 ? kBad : kWell;
}

}  // namespace

void add_logs_scan(Command& logs, int& exit_code) {
  auto args = std::make_shared<ScanArgs>();
  auto* command = logs.add_subcommand("scan", "Find what Sigma rules describe in log files of any size");
  command->add_option("file", args->inputs, "Log files, also of gzip, zstd and xz; -: the standard input")
      ->required();
  command->add_option("--rules", args->rules, "Rule files, or folders of them")->required()->one_at_a_time();
  std::vector<std::string> formats{"auto"};
  for (const auto& format : logs::formats()) formats.emplace_back(format.name);
  command->add_option("--format", args->format, "Of the files; auto: told by their first bytes")
      ->check(one_of(formats))
      ->capture_default_str();
  add_rule_options(*command, *args);
  command->add_option("--zone", args->zone, "Time zone of times that do not tell theirs")
      ->capture_default_str();
  command->add_option("--threads", args->threads, "0: one for each core")
      ->check(between(0, logs::match::ScanOptions::kThreadsMax))
      ->capture_default_str();
  command->add_option("--memo", args->memo_mb, "MB for each thread to remember values with; 0: none")
      ->check(between(0, 1024))
      ->capture_default_str();
  command->add_flag("--count-by-rule", args->count_by_rule,
                    "Only how often each rule matched: its id, a tab, the number; sorted by id");
  command->add_flag("--json", args->json,
                    "A JSON object for each match: rule, event, the values that matched");
  command->add_option("--timeline", args->timeline,
                      "Write the matches, sorted by time, to this .html or .csv file");
  command->add_option("--language", args->language, "Of the timeline: vi or en")
      ->check(one_of({"vi", "en"}))
      ->capture_default_str();
  command->footer(
      "Exit code 0 when nothing was found, 1 when something was found, 2 when something could not be read.");
  command->callback([args, &exit_code] { exit_code = scan(*args); });
}

}  // namespace vedette::cli
