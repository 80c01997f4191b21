// How long a defacement takes from the disk of a web server to the sink, and what watching costs in memory.
//
// Serves real pages from a real nginx on loopback, watches them with the real SiteWatch on a real store, lets
// it learn, defaces some pages at random moments, and prints the time from the change (and from the fetch
// that saw it) to the finding that arrived durably in the sink. usage: watch_bench PAGES_DIR SITES DEFACED
// INTERVAL_S NGINX_PORT
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

std::size_t resident_mb() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) >> 20;
}

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
  if (argc != 6) {
    std::cerr << "usage: watch_bench PAGES_DIR SITES DEFACED INTERVAL_S NGINX_PORT\n";
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
  options.learn_interval = seconds(10);
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
  while (learning > 0 && clock.steady() - learning_started < std::chrono::minutes(15)) {
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
  const std::size_t alarms_before = sink.critical().size();
  const auto learned_s = std::chrono::duration_cast<seconds>(clock.steady() - learning_started).count();

  std::mt19937 random(1);
  std::shuffle(ids.begin(), ids.end(), random);
  std::map<std::string, WallTime> changed_at;
  for (int i = 0; i < defaced; ++i) {
    std::this_thread::sleep_for(milliseconds(static_cast<int>(1000.0 * interval / defaced)));
    const auto site = must(watch->get(ids[static_cast<std::size_t>(i)]), "get");
    const std::string number = site.config.url.substr(site.config.url.size() - 16, 5);
    const fs::path file = pages / number / "index.html";
    std::ofstream(file.string() + ".new")
        << "<html><head><title>Hacked by Test Crew</title></head><body bgcolor=black>"
           "<h1>Hacked by Test Crew</h1><p>Your security is low.</p></body></html>";
    fs::rename(file.string() + ".new", file);
    changed_at[site.id] = clock.wall();
  }
  const auto waited_from = clock.steady();
  auto seen = [&] {
    auto critical = sink.critical();
    return std::count_if(changed_at.begin(), changed_at.end(),
                         [&](const auto& one) { return critical.contains(one.first); });
  };
  while (seen() < defaced && clock.steady() - waited_from < seconds(3 * interval + 30)) {
    std::this_thread::sleep_for(milliseconds(200));
  }

  std::vector<double> from_change, from_fetch;
  const auto critical = sink.critical();
  for (const auto& [id, when] : changed_at) {
    auto found = critical.find(id);
    if (found == critical.end()) continue;
    from_change.push_back(static_cast<double>((found->second.arrived - when).count()) / 1000);
    from_fetch.push_back(static_cast<double>((found->second.arrived - found->second.observed).count()) /
                         1000);
  }
  fmt::print("sites watched                    {}  (interval {} s, learnt in {} s)\n", sites, interval,
             learned_s);
  fmt::print("defaced, seen                    {}, {}\n", defaced, from_change.size());
  fmt::print("change to sink, s  p50 p95 max   {:.1f}  {:.1f}  {:.1f}\n", percentile(from_change, .5),
             percentile(from_change, .95), percentile(from_change, 1));
  fmt::print("fetch to sink, s   p50 p95 max   {:.2f}  {:.2f}  {:.2f}\n", percentile(from_fetch, .5),
             percentile(from_fetch, .95), percentile(from_fetch, 1));
  fmt::print("critical on untouched sites      {}\n", critical.size() - from_change.size());
  fmt::print("critical while learning          {}\n", alarms_before);
  fmt::print("other findings                   {}\n", sink.others());
  fmt::print("resident memory, MB              {}\n", resident_mb());
  watch->stop();
  fs::remove_all(work);
  return static_cast<int>(from_change.size()) == defaced ? 0 : 1;
}
