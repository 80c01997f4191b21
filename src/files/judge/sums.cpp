#include "files/judge/sums.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace vedette::files {
namespace {
constexpr std::size_t kFilesMax = 1024;  // remembered of one sum; an attack is decided long before
}

double Sums::score(const Sum& sum) const { return sum.strong + std::min(sum.weak, weak_max_); }

double Sums::score(const std::string& key) const {
  const auto found = sums_.find(key);
  return found == sums_.end() ? 0 : score(found->second);
}

void Sums::fade(Sum& sum, double files, SteadyTime at) const {
  const double hours = std::max(0.0, std::chrono::duration<double, std::ratio<3600>>(at - sum.at).count());
  const double factor = std::exp2(-files / fading_.half_life_files - hours / fading_.half_life_hours);
  sum.strong *= factor;
  sum.weak *= factor;
  sum.at = std::max(sum.at, at);
}

double Sums::add(const std::string& key, const std::string& path, double strong, double weak, SteadyTime at,
                 const std::string& contributor) {
  auto [found, fresh] = sums_.try_emplace(key);
  Sum& sum = found->second;
  if (fresh) {
    sum.at = at;
    sum.order = order_.insert(order_.end(), key);
    if (sums_.size() > keys_max_) {
      sums_.erase(order_.front());
      order_.pop_front();
    }
  } else {
    order_.splice(order_.end(), order_, sum.order);
  }
  fade(sum, 0, at);
  if (strong > 0 && !contributor.empty() && sum.contributors.size() < kContributorsMax)
    sum.contributors.insert(contributor);
  const auto counted = sum.files.find(path);
  if (counted == sum.files.end()) {
    sum.strong += strong;
    sum.weak += weak;
    if (sum.files.size() < kFilesMax) sum.files.emplace(path, strong);
  } else if (strong > counted->second) {
    sum.strong += strong - counted->second;
    counted->second = strong;
  }
  sum.weak = std::min(sum.weak, 2 * weak_max_);  // what is far above the cap would fade too slowly
  return score(sum);
}

std::vector<std::string> Sums::contributors(const std::string& key) const {
  const auto found = sums_.find(key);
  if (found == sums_.end()) return {};
  return {found->second.contributors.begin(), found->second.contributors.end()};
}

void Sums::quiet(const std::string& key, SteadyTime at) {
  const auto found = sums_.find(key);
  if (found != sums_.end()) fade(found->second, 1, at);
}

void Sums::forget(const std::string& key) {
  const auto found = sums_.find(key);
  if (found == sums_.end()) return;
  order_.erase(found->second.order);
  sums_.erase(found);
}

void Sums::renamed(const std::string& key, const std::string& from, const std::string& to) {
  const auto found = sums_.find(key);
  if (found == sums_.end()) return;
  if (auto node = found->second.files.extract(from)) {
    node.key() = to;
    found->second.files.insert(std::move(node));
  }
}

}  // namespace vedette::files
