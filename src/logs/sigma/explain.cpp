#include "logs/sigma/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "logs/case_fold.h"
#include "logs/sigma/evaluate.h"

namespace vedette::logs::sigma {
namespace {

using Kind = Expression::Kind;

std::string glob_text(const std::vector<GlobPart>& parts) {
  std::string out;
  for (const auto& part : parts) {
    out += part.literal;
    if (part.gap == GlobPart::Gap::kOne) out += '?';
    if (part.gap == GlobPart::Gap::kAny) out += '*';
  }
  return out;
}

std::string_view verb(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEquals:
      return "is";
    case Comparison::kContains:
      return "contains";
    case Comparison::kStartsWith:
      return "starts with";
    case Comparison::kEndsWith:
      return "ends with";
    case Comparison::kWildcard:
      return "looks like";
    case Comparison::kRegex:
    case Comparison::kRegexBacktracking:
      return "matches";
    case Comparison::kCidr:
      return "is in network";
    case Comparison::kSource:
      return "the log source is";
    case Comparison::kExists:
      return "exists";
    case Comparison::kNull:
      return "is null or absent";
    case Comparison::kFieldEquals:
      return "is as field";
    case Comparison::kFieldContains:
      return "contains field";
    case Comparison::kFieldStartsWith:
      return "starts with field";
    case Comparison::kFieldEndsWith:
      return "ends with field";
    case Comparison::kGreater:
      return ">";
    case Comparison::kGreaterEqual:
      return ">=";
    case Comparison::kLess:
      return "<";
    case Comparison::kLessEqual:
      return "<=";
    case Comparison::kMinute:
      return "has the minute";
    case Comparison::kHour:
      return "has the hour";
    case Comparison::kDay:
      return "has the day";
    case Comparison::kWeek:
      return "has the week";
    case Comparison::kMonth:
      return "has the month";
    case Comparison::kYear:
      return "has the year";
  }
  return "?";
}

Explained explain_node(const Expression& node, const Rule& rule, const EventView& event) {
  Explained out;
  out.kind = node.kind;
  if (node.kind == Kind::kPredicate) {
    const auto& predicate = rule.predicates[node.predicate];
    out.predicate = &predicate;
    out.held = holds(predicate, event);
    out.text = describe(predicate);
    for (const auto& field : event.fields) {
      if (predicate.field.empty() || field.name != predicate.field) continue;
      if (out.values.size() == kExplainedValuesMax)
        ++out.more_values;
      else
        out.values.push_back(field.kind == ValueKind::kNull ? "null" : text_of(field));
    }
    return out;
  }
  out.text = node.kind == Kind::kAnd ? "all of" : node.kind == Kind::kOr ? "any of" : "not";
  for (const auto& part : node.of) out.of.push_back(explain_node(part, rule, event));
  out.held = holds(node, rule, event);
  return out;
}

void insert_sorted(std::vector<std::string>& into, std::string value, std::size_t most) {
  auto at = std::ranges::lower_bound(into, value);
  if (at != into.end() && *at == value) return;
  if (into.size() < most) into.insert(at, std::move(value));
}

void collect_routing(const std::vector<Transformation>& transformations, std::vector<std::string>& into) {
  for (const auto& how : transformations) {
    for (const auto& form : how.forms) collect_routing(form, into);
    if (how.kind != Transformation::Kind::kAddCondition) continue;
    for (const auto& predicate : how.condition.predicates) insert_sorted(into, predicate.field, SIZE_MAX);
  }
}

}  // namespace

std::string describe(const Predicate& predicate) {
  if (predicate.comparison == Comparison::kSource) return "the log source is " + predicate.text;
  auto out = fmt::format("{} {}", predicate.field.empty() ? "any value" : predicate.field,
                         verb(predicate.comparison));
  if (predicate.comparison >= Comparison::kGreater) return fmt::format("{} {}", out, predicate.number);
  if (predicate.comparison == Comparison::kWildcard) out += " " + glob_text(predicate.parts);
  if (!predicate.text.empty() || predicate.comparison == Comparison::kEquals)
    out += " \"" + predicate.text + "\"";
  return predicate.cased ? out + " (as written)" : out;
}

Explained explain(const Rule& rule, const EventView& event) {
  return explain_node(rule.condition, rule, event);
}

Seen::Seen(const std::vector<Pipeline>& pipelines) {
  for (const auto& pipeline : pipelines) collect_routing(pipeline.transformations, routing_);
  values_.resize(routing_.size());
}

void Seen::add(const EventView& event) {
  ++events_;
  insert_sorted(sources_,
                fmt::format("{}/{}/{}", event.source.product, event.source.category, event.source.service),
                kRememberedMax);
  for (const auto& field : event.fields) {
    insert_sorted(fields_, std::string(field.name), kRememberedMax);
    auto routes = std::ranges::lower_bound(routing_, field.name);
    if (routes != routing_.end() && *routes == field.name)
      insert_sorted(values_[static_cast<std::size_t>(routes - routing_.begin())], fold_case(text_of(field)),
                    kRememberedMax);
  }
}

bool Seen::possible(const Predicate& predicate, Blind& missing) const {
  if (predicate.comparison == Comparison::kNull ||
      (predicate.field.empty() && predicate.comparison != Comparison::kSource))
    return true;
  if (predicate.comparison == Comparison::kSource) {
    for (const auto& source : sources_) {
      const auto first = source.find('/'), second = source.find('/', first + 1);
      const std::string_view text = source;
      if (source_holds(predicate.text, {text.substr(0, first), text.substr(first + 1, second - first - 1),
                                        text.substr(second + 1)}))
        return true;
    }
    missing = {Blind::Why::kSource, predicate.text, ""};
    return false;
  }
  if (!std::ranges::binary_search(fields_, predicate.field)) {
    missing = {Blind::Why::kField, predicate.field, ""};
    return false;
  }
  auto routes = std::ranges::lower_bound(routing_, predicate.field);
  if (predicate.comparison != Comparison::kEquals || routes == routing_.end() || *routes != predicate.field)
    return true;
  const auto& values = values_[static_cast<std::size_t>(routes - routing_.begin())];
  if (values.size() == kRememberedMax || std::ranges::binary_search(values, fold_case(predicate.text)))
    return true;
  missing = {Blind::Why::kValue, predicate.field, predicate.text};
  return false;
}

bool Seen::possible(const Expression& expression, const Rule& rule, Blind& missing) const {
  auto part = [&](const Expression& of) { return possible(of, rule, missing); };
  switch (expression.kind) {
    case Kind::kPredicate:
      return possible(rule.predicates[expression.predicate], missing);
    case Kind::kAnd:
      return std::ranges::all_of(expression.of, part);
    case Kind::kOr:
      return std::ranges::any_of(expression.of, part);
    case Kind::kNot:
      return true;
  }
  return true;
}

Blind Seen::why_blind(const Rule& rule) const {
  if (!rule.unresolved.empty())
    return {Blind::Why::kPlaceholder, fmt::format("{}", fmt::join(rule.unresolved, ", ")), ""};
  Blind missing;
  if (events_ == 0 || possible(rule.condition, rule, missing)) return {};
  return missing;
}

std::string Blind::text() const {
  switch (why) {
    case Why::kNo:
      return {};
    case Why::kPlaceholder:
      return "nobody gives values for the placeholder " + name;
    case Why::kSource:
      return "no event of its log source " + name;
    case Why::kField:
      return "no event has the field " + name;
    case Why::kValue:
      return fmt::format("no event with {} {}", name, value);
  }
  return {};
}

}  // namespace vedette::logs::sigma
