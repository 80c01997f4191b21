// Rates with 95% intervals clustered by page: pages are drawn with replacement 4,000 times (percentile
// bootstrap, Efron), because the changes of one page are alike. Seeded, so that the table is the same each
// time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace vedette::bench {

struct Cluster {
  std::uint64_t events = 0, of = 0;
};

struct Rate {
  std::uint64_t events = 0, of = 0;
  double value = 0, low = 0, high = 0;
};

inline Rate rate(const std::vector<Cluster>& clusters) {
  Rate out;
  for (const Cluster& c : clusters) out.events += c.events, out.of += c.of;
  if (out.of == 0) return out;
  out.value = static_cast<double>(out.events) / static_cast<double>(out.of);
  std::mt19937_64 random(20250217);
  std::vector<double> draws;
  for (int i = 0; i < 4'000; ++i) {
    std::uint64_t events = 0, of = 0;
    for (std::size_t k = 0; k < clusters.size(); ++k) {
      const Cluster& c = clusters[random() % clusters.size()];
      events += c.events, of += c.of;
    }
    draws.push_back(of == 0 ? 0.0 : static_cast<double>(events) / static_cast<double>(of));
  }
  std::sort(draws.begin(), draws.end());
  out.low = draws[100], out.high = draws[3'899];
  // Where nothing happened the bootstrap has no width: the exact bound for independent pages (rule of three)
  // is given.
  if (out.events == 0) out.high = std::min(1.0, 3.0 / static_cast<double>(clusters.size()));
  return out;
}

inline std::string per_thousand(const Rate& r) {
  return fmt::format("{:.1f} ({:.1f}–{:.1f}; {}/{})", r.value * 1000, r.low * 1000, r.high * 1000, r.events,
                     r.of);
}
// Never rounded up: 99.96 is shown as 99.9.
inline std::string percent(const Rate& r) {
  auto cut = [](double x) { return static_cast<double>(static_cast<long long>(x * 100'000 + 1e-6)) / 1'000; };
  return fmt::format("{:.2f}% ({:.2f}–{:.2f}; {}/{})", cut(r.value), cut(r.low), cut(r.high), r.events, r.of);
}

}  // namespace vedette::bench
