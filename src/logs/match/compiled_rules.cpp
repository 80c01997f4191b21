#include "logs/match/compiled_rules.h"

#include "logs/case_fold.h"
#include "logs/sigma/evaluate.h"

namespace vedette::logs::match {
namespace {

// So that equal predicates of different rules are one.
std::string key_of(const sigma::Predicate& predicate) {
  auto key = fmt::format("{}\t{}\t{}\t{}\t{}:{}", predicate.field, static_cast<int>(predicate.comparison),
                         predicate.cased, predicate.number, predicate.text.size(), predicate.text);
  for (const auto& part : predicate.parts)
    key += fmt::format("\t{}{}:{}", static_cast<int>(part.gap), part.literal.size(), part.literal);
  return key;
}

void mark_asked(const Condition& condition, std::vector<bool>& asked) {
  if (condition.kind == Condition::Kind::kPredicate || condition.kind == Condition::Kind::kNotPredicate)
    asked[condition.predicate] = true;
  for (const auto& child : condition.of) mark_asked(child, asked);
}

}  // namespace

std::shared_ptr<const CompiledRules> CompiledRules::compile(std::span<const sigma::Rule> rules,
                                                            Learning learning) {
  std::shared_ptr<CompiledRules> out(new CompiledRules);
  out->learning_ = learning;
  std::vector<std::uint32_t> uses;
  std::unordered_map<std::string, std::uint32_t> known;
  for (const auto& rule : rules) {
    std::vector<std::uint32_t> numbers;
    for (const auto& predicate : rule.predicates) {
      const auto [at, fresh] =
          known.try_emplace(key_of(predicate), static_cast<std::uint32_t>(out->predicates_.size()));
      if (fresh) {
        out->predicates_.emplace_back(predicate);
        uses.push_back(0);
      }
      ++uses[at->second];
      numbers.push_back(at->second);
    }
    out->conditions_.push_back(to_condition(rule.condition, numbers));
  }
  out->prices_ = estimated_prices(out->predicates_, uses);
  for (std::uint32_t number = 0; number < out->predicates_.size(); ++number) {
    const auto& source = out->predicates_[number].source;
    if (source.comparison == sigma::Comparison::kSource) out->decided_by_source_.push_back(number);
    if (source.comparison != sigma::Comparison::kEquals || source.cased) continue;
    for (std::size_t field = 0; field < kClassFields; ++field) {
      if (source.field != kClassFieldNames[field]) continue;
      auto& values = out->class_values_[field];
      const auto value =
          values.try_emplace(fold_case(source.text), static_cast<std::uint32_t>(values.size() + 1))
              .first->second;
      out->decided_[field].push_back({number, value});
    }
  }
  return out;
}

CompiledRules::SourceClasses* CompiledRules::classes_of(const LogSource& source) const {
  const auto there = [&]() -> std::pair<SourceClasses*, std::size_t> {
    std::size_t at = 0;
    for (; at < kSourcesMax; ++at) {
      auto* classes = sources_[at].load(std::memory_order_acquire);
      if (classes == nullptr) break;
      if (classes->is(source)) return {classes, at};
    }
    return {nullptr, at};
  };
  if (auto* found = there().first) return found;
  const std::lock_guard lock(mutex_);
  const auto [found, free] = there();
  if (found != nullptr || free == kSourcesMax) return found;
  kept_sources_.push_back(std::make_unique<SourceClasses>(
      std::string(source.product), std::string(source.category), std::string(source.service),
      std::vector<std::atomic<const RuleClass*>>((class_values_[0].size() + 1) *
                                                 (class_values_[1].size() + 1))));
  sources_[free].store(kept_sources_.back().get(), std::memory_order_release);
  return kept_sources_.back().get();
}

const RuleClass& CompiledRules::class_of(SourceClasses& of, std::uint32_t first, std::uint32_t second) const {
  auto& place = of.classes[first * (class_values_[1].size() + 1) + second];
  if (const auto* there = place.load(std::memory_order_acquire)) return *there;
  std::vector<Known> known(predicates_.size(), Known::kOpen);
  const std::uint32_t values[kClassFields] = {first, second};
  for (std::size_t field = 0; field < kClassFields; ++field)
    for (const auto& [predicate, value] : decided_[field])
      known[predicate] = value == values[field] ? Known::kTrue : Known::kFalse;
  const LogSource source{of.product, of.category, of.service};
  for (const auto predicate : decided_by_source_)
    known[predicate] =
        sigma::source_holds(predicates_[predicate].source.text, source) ? Known::kTrue : Known::kFalse;
  return compile_class(place, std::move(known));
}

const RuleClass& CompiledRules::every_rule() const {
  if (const auto* there = every_rule_.load(std::memory_order_acquire)) return *there;
  return compile_class(every_rule_, std::vector<Known>(predicates_.size(), Known::kOpen));
}

const RuleClass& CompiledRules::compile_class(std::atomic<const RuleClass*>& place,
                                              std::vector<Known> known) const {
  std::unique_lock lock(mutex_);
  if (const auto* there = place.load(std::memory_order_acquire)) return *there;
  // Two classes that decide all rules alike are one.
  std::vector<Known> rules;
  std::vector<bool> asked(predicates_.size());
  for (const auto& condition : conditions_) {
    rules.push_back(value_of(condition, known));
    if (rules.back() == Known::kOpen) mark_asked(condition, asked);
  }
  for (std::size_t i = 0; i < known.size(); ++i)
    if (!asked[i]) known[i] = Known::kOpen;
  for (const auto& compiled : compiled_) {
    if (compiled.rules != rules || compiled.known != known) continue;
    place.store(compiled.made.get(), std::memory_order_release);
    return *compiled.made;
  }
  if (compiled_.size() >= kClassesMax && &place != &every_rule_) {
    lock.unlock();
    const auto& all = every_rule();
    place.store(&all, std::memory_order_release);
    return all;
  }
  auto made = std::make_unique<const RuleClass>(conditions_, rules, known, predicates_, prices_);
  const auto& out = *made;
  compiled_.push_back({std::move(rules), std::move(known), std::move(made), nullptr, {}});
  class_count_.store(compiled_.size(), std::memory_order_relaxed);
  place.store(&out, std::memory_order_release);
  return out;
}

void CompiledRules::learn(const RuleClass& of, const EventView& event) const {
  const std::lock_guard lock(mutex_);
  const auto compiled = std::ranges::find(compiled_, &of, [](const auto& one) { return one.made.get(); });
  if (compiled == compiled_.end() || !of.learning()) return;
  auto& sample = compiled->sample;
  sample_bytes_ -= sample.bytes();
  sample.add(event);
  sample_bytes_ += sample.bytes();
  const bool enough = sample.size() >= learning_.events || sample.bytes() >= kLearnBytesMax;
  if (!enough && sample_bytes_ < kLearnBytesAllMax) return;
  of.stop_learning();
  if (enough) {
    compiled->learnt =
        std::make_unique<const RuleClass>(conditions_, compiled->rules, compiled->known, predicates_,
                                          measured_prices(of, sample, predicates_, prices_));
    compiled->learnt->stop_learning();
    of.put_in_place(*compiled->learnt);
  }
  sample_bytes_ -= sample.bytes();
  sample = {};
}

std::size_t CompiledRules::index_bytes() const {
  std::unique_lock lock(mutex_);
  std::size_t sum = 0;
  for (const auto& compiled : compiled_) {
    sum += compiled.made->index_bytes();
    if (compiled.learnt) sum += compiled.learnt->index_bytes();
  }
  return sum;
}

}  // namespace vedette::logs::match
