#include "logs/match/scan_collector.h"

namespace vedette::logs::match {

std::optional<std::uint64_t> ScanCollector::begin() {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return failed_ || begun_ - done_ < in_flight_max_; });
  if (failed_) return std::nullopt;
  return begun_++;
}

void ScanCollector::end(std::uint64_t number, ScanOutcome outcome) {
  const std::lock_guard lock(mutex_);
  waiting_.emplace(number, std::move(outcome));
  for (auto next = waiting_.find(done_); next != waiting_.end(); next = waiting_.find(done_)) {
    add(next->second);
    waiting_.erase(next);
    ++done_;
  }
  room_.notify_all();
}

void ScanCollector::finish() {
  const std::lock_guard lock(mutex_);
  if (correlator_ == nullptr) return;
  correlator_->finish();
  tell_correlated();
}

ScanProgress ScanCollector::progress() const {
  const std::lock_guard lock(mutex_);
  return {report_.events, report_.hits, 0, 0};
}

std::optional<Error> ScanCollector::failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

void ScanCollector::add(ScanOutcome& outcome) {
  auto& of_input = report_.inputs[outcome.input].counters;
  of_input.read += outcome.counters.read;
  of_input.unparsed += outcome.counters.unparsed;
  of_input.cut += outcome.counters.cut;
  for (const auto& sample : outcome.counters.samples)
    if (of_input.samples.size() < ReadCounters::kSamplesMax) of_input.samples.push_back(sample);
  report_.events += outcome.counters.read;
  report_.unparsed += outcome.counters.unparsed;
  report_.cut += outcome.counters.cut;
  report_.hits += outcome.hits;
  report_.untimed += outcome.untimed;
  write(outcome.rendered);
  if (outcome.seen.empty()) return;
  for (auto& seen : outcome.seen) correlator_->add(std::move(seen));
  tell_correlated();
}

void ScanCollector::write(std::string_view rendered) {
  if (failed_ || rendered.empty()) return;
  if (auto written = sink_.write(rendered); !written) failed_ = std::move(written).error();
}

void ScanCollector::tell_correlated() {
  std::string rendered;
  for (const auto& match : correlator_->take()) {
    ++report_.hits;
    sink_.render(match, rendered);
  }
  write(rendered);
}

}  // namespace vedette::logs::match
