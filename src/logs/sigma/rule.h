// Rule: one Sigma rule (specification 2.1) after reading: what it is about, and one boolean expression over
// predicates in which all modifiers, wildcards, lists, `1 of` and `all of` are already resolved.
//
// Both the plain evaluator (the definition of what a rule means here) and the fast matcher work on this form.
// Plain value. Source: https://github.com/SigmaHQ/sigma-specification, version 2.1.0.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/severity.h"

namespace vedette::logs::sigma {

// What is left of a value after its modifiers and of a log source after routing. Texts are UTF-8.
enum class Comparison : std::uint8_t {
  kEquals,    // the whole value is `text`
  kContains,  // these three: literal bytes, no wildcard left
  kStartsWith,
  kEndsWith,
  kWildcard,           // `parts` with gaps between them
  kRegex,              // `text` in RE2 syntax with its flags in front, found anywhere
  kRegexBacktracking,  // the same in PCRE2 syntax: look-around, back references… (sigma/regex.h runs it
                       // bounded)
  kCidr,               // the value is an IPv4 or IPv6 address in `text` (network/prefix)
  kSource,  // the event's reader says this log source: `text` is "product/category/service"; empty parts: any
  kExists,  // the field is there, with any value (also null)
  kNull,    // the field is null or absent; no other comparison but kExists holds for a null
  kFieldEquals,
  kFieldContains,
  kFieldStartsWith,
  kFieldEndsWith,  // compared with the value of field `text`
  kGreater,
  kGreaterEqual,
  kLess,
  kLessEqual,  // with `number`; a value that is no decimal number never holds
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kYear,  // that part of a time, as written (sigma/time_part.h), is `number`
};

// kWildcard: literal, then the gap behind it, and so on. "*a?b*" is {"",*} {"a",?} {"b",*}.
struct GlobPart {
  enum class Gap : std::uint8_t { kNone, kOne, kAny };  // `?` is one character (code point), `*` any number
  std::string literal;
  Gap gap = Gap::kNone;
  bool operator==(const GlobPart&) const = default;
};

struct Predicate {
  std::string
      field{};  // after field mapping; "" is a keyword: any value of the event, or its text (EventView)
  Comparison comparison = Comparison::kEquals;
  // False: texts are compared after Unicode simple case folding on both sides. Regular expressions are always
  // as written.
  bool cased = false;
  std::string text{};  // as written in the rule, not folded
  std::vector<GlobPart> parts{};
  double number = 0;
  bool operator==(const Predicate&) const = default;
};

struct Expression {
  enum class Kind : std::uint8_t { kPredicate, kAnd, kOr, kNot };
  Kind kind = Kind::kAnd;        // kAnd of nothing is true, kOr of nothing is false
  std::uint32_t predicate = 0;   // index into Rule::predicates
  std::vector<Expression> of{};  // kNot: one
};

struct RuleSource {
  std::string product, category, service;
};

struct Rule {
  std::string id;    // UUID as written; where a rule has none, one made from its file's content
  std::string name;  // what correlations may call it
  std::string title, description, status, author;
  // Of our own rules (`vedette:`): the same in Vietnamese, and what to do next in both languages.
  std::string title_vi, description_vi, next_en, next_vi;
  std::string file;  // with `line` for the person
  std::uint32_t line = 0;
  Severity severity = Severity::kMedium;
  RuleSource source;
  std::vector<std::string> tags;    // "attack.t1059.001" …
  std::vector<std::string> attack;  // ATT&CK techniques: "T1059.001"
  std::vector<std::string> false_positives, references;
  std::vector<Predicate> predicates;  // deduplicated within the rule
  Expression condition;               // of several conditions: any
  // Only what correlations make of it is reported: they speak of it without `generate`.
  bool only_correlated = false;
  // Placeholders (`expand`) nobody gave values for: what compares with them never holds.
  std::vector<std::string> unresolved;
};

}  // namespace vedette::logs::sigma
