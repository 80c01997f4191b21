// value_count over ever more distinct values: sightings a second of one core, and the memory it took.
//   correlate_bench [sightings]
// One group and one bound of 1,000 within an hour of event time; then each value in a group of its own.
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdlib>
#include <ctime>

#include "logs/sigma/correlate.h"

namespace {

using namespace vedette;
using namespace vedette::logs;

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

sigma::RuleSet rules() {
  sigma::RuleSet set;
  sigma::read_rules(R"(
title: Log-in
name: login
logsource: {product: x}
detection: {s: {kind: login}, condition: s}
---
title: Many addresses
correlation: {type: value_count, rules: [login], group-by: [user], timespan: 1h, condition: {field: address, gte: 1000}}
)",
                    "bench.yml", {}, set);
  if (!set.refused.empty()) std::fprintf(stderr, "%s\n", set.refused[0].reason.c_str()), std::exit(2);
  return set;
}

void run(const sigma::RuleSet& set, std::size_t sightings, std::size_t distinct, bool own_group) {
  sigma::Correlator correlator(set, {}, {.lateness = std::chrono::seconds(2)});
  const auto begin = cpu_seconds();
  std::size_t found = 0;
  for (std::size_t i = 0; i < sightings; ++i) {
    // Not in the order of their numbers: neighbours in time are strangers.
    const auto value = fmt::format("2001:db8::{:x}", i * 2654435761U % distinct);
    const Field fields[] = {
        {"kind", "login"}, {"user", own_group ? std::string_view(value) : "root"}, {"address", value}};
    EventView event;
    event.fields = fields;
    // 1,000 a second.
    correlator.add(0, event, from_unix_ms(1'700'000'000'000 + static_cast<std::int64_t>(i)));
    if (i % 1000 == 0) found += correlator.take().size();
  }
  correlator.finish();
  found += correlator.take().size();
  const auto cpu = cpu_seconds() - begin;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "{} distinct values{}: {:.0f} sightings/s/core, {} found, {} groups, {} forgotten; at most {:.0f} MB "
      "so far\n",
      distinct, own_group ? ", each a group" : "", static_cast<double>(sightings) / cpu, found,
      correlator.groups(), correlator.counters().forgotten, static_cast<double>(usage.ru_maxrss) / 1024);
}

}  // namespace

int main(int argc, char** argv) {
  const auto sightings = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 2'000'000;
  const auto set = rules();
  for (const std::size_t distinct : {100, 10'000, 1'000'000}) run(set, sightings, distinct, false);
  for (const std::size_t distinct : {100, 10'000, 1'000'000}) run(set, sightings, distinct, true);
  return 0;
}
