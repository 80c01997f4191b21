#include "sites/watch/committer.h"

#include "base/log.h"
#include "model/refusal.h"

namespace vedette::sites {
namespace {
constexpr std::size_t kBatchMax = 256;
constexpr auto kPause = std::chrono::seconds(1);
}  // namespace

Committer::Committer(store::Database& database, Metrics& metrics)
    : database_(database),
      failures_(metrics.counter("vedette_sites_commit_failures_total",
                                "Transactions of the site watch that failed and were tried again")),
      batch_size_(metrics.histogram("vedette_sites_commit_outcomes", "Checks stored in one transaction",
                                    {1, 4, 16, 64, 256})) {}

Committer::~Committer() { stop(); }

void Committer::start(Stored after_batch) {
  after_batch_ = std::move(after_batch);
  running_ = true;
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

void Committer::stop() {
  if (!thread_.joinable()) return;
  running_ = false;
  thread_.request_stop();
  queue_.close();
  thread_.join();
}

void Committer::push(Outcome outcome, Stored stored) {
  Item item{std::move(outcome), std::move(stored), {}, nullptr};
  if (running_ && queue_.push(std::move(item)) == Push::kTaken) return;
  std::vector<Item> one;
  one.push_back(std::move(item));  // NOLINT(bugprone-use-after-move): what is refused is left as it was
  if (auto done = store(one); !done)
    log::error("sites", "a check could not be stored", {{"error.message", done.error().full()}});
}

Result<void> Committer::push_and_wait(Outcome outcome, store::Database::Write also) {
  if (stuck_) return refuse(ErrorCode::kUnavailable, "site.no_writes");
  if (running_) {
    auto answer = std::make_shared<std::promise<Result<void>>>();
    auto future = answer->get_future();
    if (queue_.push({std::move(outcome), {}, std::move(also), std::move(answer)}) == Push::kTaken)
      return future.get();
    return refuse(ErrorCode::kUnavailable, "site.stopping");
  }
  return store_with_answer(outcome, also);
}

Result<void> Committer::store(std::vector<Item>& batch) {
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    for (const auto& item : batch) TRY(commit_outcome(session, item.outcome));
    return {};
  }));
  for (auto& item : batch) {
    if (item.stored) item.stored();
  }
  return {};
}

void Committer::store_until_done(std::vector<Item>& batch, const std::stop_token& stop) {
  if (batch.empty()) return;
  batch_size_.observe(static_cast<double>(batch.size()));
  for (;;) {
    auto done = store(batch);
    stuck_ = !done.has_value();
    if (done) break;
    failures_.add();
    log::error("sites", "checks could not be stored, trying again", {{"error.message", done.error().full()}});
    if (stop.stop_requested()) break;
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait_for(lock, stop, kPause, [] { return false; });
  }
  batch.clear();
}

Result<void> Committer::store_with_answer(const Outcome& outcome, const store::Database::Write& also) {
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY(commit_outcome(session, outcome));
    return also ? also(session) : Result<void>();
  });
}

void Committer::run(std::stop_token stop) {
  while (auto first = queue_.pop()) {
    std::vector<Item> batch;
    for (std::optional<Item> next = std::move(first); next;) {
      if (next->answer) {
        store_until_done(batch, stop);  // in the order they came
        next->answer->set_value(store_with_answer(next->outcome, next->also));
      } else {
        batch.push_back(*std::move(next));
      }
      next = batch.size() < kBatchMax ? queue_.try_pop() : std::nullopt;
    }
    store_until_done(batch, stop);
    if (after_batch_) after_batch_();
  }
}

}  // namespace vedette::sites
