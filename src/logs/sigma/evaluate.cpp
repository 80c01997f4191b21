#include "logs/sigma/evaluate.h"

#include <charconv>
#include <unordered_map>

#include "base/assert.h"
#include "base/text/utf8.h"
#include "logs/case_fold.h"
#include "logs/json_text.h"
#include "logs/sigma/cidr.h"
#include "logs/sigma/regex.h"
#include "logs/sigma/time_part.h"

namespace vedette::logs::sigma {
namespace {

std::string folded(const Predicate& predicate, std::string_view text) {
  return predicate.cased ? std::string(text) : fold_case(text);
}

bool regex_holds(const Predicate& predicate, std::string_view value) {
  // Compiled once a thread; a limit, so that a stream of ever new rules does not fill the memory.
  constexpr std::size_t kKeptMax = 4096;
  thread_local std::unordered_map<std::string, Regex> kept;
  auto key = std::string(predicate.comparison == Comparison::kRegex ? "l" : "b") + predicate.text;
  auto found = kept.find(key);
  if (found == kept.end()) {
    if (kept.size() >= kKeptMax) kept.clear();
    auto compiled = Regex::compile(predicate.comparison, predicate.text);
    VEDETTE_ASSERT(compiled.has_value());  // reading has compiled it
    found = kept.emplace(std::move(key), *std::move(compiled)).first;
  }
  return found->second.found_in(value);
}

bool cidr_holds(const Predicate& predicate, std::string_view value) {
  const auto network = parse_network(predicate.text);
  const auto address = parse_address(value);
  return network && address && network->contains(*address);
}

bool number_holds(const Predicate& predicate, std::string_view value) {
  const auto number = number_of(value);
  if (!number) return false;
  switch (predicate.comparison) {
    case Comparison::kGreater:
      return *number > predicate.number;
    case Comparison::kGreaterEqual:
      return *number >= predicate.number;
    case Comparison::kLess:
      return *number < predicate.number;
    default:
      return *number <= predicate.number;
  }
}

bool time_holds(const Predicate& predicate, std::string_view value) {
  const auto parts = parse_time_parts(value);
  if (!parts) return false;
  const int part = predicate.comparison == Comparison::kMinute  ? parts->minute
                   : predicate.comparison == Comparison::kHour  ? parts->hour
                   : predicate.comparison == Comparison::kDay   ? parts->day
                   : predicate.comparison == Comparison::kWeek  ? parts->week
                   : predicate.comparison == Comparison::kMonth ? parts->month
                                                                : parts->year;
  return part == predicate.number;
}

// Some value of `predicate.field` against some value of the field it refers to.
bool reference_holds(const Predicate& predicate, const EventView& event) {
  for (const auto& left : event.fields) {
    if (left.name != predicate.field || left.kind == ValueKind::kNull) continue;
    for (const auto& right : event.fields) {
      if (right.name != predicate.text || right.kind == ValueKind::kNull) continue;
      const auto value = folded(predicate, text_of(left)), wanted = folded(predicate, text_of(right));
      const bool held = predicate.comparison == Comparison::kFieldEquals       ? value == wanted
                        : predicate.comparison == Comparison::kFieldContains   ? value.contains(wanted)
                        : predicate.comparison == Comparison::kFieldStartsWith ? value.starts_with(wanted)
                                                                               : value.ends_with(wanted);
      if (held) return true;
    }
  }
  return false;
}

}  // namespace

std::string text_of(const Field& field) {
  if (!field.escaped) return std::string(field.value);
  std::string out;
  unescape_json(field.value, out);
  return out;
}

std::optional<double> number_of(std::string_view value) {
  double number = 0;
  const char* end = value.data() + value.size();
  auto [at, failed] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failed != std::errc() || at != end || !(number - number == 0)) return std::nullopt;
  return number;
}

bool glob_matches(const std::vector<GlobPart>& parts, std::string_view value) {
  // Where to go on when a later part fails: the last `*`, one character further.
  std::size_t part = 0, at = 0, star_part = parts.size(), star_at = 0;
  auto retry = [&] {
    if (star_part == parts.size() || star_at >= value.size()) return false;
    next_utf8(value, star_at);
    at = star_at;
    part = star_part + 1;
    return true;
  };
  while (true) {
    if (part == parts.size()) {
      const bool open = !parts.empty() && parts.back().gap == GlobPart::Gap::kAny;
      if (open || at == value.size()) return true;
      if (!retry()) return false;
      continue;
    }
    const auto& wanted = parts[part];
    bool fits = value.substr(at).starts_with(wanted.literal);
    if (fits) {
      at += wanted.literal.size();
      if (wanted.gap == GlobPart::Gap::kOne) {
        fits = at < value.size();
        if (fits) next_utf8(value, at);
      } else if (wanted.gap == GlobPart::Gap::kAny) {
        star_part = part;
        star_at = at;
      }
    }
    if (fits)
      ++part;
    else if (!retry())
      return false;
  }
}

