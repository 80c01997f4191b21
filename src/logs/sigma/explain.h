// Why a rule holds for an event or does not: its condition as a tree, each part with its truth, each
// predicate with the values it was asked of. For people. Any thread.
#pragma once

#include <string>
#include <vector>

#include "logs/event.h"
#include "logs/sigma/load.h"

namespace vedette::logs::sigma {

struct Explained {
  bool held = false;
  Expression::Kind kind = Expression::Kind::kAnd;
  const Predicate* predicate = nullptr;  // of kPredicate; the rule's
  std::string text;                      // "Image ends with \cmd.exe", "all of", "any of", "not"
  std::vector<std::string> values;       // of a predicate's field in the event, at most kExplainedValuesMax
  std::size_t more_values = 0;
  std::vector<Explained> of;
};
inline constexpr std::size_t kExplainedValuesMax = 5;

Explained explain(const Rule& rule, const EventView& event);
// The predicate in words.
std::string describe(const Predicate& predicate);

// Rules of a set that cannot hold for anything like the events seen, with the reason: nobody gives values for
// a placeholder, no event of their log source, a field they need in no event.
struct Blind {
  enum class Why : std::uint8_t { kNo, kPlaceholder, kSource, kField, kValue } why = Why::kNo;
  std::string name;          // of the placeholders, the log source or the field
  std::string value;         // of kValue: what the field never is
  std::string text() const;  // in English; "" for kNo
};

class Seen {
 public:
  // Fields whose values are remembered, for they route: those of the pipelines' conditions.
  explicit Seen(const std::vector<Pipeline>& pipelines);
  void add(const EventView& event);
  std::uint64_t events() const { return events_; }
  Blind why_blind(const Rule& rule) const;
  // The same in English; "": it can.
  std::string blind(const Rule& rule) const { return why_blind(rule).text(); }

 private:
  static constexpr std::size_t kRememberedMax = 100'000;
  bool possible(const Expression& expression, const Rule& rule, Blind& missing) const;
  bool possible(const Predicate& predicate, Blind& missing) const;

  std::uint64_t events_ = 0;
  std::vector<std::string> routing_;
  std::vector<std::string> fields_;               // sorted
  std::vector<std::vector<std::string>> values_;  // of routing_, folded, sorted
  std::vector<std::string> sources_;              // "product/category/service", sorted
};

}  // namespace vedette::logs::sigma
