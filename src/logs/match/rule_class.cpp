#include "logs/match/rule_class.h"

#include <bit>
#include <map>

#include "base/assert.h"

namespace vedette::logs::match {

std::uint32_t NameTable::add(std::string_view name) {
  if (const auto number = find(name, name_hash(name)); number != kNone) return number;
  names_.emplace_back(name);
  if (names_.size() * 4 > slots_.size()) {
    slots_.assign(std::bit_ceil(names_.size() * 8), {});
    mask_ = static_cast<std::uint32_t>(slots_.size() - 1);
    for (std::uint32_t number = 0; number < names_.size(); ++number) insert(number);
  } else {
    insert(static_cast<std::uint32_t>(names_.size() - 1));
  }
  return static_cast<std::uint32_t>(names_.size() - 1);
}

void NameTable::insert(std::uint32_t number) {
  const auto hash = name_hash(names_[number]);
  auto at = hash & mask_;
  while (slots_[at].number != kNone) at = (at + 1) & mask_;
  slots_[at] = {hash, number};
}

struct RuleClass::Build {
  RuleClass& to;
  std::span<const PreparedPredicate> predicates;
  std::vector<std::uint32_t> local;                        // of a predicate; kNone: not asked in this class
  std::vector<std::map<Literal, std::uint32_t>> literals;  // of each slot, to their numbers

  std::uint32_t slot_of(const std::string& field) {
    const auto slot = to.names_.add(field);
    if (slot >= to.slots_.size()) to.slots_.resize(slot + 1);
    if (slot >= literals.size()) literals.resize(slot + 1);
    return slot;
  }

  std::uint32_t ask(std::uint32_t predicate) {
    if (local[predicate] != NameTable::kNone) return local[predicate];
    local[predicate] = static_cast<std::uint32_t>(to.asks_.size());
    const auto& prepared = predicates[predicate];
    const auto slot = slot_of(prepared.source.field);
    to.asks_.push_back({&prepared, slot, false});
    return local[predicate];
  }

  // All effects of the witnesses of a predicate.
  template <class Do>
  void each_effect(std::uint32_t predicate, Do&& act) {
    const auto& prepared = predicates[predicate];
    const auto slot = slot_of(prepared.source.field);
    to.slots_[slot].wanted_early = true;
    if (prepared.witness_kind == WitnessKind::kHere) return act(to.slots_[slot].when_here);
    for (const auto& literal : prepared.witness) {
      const auto [at, fresh] =
          literals[slot].try_emplace(literal, static_cast<std::uint32_t>(literals[slot].size()));
      if (fresh) to.slots_[slot].of_literal.emplace_back();
      act(to.slots_[slot].of_literal[at->second]);
    }
  }

  void wake(std::uint32_t predicate, std::uint32_t program) {
    const auto number = ask(predicate);
    auto& ask = to.asks_[number];
    if (ask.predicate->exact && !ask.indexed) {
      ask.indexed = true;
      each_effect(predicate, [&](Effects& effects) { effects.holds.push_back(number); });
    }
    each_effect(predicate, [&](Effects& effects) {
      if (effects.wakes.empty() || effects.wakes.back() != program) effects.wakes.push_back(program);
    });
  }
};

RuleClass::RuleClass(std::span<const Condition> conditions, std::span<const Known> rules_known,
                     std::span<const Known> known, std::span<const PreparedPredicate> predicates,
                     const WitnessPrices& prices) {
  Build build{*this, predicates, std::vector<std::uint32_t>(predicates.size(), NameTable::kNone), {}};
  const auto keywords = build.slot_of("");
  VEDETTE_ASSERT(keywords == kKeywords);
  for (std::uint32_t rule = 0; rule < conditions.size(); ++rule) {
    if (rules_known[rule] == Known::kFalse) continue;
    const auto first = jumps_.size();
    const auto begin = compile_condition(conditions[rule], known, predicates, jumps_);
    if (begin == Jump::kReject) continue;
    const auto program = static_cast<std::uint32_t>(programs_.size());
    programs_.push_back({rule, begin});
    for (auto i = first; i < jumps_.size(); ++i) jumps_[i].predicate = build.ask(jumps_[i].predicate);
    const auto witnesses = witnesses_of(conditions[rule], known, predicates, prices);
    if (!witnesses) {
      always_.push_back(program);
      continue;
    }
    for (const auto predicate : witnesses->predicates) build.wake(predicate, program);
  }
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    std::vector<Literal> list(build.literals[slot].size());
    for (const auto& [literal, number] : build.literals[slot]) list[number] = literal;
    // A value that has to be folded anyway for what it begins or ends with gains nothing.
    if (slot == kKeywords || std::ranges::all_of(list, [](const auto& literal) {
          return literal.where == Literal::Where::kContains;
        }))
      slots_[slot].filter = RawFilter::build(list);
    slots_[slot].index = LiteralIndex::build(std::move(list));
  }
}

std::size_t RuleClass::index_bytes() const {
  std::size_t sum = jumps_.size() * sizeof(Jump) + asks_.size() * sizeof(Ask);
  for (const auto& slot : slots_) {
    sum += slot.index.bytes() + slot.of_literal.size() * sizeof(Effects);
    for (const auto& effects : slot.of_literal) sum += 4 * (effects.holds.size() + effects.wakes.size());
  }
  return sum;
}

}  // namespace vedette::logs::match