bool value_holds(const Predicate& predicate, std::string_view value) {
  switch (predicate.comparison) {
    case Comparison::kEquals:
      return folded(predicate, value) == folded(predicate, predicate.text);
    case Comparison::kContains:
      return folded(predicate, value).contains(folded(predicate, predicate.text));
    case Comparison::kStartsWith:
      return folded(predicate, value).starts_with(folded(predicate, predicate.text));
    case Comparison::kEndsWith:
      return folded(predicate, value).ends_with(folded(predicate, predicate.text));
    case Comparison::kWildcard: {
      auto parts = predicate.parts;
      for (auto& part : parts) part.literal = folded(predicate, part.literal);
      return glob_matches(parts, folded(predicate, value));
    }
    case Comparison::kRegex:
    case Comparison::kRegexBacktracking:
      return regex_holds(predicate, value);
    case Comparison::kCidr:
      return cidr_holds(predicate, value);
    case Comparison::kGreater:
    case Comparison::kGreaterEqual:
    case Comparison::kLess:
    case Comparison::kLessEqual:
      return number_holds(predicate, value);
    case Comparison::kMinute:
    case Comparison::kHour:
    case Comparison::kDay:
    case Comparison::kWeek:
    case Comparison::kMonth:
    case Comparison::kYear:
      return time_holds(predicate, value);
    case Comparison::kSource:
    case Comparison::kExists:
    case Comparison::kNull:
    case Comparison::kFieldEquals:
    case Comparison::kFieldContains:
    case Comparison::kFieldStartsWith:
    case Comparison::kFieldEndsWith:
      break;
  }
  VEDETTE_ASSERT(false);  // these look at the event, not at a value
}

bool looks_at_one_value(Comparison comparison) {
  switch (comparison) {
    case Comparison::kSource:
    case Comparison::kExists:
    case Comparison::kNull:
    case Comparison::kFieldEquals:
    case Comparison::kFieldContains:
    case Comparison::kFieldStartsWith:
    case Comparison::kFieldEndsWith:
      return false;
    default:
      return true;
  }
}

bool source_holds(std::string_view wanted, const LogSource& source) {
  for (auto part : {source.product, source.category, source.service}) {
    const auto slash = wanted.find('/');
    const auto asked = wanted.substr(0, slash);
    if (!asked.empty() && asked != part) return false;
    wanted.remove_prefix(slash == wanted.npos ? wanted.size() : slash + 1);
  }
  return true;
}

bool holds(const Predicate& predicate, const EventView& event) {
  if (predicate.comparison == Comparison::kSource) return source_holds(predicate.text, event.source);
  switch (predicate.comparison) {
    case Comparison::kFieldEquals:
    case Comparison::kFieldContains:
    case Comparison::kFieldStartsWith:
    case Comparison::kFieldEndsWith:
      return reference_holds(predicate, event);
    default:
      break;
  }
  const bool keyword = predicate.field.empty();
  bool there = false;
  for (const auto& field : event.fields) {
    if (!keyword && field.name != predicate.field) continue;
    const bool null = field.kind == ValueKind::kNull;
    if (predicate.comparison == Comparison::kExists) return true;
    if (predicate.comparison == Comparison::kNull && null) return true;
    there = true;
    if (predicate.comparison != Comparison::kNull && !null && value_holds(predicate, text_of(field)))
      return true;
  }
  if (predicate.comparison == Comparison::kExists) return false;
  if (predicate.comparison == Comparison::kNull) return !there;
  return keyword && event.raw_is_text && value_holds(predicate, event.raw);
}

bool holds(const Expression& expression, const Rule& rule, const EventView& event) {
  auto held = [&](const Expression& of) { return holds(of, rule, event); };
  switch (expression.kind) {
    case Expression::Kind::kPredicate:
      return holds(rule.predicates[expression.predicate], event);
    case Expression::Kind::kAnd:
      return std::ranges::all_of(expression.of, held);
    case Expression::Kind::kOr:
      return std::ranges::any_of(expression.of, held);
    case Expression::Kind::kNot:
      return !held(expression.of.front());
  }
  VEDETTE_ASSERT(false);
}

bool holds(const Rule& rule, const EventView& event) { return holds(rule.condition, rule, event); }

}  // namespace vedette::logs::sigma
