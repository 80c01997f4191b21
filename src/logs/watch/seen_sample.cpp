#include "logs/watch/seen_sample.h"

namespace vedette::logs {

void SeenSample::add(const EventView& event) {
  std::lock_guard lock(mutex_);
  seen_.add(event);
}

std::vector<sigma::Blind> SeenSample::blind(const RuleSnapshot& rules) const {
  std::vector<sigma::Blind> out;
  {
    std::lock_guard lock(mutex_);
    for (const auto& rule : rules.set.rules) out.push_back(seen_.why_blind(rule));
  }
  // A correlation may speak of others, in whatever order: until nothing changes, which is at most once each.
  const auto first = out.size();
  out.resize(first + rules.set.correlations.size());
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < rules.set.correlations.size(); ++i) {
      const auto& references = rules.set.correlations[i].references;
      auto& mine = out[first + i];
      auto of = [&](const sigma::Correlation::Reference& reference) -> const sigma::Blind& {
        return out[(reference.correlation ? first : 0) + reference.index];
      };
      auto blind = [&](const auto& reference) { return of(reference).why != sigma::Blind::Why::kNo; };
      if (mine.why != sigma::Blind::Why::kNo || references.empty() || !std::ranges::all_of(references, blind))
        continue;
      mine = of(references.front());
      changed = true;
    }
  }
  return out;
}

}  // namespace vedette::logs
