#include "files/guard/strands.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vedette::files {
namespace {
constexpr int kRank = -10;  // "nice"; without the right to it, it stays as it was

void take_rank(bool first) {
  sched_param rank{first ? 1 : 0};
  ::sched_setscheduler(0, (first ? SCHED_RR : SCHED_OTHER) | SCHED_RESET_ON_FORK, &rank);
}
}  // namespace

void run_before_others() {
  sched_param first{2};
  if (::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first) != 0)
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), -19);
}

Unhurried::Unhurried(bool really) : really_(really) {
  if (really_) take_rank(false);
}
Unhurried::~Unhurried() {
  if (really_) take_rank(true);
}

Strands::Strands(std::size_t threads, std::size_t capacity) : capacity_(capacity) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Strands::~Strands() { stop(); }

Strands::Job Strands::Strand::next() {
  auto& from = happened.empty() ? jobs : happened;
  auto job = std::move(from.front());
  from.pop_front();
  return job;
}

bool Strands::post(const std::string& key, Job job, Order order) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_ || waiting_ >= capacity_) return false;
    auto& strand = strands_[key];
    if (!strand) strand = std::make_shared<Strand>();
    (order == Order::kDoneAlready ? strand->happened : strand->jobs).push_back(std::move(job));
    ++waiting_;
    if (strand->running || strand->count() > 1) return true;
    runnable_.emplace_back(key, strand);
  }
  ready_.notify_one();
  return true;
}

void Strands::work() {
  // Somebody waits for each of them; and an attacker with many threads must not slow down who judges it.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kRank);
  take_rank(true);
  std::unique_lock lock(mutex_);
  while (true) {
    ready_.wait(lock, [&] { return stopped_ || !runnable_.empty(); });
    if (stopped_) return;
    auto [key, strand] = std::move(runnable_.front());
    runnable_.pop_front();
    auto job = strand->next();
    strand->running = true;
    --waiting_;
    ++running_;
    lock.unlock();
    job();
    job = nullptr;  // what it owns goes before the next one runs
    lock.lock();
    --running_;
    strand->running = false;
    if (strand->count() > 0) {
      runnable_.emplace_back(key, strand);
      ready_.notify_one();
    } else {
      strands_.erase(key);
      idle_.notify_all();
    }
    if (waiting_ == 0 && running_ == 0) idle_.notify_all();
  }
}

void Strands::catch_up(const std::string& key) {
  while (true) {
    Job job;
    {
      std::lock_guard lock(mutex_);
      auto found = strands_.find(key);
      if (stopped_ || found == strands_.end() || found->second->happened.empty()) return;
      job = found->second->next();
      --waiting_;
    }
    job();
  }
}

void Strands::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  ready_.notify_all();
  idle_.notify_all();
  threads_.clear();
}

bool Strands::wait(const std::string& key, std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, most, [&] { return stopped_ || !strands_.contains(key); });
}

void Strands::drain() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return stopped_ || (waiting_ == 0 && running_ == 0); });
}

}  // namespace vedette::files
