// WitnessPrices: what it costs to let a rule be woken by this predicate's witness or by that one. Estimated
// from the literals alone when a class of events is met for the first time, and measured when some hundred
// events of it were seen: only then is known that "UNKNOWN" is in most call traces, and that the access mask
// is a rarer and far shorter thing to look for.
//
// Prices decide what is looked for first and never what is found. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "logs/match/event_pack.h"
#include "logs/match/prepared_predicate.h"

namespace vedette::logs::match {

class RuleClass;

struct WitnessPrices {
  std::vector<double> wakes;         // by predicate: the share of events in which its witness is
  std::vector<std::uint32_t> field;  // by predicate, a number in `search`
  std::vector<double> search;  // by field: what a rule's part in searching it costs, in askings of a rule
};

// `uses`: how many rules ask a predicate: what many rules ask about is common.
WitnessPrices estimated_prices(std::span<const PreparedPredicate> predicates,
                               std::span<const std::uint32_t> uses);

// From events of the class `rules`. What was in none of them is as rare as the estimate makes it.
WitnessPrices measured_prices(const RuleClass& rules, const EventPack& sample,
                              std::span<const PreparedPredicate> predicates, const WitnessPrices& estimated);

}  // namespace vedette::logs::match
