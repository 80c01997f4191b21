#include "logs/match/matcher.h"

#include "logs/match/value_text.h"
#include "logs/sigma/evaluate.h"

namespace vedette::logs::match {
namespace {

constexpr std::uint32_t kNoValue = ~0U;

// Class fields of an event; found by their names' hashes.
const std::uint32_t kClassHashes[CompiledRules::kClassFields] = {
    name_hash(CompiledRules::kClassFieldNames[0]), name_hash(CompiledRules::kClassFieldNames[1])};

template <class Vector>
void at_least(Vector& vector, std::size_t size) {
  if (vector.size() < size) vector.resize(size);
}

}  // namespace

Matcher::Matcher(std::shared_ptr<const CompiledRules> rules, MatcherOptions options)
    : rules_(std::move(rules)),
      memo_(options.memo_bytes > 0 ? std::make_unique<ValueMemo>(options.memo_bytes) : nullptr),
      options_(options) {}

std::span<const std::uint32_t> Matcher::match(const EventView& event) {
  ++counters_.events;
  event_ = &event;
  arena_.reset();
  next_epoch();
  values_.clear();
  present_.clear();
  has_all_values_ = false;
  awake_.clear();
  found_.clear();
  const auto& of_event = class_of(event);
  if (of_event.programs().empty()) return found_;
  const auto& rules = rules_->best_for(of_event, event);
  at_least(slots_, rules.slots().size());
  at_least(truth_, rules.asks().size());
  at_least(woken_, rules.programs().size());
  collect(rules, event);
  for (const auto slot : present_) search_slot(rules, slot);
  counters_.rules_asked += awake_.size() + rules.always().size();
  const bool timed = options_.cost_every != 0 && counters_.events % options_.cost_every == 0;
  const auto ask = timed ? &Matcher::ask_rules_timed : &Matcher::ask_rules;
  (this->*ask)(rules, awake_);
  (this->*ask)(rules, rules.always());
  std::ranges::sort(found_);
  return found_;
}

void Matcher::ask_rules(const RuleClass& rules, std::span<const std::uint32_t> programs) {
  for (const auto program : programs)
    if (holds(rules, program)) found_.push_back(rules.programs()[program].rule);
}

void Matcher::ask_rules_timed(const RuleClass& rules, std::span<const std::uint32_t> programs) {
  auto before = options_.clock->steady();
  for (const auto program : programs) {
    const auto rule = rules.programs()[program].rule;
    if (holds(rules, program)) found_.push_back(rule);
    const auto after = options_.clock->steady();
    at_least(cost_of_, rule + std::size_t{1});
    if (cost_of_[rule] == 0) {
      costs_.push_back({.rule = rule});
      cost_of_[rule] = static_cast<std::uint32_t>(costs_.size());
    }
    auto& cost = costs_[cost_of_[rule] - 1];
    ++cost.asked;
    cost.ns += static_cast<std::uint64_t>(std::chrono::nanoseconds(after - before).count());
    before = after;
  }
}

std::vector<RuleCost> Matcher::take_costs() {
  for (const auto& cost : costs_) cost_of_[cost.rule] = 0;
  return std::exchange(costs_, {});
}

void Matcher::next_epoch() {
  epoch_ += 2;
  if (epoch_ != 0) return;
  // Once in two thousand million events.
  std::ranges::fill(truth_, 0);
  std::ranges::fill(woken_, 0);
  for (auto& slot : slots_) slot.epoch = 0;
  epoch_ = 2;
}

const RuleClass& Matcher::class_of(const EventView& event) {
  hashes_.clear();
  const Field* fields[CompiledRules::kClassFields] = {};
  bool several = false;
  for (const auto& field : event.fields) {
    const auto hash = name_hash(field.name);
    hashes_.push_back(hash);
    for (std::size_t i = 0; i < CompiledRules::kClassFields; ++i) {
      if (hash != kClassHashes[i] || field.name != CompiledRules::kClassFieldNames[i]) continue;
      several |= fields[i] != nullptr;
      fields[i] = &field;
    }
  }
  if (classes_ == nullptr || !classes_->is(event.source)) classes_ = rules_->classes_of(event.source);
  if (several || classes_ == nullptr) return rules_->every_rule();
  return class_by(fields);
}

const RuleClass& Matcher::class_by(const Field* const (&fields)[CompiledRules::kClassFields]) {
  // Only events that have both, as plain values, are remembered.
  std::string_view raw[CompiledRules::kClassFields];
  bool plain = true;
  std::uint32_t place = 0;
  for (std::size_t i = 0; i < CompiledRules::kClassFields; ++i) {
    if (fields[i] == nullptr || fields[i]->kind == ValueKind::kNull) {
      plain = false;
      continue;
    }
    raw[i] = fields[i]->value;
    plain &= !fields[i]->escaped && raw[i].size() <= kKnownValueBytesMax;
    place = place * 31 + name_hash(raw[i]);
  }
  auto& known = known_classes_[place % kKnownClasses];
  if (plain && known.source == classes_ && known.values[0] == raw[0] && known.values[1] == raw[1])
    return *known.rules;
  std::uint32_t values[CompiledRules::kClassFields] = {};
  for (std::size_t i = 0; i < CompiledRules::kClassFields; ++i)
    if (fields[i] != nullptr && fields[i]->kind != ValueKind::kNull)
      values[i] = rules_->class_value(i, folded_text(fields[i]->value, fields[i]->escaped, arena_));
  const auto& rules = rules_->class_of(*classes_, values[0], values[1]);
  if (plain) known = {classes_, {std::string(raw[0]), std::string(raw[1])}, &rules};
  return rules;
}

void Matcher::collect(const RuleClass& rules, const EventView& event) {
  present_.push_back(RuleClass::kKeywords);
  for (std::size_t i = 0; i < event.fields.size(); ++i) {
    const auto& field = event.fields[i];
    const auto slot = rules.names().find(field.name, hashes_[i]);
    // A field that has no name is only what keywords are looked for in.
    if (slot == NameTable::kNone || slot == RuleClass::kKeywords) continue;
    const auto value = static_cast<std::uint32_t>(values_.size());
    values_.push_back({&field, {}, {}, false, false, kNoValue});
    auto& state = slots_[slot];
    if (state.epoch == epoch_) {
      values_[state.last].next = value;
    } else {
      state.epoch = epoch_;
      state.first = value;
      present_.push_back(slot);
    }
    state.last = value;
  }
}

std::vector<Matcher::Value>& Matcher::all_values() {
  if (has_all_values_) return all_values_;
  has_all_values_ = true;
  all_values_.clear();
  for (const auto& field : event_->fields) all_values_.push_back({&field, {}, {}, false, false, kNoValue});
  if (event_->raw_is_text) {
    text_field_ = {{}, event_->raw, ValueKind::kString, false};
    all_values_.push_back({&text_field_, {}, {}, false, false, kNoValue});
  }
  return all_values_;
}

// Whether all values stand in the event's raw bytes, so that these can be asked in their place.
bool Matcher::raw_has_all() const {
  const auto raw = event_->raw;
  const std::less_equal<const char*> before;
  return std::ranges::all_of(event_->fields, [&](const Field& field) {
    return field.value.empty() || (before(raw.data(), field.value.data()) &&
                                   before(field.value.data() + field.value.size(), raw.data() + raw.size()));
  });
}

// Whether something of interest in the raw bytes lies within `value`, which does too.
bool Matcher::has_a_place(std::string_view value) const {
  const auto begin = static_cast<std::size_t>(value.data() - event_->raw.data());
  return !value.empty() && std::ranges::any_of(places_, [&](auto place) {
    return place >= begin && place - begin < value.size();
  });
}

std::string_view Matcher::folded(Value& value) {
  if (!value.has_folded) {
    value.folded = folded_text(value.field->value, value.field->escaped, arena_);
    value.has_folded = true;
  }
  return value.folded;
}

std::string_view Matcher::plain(Value& value) {
  if (!value.has_plain) {
    value.plain = plain_text(value.field->value, value.field->escaped, arena_);
    value.has_plain = true;
  }
  return value.plain;
}

void Matcher::apply(const Effects& effects) {
  for (const auto predicate : effects.holds) truth_[predicate] = epoch_ + 1;
  for (const auto program : effects.wakes) {
    if (woken_[program] == epoch_) continue;
    woken_[program] = epoch_;
    awake_.push_back(program);
  }
}

void Matcher::search_slot(const RuleClass& rules, std::uint32_t slot) {
  const auto& of_class = rules.slots()[slot];
  if (!of_class.wanted_early) return;
  apply(of_class.when_here);
  if (of_class.index.empty()) return;
  if (slot == RuleClass::kKeywords) {
    if (!of_class.filter || !raw_has_all() || !of_class.filter->places(event_->raw, places_)) {
      for (auto& value : all_values()) search_value(rules, slot, value);
    } else if (!places_.empty()) {
      // Only the values in which something may be.
      for (auto& value : all_values())
        if (has_a_place(value.field->value)) search_value(rules, slot, value);
    }
    return;
  }
  for (auto at = slots_[slot].first; at != kNoValue; at = values_[at].next)
    search_value(rules, slot, values_[at]);
}

void Matcher::search_value(const RuleClass& rules, std::uint32_t slot, Value& value) {
  if (value.field->kind == ValueKind::kNull) return;
  const auto& of_class = rules.slots()[slot];
  // A short text is folded faster than asked about.
  constexpr std::size_t kFilteredFrom = 48;
  if (of_class.filter && value.field->value.size() >= kFilteredFrom &&
      !of_class.filter->may_have(value.field->value))
    return;
  if (memo_ == nullptr) {
    ++counters_.values_searched;
    of_class.index.search(folded(value), [&](std::uint32_t literal) { apply(of_class.of_literal[literal]); });
    return;
  }
  const auto key = memo_->key(&of_class, value.field->value, value.field->escaped);
  if (const auto known = memo_->find(key)) {
    ++counters_.memo_hits;
    for (const auto literal : *known) apply(of_class.of_literal[literal]);
    return;
  }
  ++counters_.values_searched;
  literals_.clear();
  of_class.index.search(folded(value), [&](std::uint32_t literal) { literals_.push_back(literal); });
  std::ranges::sort(literals_);
  literals_.erase(std::ranges::unique(literals_).begin(), literals_.end());
  for (const auto literal : literals_) apply(of_class.of_literal[literal]);
  memo_->keep(key, literals_);
}

bool Matcher::holds(const RuleClass& rules, std::uint32_t program) {
  auto at = rules.programs()[program].begin;
  while (at < Jump::kReject) {
    const auto& jump = rules.jumps()[at];
    at = ask(rules, jump.predicate) ? jump.if_true : jump.if_false;
  }
  return at == Jump::kAccept;
}

bool Matcher::ask(const RuleClass& rules, std::uint32_t predicate) {
  auto& truth = truth_[predicate];
  if (truth == epoch_ + 1) return true;
  const auto& ask = rules.asks()[predicate];
  if (truth == epoch_ || ask.indexed) return false;
  ++counters_.predicates_asked;
  const bool held =
      ask.predicate->looks_at_event() ? sigma::holds(ask.predicate->source, *event_) : ask_values(ask);
  truth = held ? epoch_ + 1 : epoch_;
  return held;
}

bool Matcher::ask_values(const RuleClass::Ask& ask) {
  const auto& predicate = *ask.predicate;
  if (ask.slot == RuleClass::kKeywords)
    return std::ranges::any_of(all_values(), [&](Value& value) { return value_holds(predicate, value); });
  if (slots_[ask.slot].epoch != epoch_) return false;
  for (auto at = slots_[ask.slot].first; at != kNoValue; at = values_[at].next)
    if (value_holds(predicate, values_[at])) return true;
  return false;
}

bool Matcher::value_holds(const PreparedPredicate& predicate, Value& value) {
  if (value.field->kind == ValueKind::kNull) return false;
  return predicate.value_holds(predicate.wants_folded() ? folded(value) : plain(value));
}

}  // namespace vedette::logs::match
