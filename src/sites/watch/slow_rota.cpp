#include "sites/watch/slow_rota.h"

#include <algorithm>
#include <random>

namespace vedette::sites {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kThreads = 2;
constexpr milliseconds kSoon{15'000};
constexpr milliseconds kTick{1'000};

std::string key_of(Look look, const std::string& id) {
  return static_cast<char>('0' + static_cast<int>(look)) + id;
}

}  // namespace

SlowRota::SlowRota(WatchParts parts)
    : parts_(parts),
      looks_(std::move(parts)),
      taken_(parts_.metrics.counter("vedette_sites_slow_looks_total",
                                    "Looks at DNS records, linked resources and what robots see")),
      missed_(parts_.metrics.counter("vedette_sites_slow_looks_missed_total",
                                     "Slow looks that were left out because the rota was late")),
      jitter_(std::random_device{}()) {}

SlowRota::~SlowRota() {
  close();
  stop();
}

void SlowRota::start() {
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads_.emplace_back([this](std::stop_token stop) { run(stop); });
  }
}

void SlowRota::stop() {
  for (auto& thread : threads_) thread.request_stop();
  threads_.clear();
}

milliseconds SlowRota::interval(Look look) const {
  auto options = parts_.options();
  auto seconds = look == Look::kDns         ? options->dns_interval
                 : look == Look::kResources ? options->resource_interval
                                            : options->cloak_interval;
  return std::max<milliseconds>(seconds, milliseconds(0));
}

void SlowRota::add(const RecordPtr& record) {
  std::string id;
  LookMemory memory;
  {
    std::lock_guard lock(record->mutex);
    if (record->removed || !record->site.config.enabled) return;
    id = record->site.id;
    memory = record->looks;
  }
  std::lock_guard lock(mutex_);
  for (Look look : kLooks) {
    auto every = interval(look);
    if (every == milliseconds(0)) {
      schedule_.remove(key_of(look, id));
      continue;
    }
    auto next = memory.next_of(look);
    std::optional<WallTime> due;
    if (next != WallTime{}) due = next;
    schedule_.set(key_of(look, id),
                  parts_.clock.steady() + first_delay(due, parts_.clock.wall(), every, jitter_));
  }
  woken_.notify_all();
}

void SlowRota::remove(const std::string& id) {
  std::lock_guard lock(mutex_);
  for (Look look : kLooks) schedule_.remove(key_of(look, id));
}

std::size_t SlowRota::depth() const {
  std::lock_guard lock(mutex_);
  return schedule_.due(parts_.clock.steady()) + running_.size();
}

std::size_t SlowRota::capacity() const {
  std::lock_guard lock(mutex_);
  return schedule_.size() + running_.size();
}

void SlowRota::run(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    auto due = schedule_.take(parts_.clock.steady(), 1);
    if (due.empty()) {
      milliseconds wait = kTick;
      if (auto next = schedule_.next()) {
        wait = std::clamp(std::chrono::ceil<milliseconds>(*next - parts_.clock.steady()), milliseconds(1),
                          kTick);
      }
      woken_.wait_for(lock, stop, wait, [] { return false; });
      continue;
    }
    const std::string key = due.front().key;
    if (running_.contains(key)) {  // the site was added again while it is looked at
      schedule_.set(key, parts_.clock.steady() + kTick);
      continue;
    }
    auto look = static_cast<Look>(key.front() - '0');
    auto record = parts_.sites.find(key.substr(1));
    auto every = interval(look);
    if (!record) continue;
    if (every == milliseconds(0)) continue;  // switched off by a reload, which adds it again when switched on
    if (auto late = parts_.clock.steady() - due.front().due; late > every) {
      auto rounds = static_cast<std::uint64_t>(late / every);
      missed_count_ += rounds;
      missed_.add(static_cast<double>(rounds));
    }
    running_.insert(key);
    lock.unlock();
    auto next = take(record, look);
    lock.lock();
    running_.erase(key);
    if (next > milliseconds(0)) schedule_.set(key, parts_.clock.steady() + next);
  }
}

milliseconds SlowRota::take(const RecordPtr& record, Look look) {
  auto every = interval(look);
  milliseconds next;
  {
    std::lock_guard lock(mutex_);
    next = jitter_.around(every);
  }
  {
    std::lock_guard lock(record->mutex);
    record->looks.next_of(look) = parts_.clock.wall() + next;  // stored with what the look finds
  }
  taken_.add();
  switch (looks_.look(record, look)) {
    case LookEnd::kDone:
    case LookEnd::kNothing:
      return next;
    case LookEnd::kNotYet:
      return std::min(next, kSoon);
    case LookEnd::kDropped:
      break;
  }
  std::lock_guard lock(
      record->mutex);  // a changed address is looked at anew; a paused or removed site is not
  return record->removed || !record->site.config.enabled ? milliseconds(0) : std::min(next, kSoon);
}

}  // namespace vedette::sites
