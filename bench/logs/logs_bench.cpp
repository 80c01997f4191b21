// The log watch measured: events a second of one core, by the CPU time of the threads that match.
//   logs_bench RULES EVENTS [--only all|process] [--unique] [--memo BYTES] [--threads N] [--seconds S]
//              [--parse] [--watched N]
// EVENTS: NDJSON. --only process: process creations (Sysmon 1, Security 4688) alone. --unique: every text
// value of every event is made different from all others, by a number in its middle. --parse: reading alone.
// --watched: beside the rules, a watch list of N indicators (a third each addresses, names, hashes; ten
// prefixes). Rules are loaded as `vedette logs scan` loads them. One line: what was done, events/s/core,
// hits, ms to load and to compile, MB of peak memory.
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>
#include <thread>

#include "logs/match/matcher.h"
#include "logs/read/json_event.h"
#include "logs/sigma/load.h"
#include "logs/watch/watch_list.h"

namespace {

using namespace vedette::logs;

double seconds_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Arguments {
  std::string rules, events, only = "all";
  bool unique = false, parse = false;
  std::size_t memo = 0, threads = 1, watched = 0;
  double seconds = 3;
};

std::vector<std::string_view> lines_of(const std::string& bytes) {
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto end = std::min(bytes.find('\n', at), bytes.size());
    if (end > at) lines.emplace_back(bytes.data() + at, end - at);
    at = end + 1;
  }
  return lines;
}

bool process_creation(std::string_view line) {
  JsonEvent reader;
  EventView event;
  reader.read(line, event);
  std::string_view channel, id;
  for (const auto& field : event.fields) {
    if (field.name == "Channel") channel = field.value;
    if (field.name == "EventID") id = field.value;
  }
  return (channel == "Microsoft-Windows-Sysmon/Operational" && id == "1") ||
         (channel == "Security" && id == "4688");
}

// The line with a number in the middle of every text value but the class fields.
std::string made_unique(std::string_view line, std::uint64_t& number) {
  JsonEvent reader;
  EventView event;
  reader.read(line, event);
  std::string out = "{";
  for (const auto& field : event.fields) {
    if (out.size() > 1) out += ',';
    const bool text = field.kind == ValueKind::kString;
    auto middle = field.value.size() / 2;
    while (middle > 0 && (field.value[middle - 1] == '\\' || field.value[middle] == '\\' ||
                          (static_cast<unsigned char>(field.value[middle]) & 0xC0) == 0x80))
      --middle;
    out += fmt::format("\"{}\":", field.name);
    if (!text)
      out += field.value;
    else if (field.name == "Channel" || field.name == "EventID" || field.value.empty())
      out += fmt::format("\"{}\"", field.value);
    else
      out += fmt::format("\"{}{:x}{}\"", field.value.substr(0, middle), ++number, field.value.substr(middle));
  }
  return out + "}";
}

struct Outcome {
  std::uint64_t events = 0, hits = 0, asked_rules = 0, asked = 0, searched = 0;
  double cpu = 0;
};

std::shared_ptr<const WatchList> watch_list(std::size_t indicators) {
  std::vector<WatchEntry> entries;
  for (std::size_t i = 0; i < indicators; ++i) {
    if (i < 10)
      entries.push_back({0, {{WatchKind::kAddress, fmt::format("198.51.{}.0/24", i)}}, "prefix"});
    else if (i % 3 == 0)
      entries.push_back(
          {0, {{WatchKind::kAddress, fmt::format("203.{}.{}.{}", i >> 16, i >> 8 & 255, i & 255)}}, "ip"});
    else if (i % 3 == 1)
      entries.push_back({0, {{WatchKind::kName, fmt::format("listed-{}.example", i)}}, "name"});
    else
      entries.push_back({0, {{WatchKind::kHash, fmt::format("{:064x}", i)}}, "hash"});
  }
  return WatchList::make({{"bench", "bench", "bench", "bench"}}, std::move(entries));
}

