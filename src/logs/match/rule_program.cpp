#include "logs/match/rule_program.h"

#include "base/assert.h"

namespace vedette::logs::match {
namespace {

Known opposite(Known known) {
  return known == Known::kOpen ? known : known == Known::kTrue ? Known::kFalse : Known::kTrue;
}

bool is_list(const Condition& condition) {
  return condition.kind == Condition::Kind::kAnd || condition.kind == Condition::Kind::kOr;
}

struct Compiler {
  std::span<const Known> known;
  std::span<const PreparedPredicate> predicates;
  std::vector<Jump>& jumps;

  double effort(const Condition& condition) const {
    if (!is_list(condition)) return predicates[condition.predicate].effort;
    double sum = 0;
    for (const auto& child : condition.of) sum += effort(child);
    return sum;
  }

  // From the last to the first, so that where to jump is known.
  std::uint32_t compile(const Condition& condition, std::uint32_t if_true, std::uint32_t if_false) {
    if (!is_list(condition)) {
      const bool negated = condition.kind == Condition::Kind::kNotPredicate;
      if (negated) std::swap(if_true, if_false);
      if (known[condition.predicate] == Known::kTrue) return if_true;
      if (known[condition.predicate] == Known::kFalse) return if_false;
      if (if_true == if_false) return if_true;
      jumps.push_back({condition.predicate, if_true, if_false});
      return static_cast<std::uint32_t>(jumps.size() - 1);
    }
    const bool all = condition.kind == Condition::Kind::kAnd;
    std::vector<std::pair<double, const Condition*>> children;
    for (const auto& child : condition.of) children.emplace_back(effort(child), &child);
    std::ranges::stable_sort(children, std::ranges::greater{}, [](const auto& child) { return child.first; });
    auto next = all ? if_true : if_false;
    for (const auto& [cost, child] : children)
      next = all ? compile(*child, next, if_false) : compile(*child, if_true, next);
    return next;
  }
};

// Each field is searched once, however many of the predicates look at it.
double price_of(std::span<const std::uint32_t> predicates, const WitnessPrices& prices) {
  std::vector<std::uint32_t> fields;
  double wakes = 0, search = 0;
  for (const auto predicate : predicates) {
    wakes += prices.wakes[predicate];
    fields.push_back(prices.field[predicate]);
  }
  std::ranges::sort(fields);
  fields.erase(std::ranges::unique(fields).begin(), fields.end());
  for (const auto field : fields) search += prices.search[field];
  return wakes + search;
}

}  // namespace

Condition to_condition(const sigma::Expression& expression, std::span<const std::uint32_t> numbers,
                       bool negated) {
  using Kind = sigma::Expression::Kind;
  Condition out;
  switch (expression.kind) {
    case Kind::kPredicate:
      out.kind = negated ? Condition::Kind::kNotPredicate : Condition::Kind::kPredicate;
      out.predicate = numbers[expression.predicate];
      return out;
    case Kind::kNot:
      return to_condition(expression.of.front(), numbers, !negated);
    case Kind::kAnd:
    case Kind::kOr:
      out.kind = (expression.kind == Kind::kAnd) != negated ? Condition::Kind::kAnd : Condition::Kind::kOr;
      for (const auto& child : expression.of) out.of.push_back(to_condition(child, numbers, negated));
      return out;
  }
  VEDETTE_ASSERT(false);
}

Known value_of(const Condition& condition, std::span<const Known> known) {
  switch (condition.kind) {
    case Condition::Kind::kPredicate:
      return known[condition.predicate];
    case Condition::Kind::kNotPredicate:
      return opposite(known[condition.predicate]);
    default:
      break;
  }
  const auto decides = condition.kind == Condition::Kind::kAnd ? Known::kFalse : Known::kTrue;
  bool open = false;
  for (const auto& child : condition.of) {
    const auto value = value_of(child, known);
    if (value == decides) return decides;
    open |= value == Known::kOpen;
  }
  return open ? Known::kOpen : opposite(decides);
}

std::uint32_t compile_condition(const Condition& condition, std::span<const Known> known,
                                std::span<const PreparedPredicate> predicates, std::vector<Jump>& jumps) {
  return Compiler{known, predicates, jumps}.compile(condition, Jump::kAccept, Jump::kReject);
}

std::optional<Witnesses> witnesses_of(const Condition& condition, std::span<const Known> known,
                                      std::span<const PreparedPredicate> predicates,
                                      const WitnessPrices& prices) {
  const auto value = value_of(condition, known);
  if (value == Known::kFalse) return Witnesses{};
  if (value == Known::kTrue) return std::nullopt;
  switch (condition.kind) {
    case Condition::Kind::kNotPredicate:
      return std::nullopt;
    case Condition::Kind::kPredicate: {
      const auto& predicate = predicates[condition.predicate];
      if (predicate.witness_kind == WitnessKind::kNone) return std::nullopt;
      return Witnesses{{condition.predicate}, price_of(std::span(&condition.predicate, 1), prices)};
    }
    case Condition::Kind::kAnd: {
      std::optional<Witnesses> best;
      for (const auto& child : condition.of) {
        auto of_child = witnesses_of(child, known, predicates, prices);
        if (of_child && (!best || of_child->price < best->price)) best = std::move(of_child);
      }
      return best;
    }
    case Condition::Kind::kOr: {
      Witnesses sum;
      for (const auto& child : condition.of) {
        auto of_child = witnesses_of(child, known, predicates, prices);
        if (!of_child) return std::nullopt;
        sum.predicates.insert(sum.predicates.end(), of_child->predicates.begin(), of_child->predicates.end());
      }
      sum.price = price_of(sum.predicates, prices);
      return sum;
    }
  }
  VEDETTE_ASSERT(false);
}

}  // namespace vedette::logs::match
