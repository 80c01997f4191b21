#include "logs/match/prepared_predicate.h"

#include <cstring>

#include "base/text/utf8.h"
#include "logs/case_fold.h"
#include "logs/match/padded_search.h"
#include "logs/sigma/evaluate.h"

namespace vedette::logs::match {

using sigma::Comparison;
using Where = Literal::Where;

namespace {

bool compares_text(Comparison comparison) {
  return comparison == Comparison::kEquals || comparison == Comparison::kContains ||
         comparison == Comparison::kStartsWith || comparison == Comparison::kEndsWith ||
         comparison == Comparison::kWildcard;
}

double rarity_of(const Literal& literal) {
  const auto size = literal.text.size();
  switch (literal.where) {
    case Where::kEquals:
      return size < 3 ? 0.1 : 0.02;
    case Where::kBegins:
      return size < 4 ? 0.3 : size < 12 ? 0.1 : 0.05;
    case Where::kEnds:
      return size < 5 ? 0.3 : 0.02;
    case Where::kContains:
      break;
  }
  static constexpr double kBySize[] = {1, 0.5, 0.3, 0.15, 0.08, 0.06, 0.04, 0.03, 0.025, 0.02};
  return size < std::size(kBySize) ? kBySize[size] : 0.01;
}

// Of all the ways a glob pins its value down, the one that says most.
std::vector<Literal> glob_witness(const std::vector<sigma::GlobPart>& parts) {
  std::optional<Literal> best;
  const auto offer = [&](Where where, const std::string& text) {
    if (text.empty()) return;
    Literal literal{where, text};
    if (!best || rarity_of(literal) < rarity_of(*best)) best = std::move(literal);
  };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size() && parts[i].gap == sigma::GlobPart::Gap::kNone;
    offer(i == 0 ? Where::kBegins : last ? Where::kEnds : Where::kContains, parts[i].literal);
  }
  if (!best) return {};
  return {*std::move(best)};
}

}  // namespace

PreparedPredicate::PreparedPredicate(const sigma::Predicate& predicate) : source(predicate) {
  of_event_ = !sigma::looks_at_one_value(source.comparison);
  folded = compares_text(source.comparison) && !source.cased;
  text_ = folded ? fold_case(source.text) : source.text;
  parts_ = source.parts;
  if (folded)
    for (auto& part : parts_) part.literal = fold_case(part.literal);
  if (source.comparison == Comparison::kRegex || source.comparison == Comparison::kRegexBacktracking)
    if (auto compiled = sigma::Regex::compile(source.comparison, source.text)) regex_ = *std::move(compiled);
  if (source.comparison == Comparison::kCidr) network_ = sigma::parse_network(source.text);
  switch (source.comparison) {
    case Comparison::kEquals:
    case Comparison::kStartsWith:
    case Comparison::kEndsWith:
      effort = 4;
      break;
    case Comparison::kContains:
      effort = 20;
      break;
    case Comparison::kWildcard:
      effort = 40;
      break;
    case Comparison::kRegex:
      effort = 200;
      break;
    case Comparison::kRegexBacktracking:
      effort = 1000;
      break;
    default:
      effort = 30;
  }
  choose_witness();
}

void PreparedPredicate::choose_witness() {
  switch (source.comparison) {
    case Comparison::kNull:
    case Comparison::kSource:
      witness_kind = WitnessKind::kNone;
      return;
    case Comparison::kExists:
      exact = !source.field.empty();
      break;
    case Comparison::kEquals:
      witness = {{Where::kEquals, fold_case(source.text)}};
      break;
    case Comparison::kStartsWith:
      witness = {{Where::kBegins, fold_case(source.text)}};
      break;
    case Comparison::kEndsWith:
      witness = {{Where::kEnds, fold_case(source.text)}};
      break;
    case Comparison::kContains:
      if (!source.text.empty()) witness = {{Where::kContains, fold_case(source.text)}};
      break;
    case Comparison::kWildcard: {
      auto parts = source.parts;
      for (auto& part : parts) part.literal = fold_case(part.literal);
      witness = glob_witness(parts);
      break;
    }
    case Comparison::kRegex:
      for (auto& literal : required_literals(source.text))
        witness.push_back({Where::kContains, std::move(literal)});
      break;
    default:
      break;
  }
  // A byte sequence that is no UTF-8 may fold otherwise within a value than alone; without folding on both
  // sides nothing follows from that.
  const auto well_formed = [](const Literal& literal) { return is_valid_utf8(literal.text); };
  const bool whole = is_valid_utf8(source.text) && std::ranges::all_of(source.parts, [](const auto& part) {
                       return is_valid_utf8(part.literal);
                     });
  if (source.cased && (!whole || !std::ranges::all_of(witness, well_formed))) witness.clear();
  if (witness.empty()) {
    witness_kind = WitnessKind::kHere;
    rarity = 0.6;
    return;
  }
  witness_kind = WitnessKind::kLiterals;
  exact = folded && source.comparison != Comparison::kWildcard;
  rarity = 0;
  for (const auto& literal : witness) rarity += rarity_of(literal);
}

bool PreparedPredicate::value_holds(std::string_view text) const {
  switch (source.comparison) {
    case Comparison::kEquals:
      return text == text_;
    case Comparison::kContains:
      return folded ? padded_text_has(text, text_)
                    : ::memmem(text.data(), text.size(), text_.data(), text_.size()) != nullptr;
    case Comparison::kStartsWith:
      return text.starts_with(text_);
    case Comparison::kEndsWith:
      return text.ends_with(text_);
    case Comparison::kWildcard:
      return sigma::glob_matches(parts_, text);
    case Comparison::kRegex:
    case Comparison::kRegexBacktracking:
      return regex_ && regex_->found_in(text);
    case Comparison::kCidr: {
      const auto address = sigma::parse_address(text);
      return network_ && address && network_->contains(*address);
    }
    default:
      return sigma::value_holds(source, text);
  }
}

}  // namespace vedette::logs::match
