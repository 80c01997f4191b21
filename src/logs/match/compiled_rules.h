// CompiledRules: a rule set made for matching. Predicates that several rules share are one; events fall into
// classes by their log source and the values of kClassFieldNames that the rules ask for, and each class
// (rule_class.h) is compiled when the first event of it comes.
//
// Its meaning never changes after compile(); any number of threads, each with a Matcher of its own. A class
// that is there is found without a lock; compiling one takes a lock and some milliseconds.
//
// Which witnesses are rare is guessed at first. Of one event in Learning::every of a class a copy is kept;
// when there are Learning::events of them the class is compiled once more by what was measured
// (witness_prices.h), and the copies go. That changes what matching costs, never what it finds.
//
// Limits: at most kClassesMax classes; events beyond that, or with several values in a class field, are
// matched against all rules at once: slower, with the same result. Copies take at most kLearnBytesMax a class
// and kLearnBytesAllMax together; a class for which there is no room stays as it was guessed.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "logs/event.h"
#include "logs/match/event_pack.h"
#include "logs/match/rule_class.h"
#include "logs/sigma/rule.h"

namespace vedette::logs::match {

class CompiledRules {
 public:
  static constexpr std::size_t kClassFields = 2, kClassesMax = 1024, kSourcesMax = 64;
  static constexpr std::string_view kClassFieldNames[kClassFields] = {"Channel", "EventID"};

  static constexpr std::size_t kLearnBytesMax = 1u << 20, kLearnBytesAllMax = 32u << 20;
  struct Learning {
    std::uint64_t every = 4;
    std::size_t events = 256;
  };

  // A rule's number is its position in `rules`, which need not live on.
  static std::shared_ptr<const CompiledRules> compile(std::span<const sigma::Rule> rules) {
    return compile(rules, {});
  }
  static std::shared_ptr<const CompiledRules> compile(std::span<const sigma::Rule> rules, Learning learning);

  std::size_t rules() const { return conditions_.size(); }
  std::size_t predicates() const { return predicates_.size(); }
  std::size_t classes() const { return class_count_.load(std::memory_order_relaxed); }
  std::size_t index_bytes() const;  // of the classes compiled so far

  // Of a folded value of the class field; 0: none that a rule asks for.
  std::uint32_t class_value(std::size_t field, std::string_view folded) const {
    const auto found = class_values_[field].find(folded);
    return found == class_values_[field].end() ? 0 : found->second;
  }
  // The classes of one log source; nothing beyond kSourcesMax.
  struct SourceClasses {
    std::string product, category, service;
    std::vector<std::atomic<const RuleClass*>> classes;  // by both class values
    bool is(const LogSource& source) const {
      return product == source.product && category == source.category && service == source.service;
    }
  };
  SourceClasses* classes_of(const LogSource& source) const;
  const RuleClass& class_of(SourceClasses& of, std::uint32_t first, std::uint32_t second) const;
  const RuleClass& every_rule() const;
  // The class to match an event of `of` by. Takes a lock for events that are learnt from.
  const RuleClass& best_for(const RuleClass& of, const EventView& event) const {
    if (of.learns_from_next(learning_.every)) learn(of, event);
    return of.best();
  }

 private:
  CompiledRules() = default;
  const RuleClass& compile_class(std::atomic<const RuleClass*>& place, std::vector<Known> known) const;
  void learn(const RuleClass& of, const EventView& event) const;

  std::vector<Condition> conditions_;
  std::vector<PreparedPredicate> predicates_;
  WitnessPrices prices_;  // estimated
  Learning learning_;
  // Predicates that the class decides: equality of a class field, the log source.
  struct Decided {
    std::uint32_t predicate, value;
  };
  std::vector<Decided> decided_[kClassFields];
  std::vector<std::uint32_t> decided_by_source_;
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Values = std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;
  Values class_values_[kClassFields];

  mutable std::mutex mutex_;  // over all that follows, but for reading atomics
  struct Compiled {
    std::vector<Known> rules, known;  // what makes it this class
    std::unique_ptr<const RuleClass> made, learnt;
    EventPack sample;
  };
  mutable std::size_t sample_bytes_ = 0;  // of all classes
  mutable std::vector<Compiled> compiled_;
  mutable std::atomic<SourceClasses*> sources_[kSourcesMax] = {};  // filled from the front
  mutable std::vector<std::unique_ptr<SourceClasses>> kept_sources_;
  mutable std::atomic<const RuleClass*> every_rule_{nullptr};
  mutable std::atomic<std::size_t> class_count_{0};
};

}  // namespace vedette::logs::match
