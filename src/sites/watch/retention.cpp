#include "sites/watch/retention.h"

#include <map>
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

Retention::Retention(store::Database& database, SiteTable& sites, const SnapshotFolder& folder,
                     FindingSink& sink, const Clock& clock, Metrics& metrics)
    : database_(database),
      sites_(sites),
      folder_(folder),
      sink_(sink),
      clock_(clock),
      failures_(metrics.counter("vedette_sites_retention_failures_total",
                                "Times old checks or snapshots could not be removed")),
      losses_(database, folder, clock, metrics) {}

Retention::~Retention() { stop(); }

void Retention::start(Options options, Told told) {
  thread_ = std::jthread([this, options = std::move(options), told = std::move(told)](std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    auto next = clock_.steady();
    while (!stop.stop_requested()) {
      if (clock_.steady() >= next) {
        next = clock_.steady() + kEvery;
        if (auto done = run_once(*options()); !done) {
          failures_.add();
          log::error("sites", "old snapshots could not be removed", {{"error.message", done.error().full()}});
        } else if (done->told) {
          told();
        }
      }
      if (auto news = losses_.look(); !news) {
        log::error("sites", "lost evidence could not be told", {{"error.message", news.error().full()}});
      } else if (*news) {
        told();
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
  TRY_ASSIGN(auto swept, sweep_files(options));
  out.files = swept.files;
  TRY(remove_snapshots(options, swept.bytes, out));
  if (out.snapshots > 0) {
    TRY_ASSIGN(swept, sweep_files(options));
    out.files += swept.files;
  }
  TRY_ASSIGN(out.told, losses_.room({.bytes = swept.bytes,
                                     .bytes_max = static_cast<std::int64_t>(options.snapshot_bytes_max),
                                     .beyond = out.beyond,
                                     .taken_early = out.early}));
  return out;
}

// `bytes`: of all files on disk. A row says what its own storing took, and of a content that was there
// already that is nothing.
Result<void> Retention::remove_snapshots(const SiteWatchOptions& options, std::int64_t bytes, Removed& out) {
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
  struct Candidate {
    std::string id, sha256;
    std::int64_t at = 0;
  };
  std::vector<Candidate> candidates;  // oldest first
  std::int64_t excess = bytes - static_cast<std::int64_t>(options.snapshot_bytes_max);
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    return session.stream("SELECT id, site_id, at, verdict, approved, sha256 FROM sites_snapshot ORDER BY at",
                          {}, [&](const store::Row& row) {
                            if (row.integer(2) >= before && excess <= 0) return false;
                            bool alarmed = row.text(3) == "critical" || row.text(3) == "warn";
                            bool keep = kept.ids.contains(row.text(0)) || row.integer(4) != 0 ||
                                        (alarmed && kept.open_sites.contains(row.text(1)));
                            if (!keep) candidates.push_back({row.text(0), row.text(5), row.integer(2)});
                            return true;
                          });
  }));
  std::vector<std::string> gone;
  std::map<std::string, std::int64_t> rows_left;  // of a content that is being removed
  for (auto& one : candidates) {
    if (one.at >= before && excess <= 0) break;
    TRY_ASSIGN(bool evidence, sink_.keeps_evidence(one.sha256));
    if (evidence) continue;
    auto left = rows_left.find(one.sha256);
    if (left == rows_left.end()) {
      TRY(database_.read([&](store::Session& session) -> Result<void> {
        TRY_ASSIGN(auto rows,
                   session.query("SELECT COUNT(*) FROM sites_snapshot WHERE sha256 = ?", {one.sha256}));
        left = rows_left.emplace(one.sha256, rows[0].integer(0)).first;
        return {};
      }));
    }
    if (--left->second == 0) excess -= folder_.stored_bytes(one.sha256);
    out.early += one.at >= before;
    gone.push_back(std::move(one.id));
  }
  for (std::size_t i = 0; i < gone.size(); i += kRowsAtOnce) {
    TRY(database_.write([&](store::Session& session) -> Result<void> {
      for (std::size_t k = i; k < std::min(i + kRowsAtOnce, gone.size()); ++k) {
        TRY(session.execute("DELETE FROM sites_snapshot WHERE id = ?", {gone[k]}));
      }
      return {};
    }));
  }
  out.snapshots = static_cast<std::int64_t>(gone.size());
  out.beyond = std::max<std::int64_t>(0, excess);
  return {};
}

Result<Retention::Swept> Retention::sweep_files(const SiteWatchOptions& options) {
  Swept out;
  std::error_code error;
  auto young = std::filesystem::file_time_type::clock::now() - kYoung;
  for (std::filesystem::recursive_directory_iterator it(options.snapshot_folder, error), end;
       !error && it != end; it.increment(error)) {
    std::error_code gone;
    if (!it->is_regular_file(gone)) continue;
    auto size = static_cast<std::int64_t>(it->file_size(gone));
    if (gone) continue;
    out.bytes += size;
    if (it->last_write_time(gone) > young || gone) continue;
    std::string sha256 = it->path().filename().string().substr(0, 64);
    bool used = false;
    TRY(database_.read([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto rows, session.query("SELECT 1 FROM sites_snapshot WHERE sha256 = ? LIMIT 1", {sha256}));
      used = !rows.empty();
      return {};
    }));
    if (used && it->path().extension() == ".zst") continue;
    if (!std::filesystem::remove(it->path(), gone)) continue;
    ++out.files;
    out.bytes -= size;
  }
  return out;
}

}  // namespace vedette::sites
