// Matcher: which rules hold for an event; exactly those for which sigma::holds says so.
//
// An event's class tells which rules are possible (compiled_rules.h). The values of the fields that matter
// are folded once and searched for the witnesses' literals; what is found wakes rules, and only woken rules'
// conditions are asked, each predicate at most once an event.
//
// One thread at a time, each thread its own Matcher over the same CompiledRules. Memory: a few times the
// largest event, and the memo where there is one.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "logs/event.h"
#include "logs/match/arena.h"
#include "logs/match/compiled_rules.h"
#include "logs/match/value_memo.h"

namespace vedette::logs::match {

struct MatcherOptions {
  std::size_t memo_bytes = 0;  // for what earlier values led to; 0: no memo
  // Of every so many events the asking of each rule is timed with `clock`, which is borrowed; 0: of none.
  std::uint64_t cost_every = 0;
  const Clock* clock = nullptr;
};

// What asking a rule's own condition took, in the events that were timed. The search for literals, which all
// rules share, is nobody's.
struct RuleCost {
  std::uint32_t rule = 0;
  std::uint64_t asked = 0, ns = 0;
};

class Matcher {
 public:
  explicit Matcher(std::shared_ptr<const CompiledRules> rules, MatcherOptions options = {});

  // Numbers of the rules that hold, ascending; valid until the next call.
  std::span<const std::uint32_t> match(const EventView& event);

  struct Counters {
    std::uint64_t events = 0, values_searched = 0, rules_asked = 0, predicates_asked = 0, memo_hits = 0;
  };
  const Counters& counters() const { return counters_; }
  // Since the last call.
  std::vector<RuleCost> take_costs();

 private:
  struct Value {
    const Field* field;
    std::string_view folded, plain;
    bool has_folded = false, has_plain = false;
    std::uint32_t next;  // value of the same slot
  };
  struct SlotState {
    std::uint32_t epoch = 0, first = 0, last = 0;
  };

  const RuleClass& class_of(const EventView& event);
  const RuleClass& class_by(const Field* const (&fields)[CompiledRules::kClassFields]);
  void collect(const RuleClass& rules, const EventView& event);
  std::vector<Value>& all_values();
  bool raw_has_all() const;
  bool has_a_place(std::string_view value) const;
  void search_slot(const RuleClass& rules, std::uint32_t slot);
  void search_value(const RuleClass& rules, std::uint32_t slot, Value& value);
  void apply(const Effects& effects);
  void ask_rules(const RuleClass& rules, std::span<const std::uint32_t> programs);
  void ask_rules_timed(const RuleClass& rules, std::span<const std::uint32_t> programs);
  bool holds(const RuleClass& rules, std::uint32_t program);
  bool ask(const RuleClass& rules, std::uint32_t predicate);
  bool ask_values(const RuleClass::Ask& ask);
  bool value_holds(const PreparedPredicate& predicate, Value& value);
  std::string_view folded(Value& value);
  std::string_view plain(Value& value);
  void next_epoch();

  std::shared_ptr<const CompiledRules> rules_;
  std::unique_ptr<ValueMemo> memo_;
  CompiledRules::SourceClasses* classes_ = nullptr;  // of the last event's source
  // Classes of the latest values of the class fields, as they stood in the events.
  struct KnownClass {
    const CompiledRules::SourceClasses* source = nullptr;
    std::string values[CompiledRules::kClassFields];
    const RuleClass* rules = nullptr;
  };
  static constexpr std::size_t kKnownClasses = 64, kKnownValueBytesMax = 128;
  KnownClass known_classes_[kKnownClasses];
  Counters counters_;
  Arena arena_;
  const EventView* event_ = nullptr;
  std::vector<std::uint32_t> hashes_;  // of the event's names
  std::vector<Value> values_;
  std::vector<Value> all_values_;  // for keywords; made when they are asked for
  bool has_all_values_ = false;
  std::vector<SlotState> slots_;
  std::vector<std::uint32_t> present_;  // slots the event has
  // epoch_: known to be false, epoch_ + 1: true. So nothing has to be cleared for the next event.
  std::uint32_t epoch_ = 0;
  std::vector<std::uint32_t> truth_, woken_;
  std::vector<std::uint32_t> awake_, found_, literals_, places_;
  Field text_field_;
  MatcherOptions options_;
  std::vector<RuleCost> costs_;         // those asked since they were taken
  std::vector<std::uint32_t> cost_of_;  // by rule: its place in costs_ + 1; 0: none
};

}  // namespace vedette::logs::match