// Whole passes over the lines, until the time is up.
Outcome run(const Arguments& arguments, std::shared_ptr<const match::CompiledRules> rules,
            const std::vector<std::string_view>& lines) {
  match::Matcher matcher(std::move(rules), {.memo_bytes = arguments.memo});
  const auto watched = watch_list(arguments.watched);
  WatchScratch scratch;
  JsonEvent reader;
  Outcome out;
  // The first pass warms up: classes are compiled, a memo is filled.
  for (int pass = 0;; ++pass) {
    const auto begin = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    for (const auto line : lines) {
      EventView event;
      reader.read(line, event);
      out.hits += arguments.parse ? event.fields.size() : matcher.match(event).size();
      if (!watched->empty()) out.hits += watched->match(event, scratch).size();
    }
    if (pass == 0) {
      out.hits = 0;
      continue;
    }
    out.cpu += seconds_of(CLOCK_THREAD_CPUTIME_ID) - begin;
    out.events += lines.size();
    if (out.cpu >= arguments.seconds) break;
  }
  const auto& counters = matcher.counters();
  out.asked_rules = counters.rules_asked;
  out.asked = counters.predicates_asked;
  out.searched = counters.values_searched;
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  std::vector<std::string> given;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto next = [&] { return std::string(i + 1 < argc ? argv[++i] : ""); };
    if (word == "--only")
      arguments.only = next();
    else if (word == "--unique")
      arguments.unique = true;
    else if (word == "--parse")
      arguments.parse = true;
    else if (word == "--memo")
      arguments.memo = std::strtoull(next().c_str(), nullptr, 10);
    else if (word == "--threads")
      arguments.threads = std::strtoull(next().c_str(), nullptr, 10);
    else if (word == "--watched")
      arguments.watched = std::strtoull(next().c_str(), nullptr, 10);
    else if (word == "--seconds")
      arguments.seconds = std::strtod(next().c_str(), nullptr);
    else
      given.push_back(word);
  }
  if (given.size() != 2) return std::fprintf(stderr, "usage: logs_bench RULES EVENTS […]\n"), 2;
  auto at = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  const auto lap = [&at] {
    const auto now = seconds_of(CLOCK_PROCESS_CPUTIME_ID), took = (now - at) * 1000;
    at = now;
    return took;
  };
  const std::filesystem::path folders[] = {given[0]};
  const auto set = sigma::load_rules(folders, {.placeholders = {}, .pipelines = sigma::default_pipelines()});
  const auto load_ms = lap();
  const auto rules = match::CompiledRules::compile(set.rules);
  const auto compile_ms = lap();

  std::ifstream in(given[1], std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  const auto text = bytes.str();
  auto lines = lines_of(text);
  if (arguments.only == "process") std::erase_if(lines, [](auto line) { return !process_creation(line); });
  std::vector<std::string> unique;
  std::uint64_t number = 0;
  if (arguments.unique) {
    for (const auto line : lines) unique.push_back(made_unique(line, number));
    lines.assign(unique.begin(), unique.end());
  }
  if (lines.empty()) return std::fprintf(stderr, "logs_bench: no events in %s\n", given[1].c_str()), 2;

  std::vector<Outcome> outcomes(arguments.threads);
  const auto wall = seconds_of(CLOCK_MONOTONIC);
  {
    std::vector<std::jthread> threads;
    for (auto& outcome : outcomes) threads.emplace_back([&] { outcome = run(arguments, rules, lines); });
  }
  const auto took = seconds_of(CLOCK_MONOTONIC) - wall;
  Outcome sum;
  for (const auto& outcome : outcomes) {
    sum.events += outcome.events;
    sum.hits += outcome.hits;
    sum.cpu += outcome.cpu;
    sum.asked_rules += outcome.asked_rules;
    sum.asked += outcome.asked;
    sum.searched += outcome.searched;
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto each = static_cast<double>(sum.events + lines.size() * arguments.threads);
  fmt::print(
      "{}{}{}{}{} threads {}: {:.0f} events/s/core ({:.2f} s CPU, {:.2f} s wall), {} events, {:.3f} "
      "hits/1000; "
      "an event: "
      "{:.1f} values searched, {:.2f} rules asked, {:.2f} predicates asked; {} rules, {} refused, {} "
      "predicates, {} "
      "classes, {:.1f} MB of them; load {:.0f} ms, compile {:.0f} ms; peak {:.0f} MB\n",
      arguments.parse ? "parse " : "", arguments.only, arguments.unique ? " unique" : "",
      arguments.memo > 0 ? " memo" : "",
      arguments.watched > 0 ? fmt::format(" watched {}", arguments.watched) : "", arguments.threads,
      static_cast<double>(sum.events) / sum.cpu, sum.cpu, took, sum.events,
      1000.0 * static_cast<double>(sum.hits) / static_cast<double>(sum.events),
      static_cast<double>(sum.searched) / each, static_cast<double>(sum.asked_rules) / each,
      static_cast<double>(sum.asked) / each, rules->rules(), set.refused.size(), rules->predicates(),
      rules->classes(), static_cast<double>(rules->index_bytes()) / 1e6, load_ms, compile_ms,
      static_cast<double>(usage.ru_maxrss) / 1024);
  return 0;
}
