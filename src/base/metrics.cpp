#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <utility>

namespace vedette {
namespace {

struct CounterOf final : Counter {
  explicit CounterOf(prometheus::Counter& inner) : inner(inner) {}
  void add(double by) override { inner.Increment(by); }
  double value() const override { return inner.Value(); }
  prometheus::Counter& inner;
};
struct GaugeOf final : Gauge {
  explicit GaugeOf(prometheus::Gauge& inner) : inner(inner) {}
  void set(double value) override { inner.Set(value); }
  void add(double by) override { inner.Increment(by); }
  double value() const override { return inner.Value(); }
  prometheus::Gauge& inner;
};
struct HistogramOf final : Histogram {
  explicit HistogramOf(prometheus::Histogram& inner) : inner(inner) {}
  void observe(double value) override { inner.Observe(value); }
  prometheus::Histogram& inner;
};

}  // namespace

struct Metrics::Impl {
  using Key = std::pair<std::string, Labels>;
  prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
  std::mutex mutex;
  std::map<Key, std::unique_ptr<Counter>> counters;
  std::map<Key, std::unique_ptr<Gauge>> gauges;
  std::map<Key, std::unique_ptr<Histogram>> histograms;
  std::vector<std::function<void(Metrics&)>> readers;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  std::lock_guard lock(impl_->mutex);
  auto& slot = impl_->counters[{name, labels}];
  if (!slot) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry);
    slot = std::make_unique<CounterOf>(family.Add(labels));
  }
  return *slot;
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  std::lock_guard lock(impl_->mutex);
  auto& slot = impl_->gauges[{name, labels}];
  if (!slot) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
    slot = std::make_unique<GaugeOf>(family.Add(labels));
  }
  return *slot;
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                              const std::vector<double>& buckets, const Labels& labels) {
  std::lock_guard lock(impl_->mutex);
  auto& slot = impl_->histograms[{name, labels}];
  if (!slot) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry);
    slot = std::make_unique<HistogramOf>(family.Add(labels, buckets));
  }
  return *slot;
}

void Metrics::on_scrape(std::function<void(Metrics&)> read) {
  std::lock_guard lock(impl_->mutex);
  impl_->readers.push_back(std::move(read));
}

std::string Metrics::expose() {
  std::vector<std::function<void(Metrics&)>> readers;
  {
    std::lock_guard lock(impl_->mutex);
    readers = impl_->readers;
  }
  for (const auto& read : readers) read(*this);
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace vedette
