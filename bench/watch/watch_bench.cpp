// How long a defacement takes from the disk of a web server to the sink, and what watching costs in memory.
//
// Serves real pages from a real nginx on loopback, watches them with the real SiteWatch on a real store, lets
// it learn, replaces some pages at random moments, and prints the time from the change (and from the fetch
// that first saw it) to the finding that arrived durably in the sink. Every second replacement holds a
// defacer's words and alarms at once; the others are another ordinary page, which a second fetch must
// confirm. usage: watch_bench PAGES_DIR SITES REPLACED INTERVAL_S NGINX_PORT LEARN_INTERVAL_S
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "base/allocator.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "model/finding_sink.h"
#include "sites/watch/site_watch.h"
#include "store/database.h"

namespace fs = std::filesystem;
using namespace vedette;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct Arrival {
  WallTime observed, arrived;
  std::string kind;
};

class RecordingSink final : public FindingSink {
 public:
  explicit RecordingSink(const Clock& clock) : clock_(clock) {}
  Result<void> report(const std::vector<Finding>& findings) override {
    std::lock_guard lock(mutex_);
    for (const auto& finding : findings) {
      if (finding.severity == Severity::kCritical && finding.state == FindingState::kPresent) {
        first_.try_emplace(finding.asset.id, Arrival{finding.observed_at, clock_.wall(), finding.kind});
      } else {
        ++others_;
      }
    }
    return {};
  }
  std::map<std::string, Arrival> critical() const {
    std::lock_guard lock(mutex_);
    return first_;
  }
  std::size_t others() const {
    std::lock_guard lock(mutex_);
    return others_;
  }

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Arrival> first_;
  std::size_t others_ = 0;
};

// "VmRSS": now; "VmHWM": the most since the start.
std::size_t memory_mb(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stoul(line.substr(name.size() + 1)) >> 10;
  }
  return 0;
}

// An ordinary page without one word of a defacement.
std::string other_page() {
  std::string out = "<html><head><title>Bicycles</title></head><body><table>";
  for (int i = 0; i < 40; ++i)
    out += fmt::format("<tr><td>Bicycle model {0}</td><td>Frame of steel, {0} gears</td></tr>", i);
  return out + "</table></body></html>";
}
constexpr std::string_view kDefaced =
    "<html><head><title>Hacked by Test Crew</title></head><body bgcolor=black>"
    "<h1>Hacked by Test Crew</h1><p>Your security is low.</p></body></html>";

struct Change {
  WallTime at;
  bool confirmed = false;  // by a second fetch
};

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

