// The program's own figures, in Prometheus' model. One Metrics object is made by main and lent to everybody.
//
// A metric family is registered once by name; registering the same name again returns the same family.
// Handles stay valid as long as the Metrics object. Thread-safe. Names end in their unit (_seconds, _bytes,
// _total).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vedette {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double by = 1) = 0;
  virtual double value() const = 0;
};
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) = 0;
  virtual void add(double by) = 0;
  virtual double value() const = 0;
};
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  // `buckets` are upper bounds in ascending order; the same for every label set of a family.
  Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                       const Labels& labels = {});
  // `read` is asked at every scrape: for queue depths and sizes. It must be quick and stay callable.
  void on_scrape(std::function<void(Metrics&)> read);

  // Text exposition format 0.0.4.
  std::string expose();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vedette
