#include "sites/watch/reporter.h"

#include "base/log.h"
#include "sites/watch/site_store.h"

namespace vedette::sites {
namespace {
constexpr std::size_t kBatchMax = 100;
constexpr std::chrono::seconds kPauseMax{30};
}  // namespace

Reporter::Reporter(store::Database& database, FindingSink& sink, const Clock& clock, Metrics& metrics)
    : database_(database),
      sink_(sink),
      clock_(clock),
      reported_(metrics.counter("vedette_sites_findings_reported_total", "Findings the sink has taken")),
      failures_(metrics.counter("vedette_sites_report_failures_total",
                                "Times the sink refused findings; they are kept and reported again")),
      delay_(metrics.histogram("vedette_sites_report_delay_seconds", "From the fetch that saw it to the sink",
                               {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60})) {}

Reporter::~Reporter() { stop(); }

void Reporter::start() {
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

void Reporter::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Reporter::wake() {
  {
    std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  woken_.notify_one();
}

Result<std::size_t> Reporter::carry() {
  std::vector<Finding> findings;
  std::int64_t all = 0;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(findings, pending_reports(session, kBatchMax));
    TRY_ASSIGN(all, count_reports(session));
    return {};
  }));
  waiting_ = static_cast<std::size_t>(all);
  if (findings.empty()) return 0u;
  if (auto taken = sink_.report(findings); !taken)
    return fail(std::move(taken).error(), "reporting findings");
  for (const auto& finding : findings) {
    delay_.observe(std::chrono::duration<double>(clock_.wall() - finding.observed_at).count());
  }
  reported_.add(static_cast<double>(findings.size()));
  TRY(database_.write([&](store::Session& session) { return delete_reports(session, findings); }));
  waiting_ = static_cast<std::size_t>(all) - findings.size();
  return findings.size();
}

void Reporter::run(std::stop_token stop) {
  std::chrono::seconds pause{1};
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      woken_.wait(lock, stop, [&] { return wanted_; });
      if (stop.stop_requested()) return;
      wanted_ = false;
    }
    for (bool more = true; more && !stop.stop_requested();) {
      auto carried = carry();
      failing_ = !carried;
      if (carried) {
        more = *carried == kBatchMax;
        pause = std::chrono::seconds(1);
        continue;
      }
      failures_.add();
      log::error("sites", "findings are kept and will be reported again",
                 {{"error.message", carried.error().full()}});
      std::unique_lock lock(mutex_);
      woken_.wait_for(lock, stop, pause, [] { return false; });
      pause = std::min(pause * 2, kPauseMax);
    }
  }
}

}  // namespace vedette::sites
