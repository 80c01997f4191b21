// Random rules and events that look alike often enough to match: for the tests that compare the matcher with
// the plain evaluator. The same seed gives the same case, everywhere.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "logs/event.h"
#include "logs/sigma/rule.h"

namespace vedette::logs::match {

class RandomCase {
 public:
  explicit RandomCase(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}

  std::vector<sigma::Rule> rules(std::size_t most);
  // Valid until the next event.
  EventView event();

  std::uint64_t number(std::uint64_t below);

 private:
  std::string text(std::size_t tokens_max);
  std::string regex();
  sigma::Predicate predicate();
  sigma::Expression expression(std::size_t predicates, int depth);
  std::string escaped(const std::string& text);

  std::uint64_t state_;
  std::deque<std::string> texts_;  // what the event's fields look at
  std::vector<Field> fields_;
};

}  // namespace vedette::logs::match
