// PreparedPredicate: a predicate of a rule made ready to be asked often: folded, compiled, and with its
// witness: what can be seen from a folded value before the predicate itself is asked.
//
// Means exactly what sigma::holds means. Immutable; any thread.
#pragma once

#include <memory>
#include <optional>

#include "logs/match/literal_index.h"
#include "logs/sigma/cidr.h"
#include "logs/sigma/regex.h"
#include "logs/sigma/rule.h"

namespace vedette::logs::match {

// Whenever the predicate holds, …
enum class WitnessKind : std::uint8_t {
  kNone,      // nothing can be said (kNull holds where the field is absent)
  kHere,      // its field is there
  kLiterals,  // one of `witness` holds for a folded value of its field
};

struct PreparedPredicate {
  explicit PreparedPredicate(const sigma::Predicate& predicate);
  PreparedPredicate(PreparedPredicate&&) noexcept = default;

  // Asked about one value that is no null: whether the comparison looks at texts folded or plain.
  bool wants_folded() const { return folded; }
  // Not for those that look at the event. A folded text is padded (value_text.h).
  bool value_holds(std::string_view text) const;
  bool looks_at_event() const {
    return of_event_;
  }  // kSource, kExists, kNull, references: sigma::holds answers

  sigma::Predicate source;
  bool folded = false;
  WitnessKind witness_kind = WitnessKind::kHere;
  std::vector<Literal> witness;
  bool exact = false;   // and the other way round: where the witness is, the predicate holds
  double rarity = 1;    // roughly the share of values in which the witness is; only the order matters
  unsigned effort = 1;  // of asking, against a comparison of two numbers

 private:
  void choose_witness();
  bool of_event_ = false;
  std::string text_;  // folded where folded
  std::vector<sigma::GlobPart> parts_;
  std::optional<sigma::Regex> regex_;
  std::optional<sigma::Network> network_;
};

// Literals of which a text must have at least one to match `pattern` (RE2 syntax): lower case ASCII, to be
// looked for in the folded text. Empty: nothing can be said.
std::vector<std::string> required_literals(const std::string& pattern);

}  // namespace vedette::logs::match
