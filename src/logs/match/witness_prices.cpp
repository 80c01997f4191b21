#include "logs/match/witness_prices.h"

#include <map>

#include "logs/match/rule_class.h"
#include "logs/match/value_text.h"

namespace vedette::logs::match {
namespace {

// In nanoseconds on a 2.4 GHz processor, from profiles of the matcher; only their relation matters.
constexpr double kAskRule = 100, kSearchValue = 50, kSearchByte = 1.2;

// Which asks of a class follow from each literal in each of its fields.
struct FieldStatistics {
  std::map<Literal, std::uint32_t> numbers;
  std::vector<std::vector<std::uint32_t>> asks_of;  // by the literal's number
  std::vector<std::uint32_t> asks_when_here;
  LiteralIndex index;
  double values = 0, bytes = 0;  // in the whole sample
  std::uint32_t rules = 0;       // that could be woken by this field, about
};

class Counting {
 public:
  explicit Counting(const RuleClass& rules)
      : rules_(rules), fields_(rules.slots().size()), seen_(rules.asks().size()), last_(rules.asks().size()) {
    for (std::uint32_t number = 0; number < rules.asks().size(); ++number) {
      const auto& ask = rules.asks()[number];
      auto& field = fields_[ask.slot];
      ++field.rules;
      if (ask.predicate->witness_kind == WitnessKind::kHere) field.asks_when_here.push_back(number);
      if (ask.predicate->witness_kind != WitnessKind::kLiterals) continue;
      for (const auto& literal : ask.predicate->witness) {
        const auto [at, fresh] =
            field.numbers.try_emplace(literal, static_cast<std::uint32_t>(field.numbers.size()));
        if (fresh) field.asks_of.emplace_back();
        field.asks_of[at->second].push_back(number);
      }
    }
    for (auto& field : fields_) {
      std::vector<Literal> list(field.numbers.size());
      for (const auto& [literal, number] : field.numbers) list[number] = literal;
      field.index = LiteralIndex::build(std::move(list));
    }
  }

  void add(const EventView& event) {
    ++event_;
    arena_.reset();
    for (const auto& one : event.fields) {
      const auto slot = rules_.names().find(one.name, name_hash(one.name));
      if (slot != NameTable::kNone && slot != RuleClass::kKeywords) look(fields_[slot], one);
      look(fields_[RuleClass::kKeywords], one);
    }
    if (event.raw_is_text) look(fields_[RuleClass::kKeywords], {{}, event.raw});
  }

  double share(std::uint32_t ask) const { return seen_[ask] / static_cast<double>(event_); }
  // Of the event's time, in askings of a rule.
  double search(std::uint32_t slot) const {
    const auto& field = fields_[slot];
    const auto cost = kSearchValue * field.values + kSearchByte * field.bytes;
    return cost / kAskRule / static_cast<double>(event_) / std::max<double>(field.rules, 1);
  }

 private:
  void look(FieldStatistics& field, const Field& one) {
    for (const auto ask : field.asks_when_here) count(ask);
    if (one.kind == ValueKind::kNull) return;
    ++field.values;
    field.bytes += static_cast<double>(one.value.size());
    if (field.index.empty()) return;
    field.index.search(folded_text(one.value, one.escaped, arena_), [&](std::uint32_t literal) {
      for (const auto ask : field.asks_of[literal]) count(ask);
    });
  }
  void count(std::uint32_t ask) {
    if (last_[ask] == event_) return;
    last_[ask] = event_;
    ++seen_[ask];
  }

  const RuleClass& rules_;
  std::vector<FieldStatistics> fields_;
  std::vector<double> seen_;  // by ask: events
  std::vector<std::uint32_t> last_;
  std::uint32_t event_ = 0;
  Arena arena_;
};

}  // namespace

WitnessPrices estimated_prices(std::span<const PreparedPredicate> predicates,
                               std::span<const std::uint32_t> uses) {
  WitnessPrices out;
  out.field.resize(predicates.size());
  out.search.resize(1);
  for (std::size_t i = 0; i < predicates.size(); ++i)
    out.wakes.push_back(std::min(1.0, predicates[i].rarity * (1 + static_cast<double>(uses[i]) / 8)));
  return out;
}

WitnessPrices measured_prices(const RuleClass& rules, const EventPack& sample,
                              std::span<const PreparedPredicate> predicates, const WitnessPrices& estimated) {
  Counting counting(rules);
  std::vector<Field> fields;
  for (std::size_t i = 0; i < sample.size(); ++i) counting.add(sample.at(i, fields));
  auto out = estimated;
  out.search.resize(rules.slots().size());
  for (std::uint32_t slot = 0; slot < out.search.size(); ++slot) out.search[slot] = counting.search(slot);
  const double unseen = 1 / static_cast<double>(sample.size() + 1);
  for (std::uint32_t number = 0; number < rules.asks().size(); ++number) {
    const auto& ask = rules.asks()[number];
    const auto predicate = static_cast<std::size_t>(ask.predicate - predicates.data());
    out.field[predicate] = ask.slot;
    if (ask.predicate->witness_kind != WitnessKind::kNone)
      out.wakes[predicate] = counting.share(number) + unseen * estimated.wakes[predicate];
  }
  return out;
}

}  // namespace vedette::logs::match