template <class T>
T must(Result<T> result, const char* what) {
  if (!result) {
    std::cerr << what << ": " << result.error().full() << "\n";
    std::exit(2);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace

int main(int argc, char** argv) {
  bound_allocator();  // as the program does
  if (argc != 7) {
    std::cerr << "usage: watch_bench PAGES_DIR SITES REPLACED INTERVAL_S NGINX_PORT LEARN_INTERVAL_S\n";
    return 2;
  }
  const fs::path pages = argv[1];
  const int sites = std::atoi(argv[2]), defaced = std::atoi(argv[3]), interval = std::atoi(argv[4]);
  const std::string port = argv[5];

  SystemClock clock;
  Metrics metrics;
  log::set_level(log::Level::kError);
  const fs::path work = fs::temp_directory_path() / fmt::format("vedette-watch-bench-{}", getpid());
  fs::create_directories(work);
  auto database = must(
      store::open_sqlite({.path = work / "state.db"}, sites::site_migrations(), clock, metrics), "store");
  RecordingSink sink(clock);
  sites::SiteWatchOptions options;
  options.snapshot_folder = work / "snapshots";
  options.allow_loopback = true;
  options.fetch_per_host = 64;  // all sites stand on one host here
  options.chromium = "none";
  options.learn_interval = seconds(std::atoi(argv[6]));
  auto watch = sites::make_site_watch(options, *database, sink, clock, metrics);
  must(watch->start(), "start");

  std::vector<std::string> ids;
  for (int i = 0; i < sites; ++i) {
    sites::SiteConfig config;
    config.url = fmt::format("http://127.0.0.1:{}/{:05}/index.html", port, i);
    config.interval = seconds(interval);
    ids.push_back(must(watch->add(config), "add").id);
  }

  const auto learning_started = clock.steady();
  int learning = sites;
  while (learning > 0 && clock.steady() - learning_started < std::chrono::minutes(25)) {
    std::this_thread::sleep_for(seconds(2));
    learning = 0;
    for (const auto& id : ids) {
      if (must(watch->get(id), "get").state == sites::SiteState::kLearning) ++learning;
    }
  }
  if (learning > 0) {
    std::cerr << learning << " sites never finished learning\n";
    return 2;
  }
  fmt::print("memory after learning, MB         {} now, {} at most\n", memory_mb("VmRSS:"),
             memory_mb("VmHWM:"));
  const std::size_t alarms_before = sink.critical().size();
  const auto learned_s = std::chrono::duration_cast<seconds>(clock.steady() - learning_started).count();

  std::mt19937 random(1);
  std::shuffle(ids.begin(), ids.end(), random);
  std::map<std::string, Change> changed;
  for (int i = 0; i < defaced; ++i) {
    std::this_thread::sleep_for(milliseconds(static_cast<int>(1000.0 * interval / defaced)));
    const auto site = must(watch->get(ids[static_cast<std::size_t>(i)]), "get");
    const std::string number = site.config.url.substr(site.config.url.size() - 16, 5);
    const fs::path file = pages / number / "index.html";
    const bool confirmed = i % 2 == 1;
    std::ofstream(file.string() + ".new") << (confirmed ? other_page() : std::string(kDefaced));
    fs::rename(file.string() + ".new", file);
    changed[site.id] = {clock.wall(), confirmed};
  }
  const auto waited_from = clock.steady();
  auto seen = [&] {
    auto critical = sink.critical();
    return std::count_if(changed.begin(), changed.end(),
                         [&](const auto& one) { return critical.contains(one.first); });
  };
  while (seen() < defaced && clock.steady() - waited_from < seconds(3 * interval + 30)) {
    std::this_thread::sleep_for(milliseconds(200));
  }

  struct Times {
    std::vector<double> from_change, from_fetch;
    std::size_t changed = 0;
  };
  Times all, at_once, confirmed;
  const auto critical = sink.critical();
  for (const auto& [id, change] : changed) {
    for (auto* times : {&all, change.confirmed ? &confirmed : &at_once}) {
      ++times->changed;
      auto found = critical.find(id);
      if (found == critical.end()) continue;
      const auto& arrival = found->second;
      times->from_change.push_back(static_cast<double>((arrival.arrived - change.at).count()) / 1000);
      times->from_fetch.push_back(static_cast<double>((arrival.arrived - arrival.observed).count()) / 1000);
    }
  }
  fmt::print("sites watched                    {}  (interval {} s, learnt in {} s)\n", sites, interval,
             learned_s);
  for (const auto& [name, times] : {std::pair("all", &all), std::pair("alarm at once", &at_once),
                                    std::pair("confirmed by a second fetch", &confirmed)}) {
    fmt::print("replaced, {}: {}, seen {}\n", name, times->changed, times->from_change.size());
    fmt::print("  change to sink, s       p50 p95 max   {:.1f}  {:.1f}  {:.1f}\n",
               percentile(times->from_change, .5), percentile(times->from_change, .95),
               percentile(times->from_change, 1));
    fmt::print("  first fetch to sink, s  p50 p95 max   {:.2f}  {:.2f}  {:.2f}\n",
               percentile(times->from_fetch, .5), percentile(times->from_fetch, .95),
               percentile(times->from_fetch, 1));
  }
  fmt::print("critical on untouched sites      {}\n", critical.size() - all.from_change.size());
  fmt::print("critical while learning          {}\n", alarms_before);
  fmt::print("other findings                   {}\n", sink.others());
  fmt::print("memory of the process, MB        {} now, {} at most\n", memory_mb("VmRSS:"),
             memory_mb("VmHWM:"));
  watch->stop();
  fs::remove_all(work);
  return static_cast<int>(all.from_change.size()) == defaced ? 0 : 1;
}
