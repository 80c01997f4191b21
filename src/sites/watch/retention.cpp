#include "sites/watch/retention.h"

#include <set>

#include "base/log.h"

namespace vedette::sites {
namespace {

constexpr std::chrono::hours kPlainChecks{24};
constexpr std::chrono::hours kEvery{1};
constexpr std::chrono::hours kYoung{1};
constexpr std::size_t kRowsAtOnce = 500;

struct Kept {
  std::set<std::string> ids;         // of snapshots
  std::set<std::string> open_sites;  // whose alarmed snapshots stay
};

}  // namespace

Retention::Retention(store::Database& database, SiteTable& sites, const Clock& clock, Metrics& metrics)
    : database_(database),
      sites_(sites),
      clock_(clock),
      failures_(metrics.counter("vedette_sites_retention_failures_total",
                                "Times old checks or snapshots could not be removed")) {}

Retention::~Retention() { stop(); }

void Retention::start(Options options) {
  thread_ = std::jthread([this, options = std::move(options)](std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    auto next = clock_.steady();
    while (!stop.stop_requested()) {
      if (clock_.steady() >= next) {
        next = clock_.steady() + kEvery;
        if (auto done = run_once(*options()); !done) {
          failures_.add();
          log::error("sites", "old snapshots could not be removed", {{"error.message", done.error().full()}});
        }
      }
      std::unique_lock lock(mutex);
      woken.wait_for(lock, stop, std::chrono::seconds(10), [] { return false; });
    }
  });
}

void Retention::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

Result<Retention::Removed> Retention::run_once(const SiteWatchOptions& options) {
  Removed out;
  auto now = clock_.wall();
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(out.checks, delete_checks(session, now - kPlainChecks, now - options.snapshot_retention));
    return {};
  }));
  TRY_ASSIGN(out.snapshots, remove_snapshots(options));
  TRY_ASSIGN(out.files, sweep_files(options));
  return out;
}

Result<std::int64_t> Retention::remove_snapshots(const SiteWatchOptions& options) {
  Kept kept;
  for (const auto& record : sites_.all()) {
    std::lock_guard lock(record->mutex);
    kept.ids.insert(record->site.last_snapshot);
    kept.ids.insert(record->site.reference_snapshot);
    kept.ids.insert(record->memory.shown.before_id);
    kept.ids.insert(record->memory.shown.before_document_id);
    if (record->memory.open.open(Question::kContent) || record->memory.open.open(Question::kShown) ||
        record->memory.open.open(Question::kCloak)) {
      kept.open_sites.insert(record->site.id);
    }
  }
  auto before = to_unix_ms(clock_.wall() - options.snapshot_retention);
  std::vector<std::string> gone;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto sum, session.query("SELECT COALESCE(SUM(stored_bytes), 0) FROM sites_snapshot"));
    std::int64_t excess = sum[0].integer(0) - static_cast<std::int64_t>(options.snapshot_bytes_max);
    return session.stream(
        "SELECT id, site_id, at, stored_bytes, verdict, approved FROM sites_snapshot ORDER BY at", {},
        [&](const store::Row& row) {
          if (row.integer(2) >= before && excess <= 0) return false;
          bool alarmed = row.text(4) == "critical" || row.text(4) == "warn";
          bool keep = kept.ids.contains(row.text(0)) || row.integer(5) != 0 ||
                      (alarmed && kept.open_sites.contains(row.text(1)));
          if (!keep) {
            gone.push_back(row.text(0));
            excess -= row.integer(3);
          }
          return true;
        });
  }));
  for (std::size_t i = 0; i < gone.size(); i += kRowsAtOnce) {
    TRY(database_.write([&](store::Session& session) -> Result<void> {
      for (std::size_t k = i; k < std::min(i + kRowsAtOnce, gone.size()); ++k) {
        TRY(session.execute("DELETE FROM sites_snapshot WHERE id = ?", {gone[k]}));
      }
      return {};
    }));
  }
  return static_cast<std::int64_t>(gone.size());
}

Result<std::int64_t> Retention::sweep_files(const SiteWatchOptions& options) {
  std::int64_t removed = 0;
  std::error_code error;
  auto young = std::filesystem::file_time_type::clock::now() - kYoung;
  for (std::filesystem::recursive_directory_iterator it(options.snapshot_folder, error), end;
       !error && it != end; it.increment(error)) {
    if (!it->is_regular_file(error) || it->last_write_time(error) > young) continue;
    std::string sha256 = it->path().filename().string().substr(0, 64);
    bool used = false;
    TRY(database_.read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto rows, session.query("SELECT 1 FROM sites_snapshot WHERE sha256 = ? LIMIT 1", {sha256}));
      used = !rows.empty();
      return {};
    }));
    if (used && it->path().extension() == ".zst") continue;
    std::error_code failed;
    removed += std::filesystem::remove(it->path(), failed);
  }
  return removed;
}

}  // namespace vedette::sites
