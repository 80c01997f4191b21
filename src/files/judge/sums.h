// Sums: scores by key that fade with time and with quiet files, and count each file once.
//
// A file that is written a hundred times counts with its worst change. Bounded: the key that was touched
// least recently goes first. One thread at a time.
#pragma once

#include <cstdint>
#include <list>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace vedette::files {

struct Fading {
  double half_life_files = 1;
  double half_life_hours = 1;
};

class Sums {
 public:
  Sums(Fading fading, double weak_max, std::size_t keys_max)
      : fading_(fading), weak_max_(weak_max), keys_max_(keys_max) {}

  // Returns the score after it.
  // `contributor` is remembered where `strong` is above 0.
  double add(const std::string& key, const std::string& path, double strong, double weak, SteadyTime at,
             const std::string& contributor = {});
  // A change that says nothing.
  void quiet(const std::string& key, SteadyTime at);
  double score(const std::string& key) const;
  // Whoever put strong evidence into it, at most kContributorsMax.
  std::vector<std::string> contributors(const std::string& key) const;
  static constexpr std::size_t kContributorsMax = 256;
  void forget(const std::string& key);
  // The file is known by another name from now on.
  void renamed(const std::string& key, const std::string& from, const std::string& to);

 private:
  struct Sum {
    double strong = 0, weak = 0;
    SteadyTime at{};
    std::set<std::string> contributors;
    std::unordered_map<std::string, double> files;  // the strong evidence counted of each
    std::list<std::string>::iterator order;
  };
  double score(const Sum& sum) const;
  void fade(Sum& sum, double files, SteadyTime at) const;

  Fading fading_;
  double weak_max_;
  std::size_t keys_max_;
  std::unordered_map<std::string, Sum> sums_;
  std::list<std::string> order_;  // least recently touched first
};

}  // namespace vedette::files
