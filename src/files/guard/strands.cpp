#include "files/guard/strands.h"

namespace vedette::files {

Strands::Strands(std::size_t threads, std::size_t capacity) : capacity_(capacity) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Strands::~Strands() { stop(); }

bool Strands::post(const std::string& key, Job job) {
  {
    std::lock_guard lock(mutex_);
    if (stopped_ || waiting_ >= capacity_) return false;
    auto& strand = strands_[key];
    if (!strand) strand = std::make_shared<Strand>();
    strand->jobs.push_back(std::move(job));
    ++waiting_;
    if (strand->running || strand->jobs.size() > 1) return true;
    runnable_.emplace_back(key, strand);
  }
  ready_.notify_one();
  return true;
}

void Strands::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ready_.wait(lock, [&] { return stopped_ || !runnable_.empty(); });
    if (stopped_) return;
    auto [key, strand] = std::move(runnable_.front());
    runnable_.pop_front();
    auto job = std::move(strand->jobs.front());
    strand->jobs.pop_front();
    strand->running = true;
    --waiting_;
    ++running_;
    lock.unlock();
    job();
    job = nullptr;  // what it owns goes before the next one runs
    lock.lock();
    --running_;
    strand->running = false;
    if (!strand->jobs.empty()) {
      runnable_.emplace_back(key, strand);
      ready_.notify_one();
    } else {
      strands_.erase(key);
    }
    if (waiting_ == 0 && running_ == 0) idle_.notify_all();
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

void Strands::drain() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return stopped_ || (waiting_ == 0 && running_ == 0); });
}

}  // namespace vedette::files
