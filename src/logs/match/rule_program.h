// RuleProgram: rules' conditions as jumps: ask a predicate, go on there if it holds, elsewhere if not. What
// is known for a class of events (its channel, its id) is left out, and who costs little is asked first.
//
// Immutable once built; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "logs/match/prepared_predicate.h"
#include "logs/match/witness_prices.h"
#include "logs/sigma/rule.h"

namespace vedette::logs::match {

enum class Known : std::uint8_t { kOpen, kFalse, kTrue };

// A rule's condition over the predicates of all rules (numbers into one table), negations only in front of
// predicates.
struct Condition {
  enum class Kind : std::uint8_t { kPredicate, kNotPredicate, kAnd, kOr };
  Kind kind = Kind::kAnd;
  std::uint32_t predicate = 0;
  std::vector<Condition> of;
};
// `numbers`: the rule's predicates in the table.
Condition to_condition(const sigma::Expression& expression, std::span<const std::uint32_t> numbers,
                       bool negated = false);

// Known or open, given what is known of its predicates.
Known value_of(const Condition& condition, std::span<const Known> known);

struct Jump {
  static constexpr std::uint32_t kAccept = ~0U, kReject = ~0U - 1;
  std::uint32_t predicate;
  std::uint32_t if_true, if_false;
};

// Appends to `jumps`; returns where to begin: a jump, kAccept or kReject.
std::uint32_t compile_condition(const Condition& condition, std::span<const Known> known,
                                std::span<const PreparedPredicate> predicates, std::vector<Jump>& jumps);

// The predicates of which one must hold for the condition to hold, as cheap as possible. Nothing: there are
// none (it may hold when nothing does).
struct Witnesses {
  std::vector<std::uint32_t> predicates;
  double price = 0;  // of being woken by them and of searching their fields
};
std::optional<Witnesses> witnesses_of(const Condition& condition, std::span<const Known> known,
                                      std::span<const PreparedPredicate> predicates,
                                      const WitnessPrices& prices);

}  // namespace vedette::logs::match
