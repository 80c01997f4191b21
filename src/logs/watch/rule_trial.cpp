#include "logs/watch/rule_trial.h"

#include "logs/match/matcher.h"
#include "logs/read/json_event.h"
#include "logs/read/text_parser.h"
#include "logs/watch/event_facts.h"
#include "model/refusal.h"

namespace vedette::logs {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// The numbers of the simple rules below a rule or correlation, each once. Correlations are no circle: loading
// refuses one.
void collect_rules(const RuleSnapshot& rules, std::size_t number, std::vector<std::size_t>& into) {
  if (number < rules.set.rules.size()) {
    if (std::ranges::find(into, number) == into.end()) into.push_back(number);
    return;
  }
  for (const auto& reference : rules.set.correlations[number - rules.set.rules.size()].references)
    collect_rules(rules, (reference.correlation ? rules.set.rules.size() : 0) + reference.index, into);
}

}  // namespace

Result<RuleTrial> try_rule(const RuleSnapshot& rules, std::string_view rule_id, std::string_view text,
                           const ReaderContext& context) {
  const auto rule = rules.numbers.find(rule_id);
  if (rule == rules.numbers.end()) return refuse(ErrorCode::kNotFound, "logs.no_rule");
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return refuse(ErrorCode::kInvalid, "logs.trial_empty");
  text = text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);

  RuleTrial out;
  EventView event;
  JsonEvent json;
  LineEvent line;
  TextParser parser(context);
  out.is_json = text.front() == '{';
  if (out.is_json) {
    out.read = json.read(text, event) != JsonEvent::Outcome::kMalformed;
  } else {
    if (text.find('\n') != text.npos) return refuse(ErrorCode::kInvalid, "logs.trial_lines");
    out.read = read_line(parser, text, line, event) == LineKind::kEvent;
  }
  event.raw = text;
  out.fields = fields_json(event);
  std::vector<std::size_t> asked;
  collect_rules(rules, rule->second, asked);
  for (auto number : asked)
    out.parts.push_back({&rules.facts[number], sigma::explain(rules.set.rules[number], event)});
  match::Matcher matcher(rules.compiled);
  for (auto number : matcher.match(event)) out.matches.push_back(&rules.facts[number]);
  return out;
}

}  // namespace vedette::logs
