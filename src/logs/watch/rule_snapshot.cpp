#include "logs/watch/rule_snapshot.h"

namespace vedette::logs {

namespace {
RuleFacts facts_of(const sigma::Rule& rule, bool reported) {
  RuleFacts out{rule.id,   rule.title,    rule.description, rule.file,
                rule.line, rule.severity, rule.attack,      reported};
  out.title_vi = rule.title_vi.empty() ? rule.title : rule.title_vi;
  out.description_vi = rule.description_vi.empty() ? rule.description : rule.description_vi;
  out.next_en = rule.next_en;
  out.next_vi = rule.next_vi.empty() ? rule.next_en : rule.next_vi;
  return out;
}
}  // namespace

std::shared_ptr<const RuleSnapshot> make_snapshot(sigma::RuleSet rules,
                                                  std::vector<sigma::Pipeline> pipelines) {
  auto out = std::make_shared<RuleSnapshot>();
  out->set = std::move(rules);
  out->pipelines = std::move(pipelines);
  out->compiled = match::CompiledRules::compile(out->set.rules);
  for (const auto& rule : out->set.rules) out->facts.push_back(facts_of(rule, !rule.only_correlated));
  for (const auto& correlation : out->set.correlations)
    out->facts.push_back(facts_of(correlation.about, true));
  for (std::size_t i = 0; i < out->facts.size(); ++i) out->numbers.emplace(out->facts[i].id, i);
  return out;
}

}  // namespace vedette::logs
