#include "logs/sigma/link.h"

#include <fmt/format.h>

#include <unordered_map>

#include "logs/case_fold.h"
#include "logs/sigma/compose.h"

namespace vedette::logs::sigma {
namespace {

void refuse(RuleSet& set, const Rule& about, std::string reason) {
  set.refused.push_back({about.file, about.line, std::move(reason)});
}

// Takes out what `keep` says no to, in order.
template <class T>
void keep_if(std::vector<T>& items, const std::vector<bool>& keep) {
  std::size_t i = 0;
  std::erase_if(items, [&](const T&) { return !keep[i++]; });
}

const Rule& about(const Rule& rule) {
  return rule;  // NOLINT(bugprone-return-const-ref-from-parameter): one of a set, never a temporary
}
const Rule& about(const Correlation& correlation) { return correlation.about; }

template <class T>
void refuse_doubles(RuleSet& set, std::vector<T>& items, std::unordered_map<std::string, std::string>& seen) {
  std::vector<bool> keep;
  for (const auto& item : items) {
    const auto& rule = about(item);
    auto [first, fresh] = seen.try_emplace(rule.id, fmt::format("{}:{}", rule.file, rule.line));
    if (!fresh) refuse(set, rule, "the same id as " + first->second);
    keep.push_back(fresh);
  }
  keep_if(items, keep);
}

bool source_fits(const RuleSource& wanted, const RuleSource& source) {
  auto fits = [](const std::string& asked, const std::string& there) {
    return asked.empty() || asked == there;
  };
  return fits(wanted.product, source.product) && fits(wanted.category, source.category) &&
         fits(wanted.service, source.service);
}

void apply_filters(RuleSet& set) {
  for (const auto& filter : set.filters) {
    std::size_t met = 0;
    for (auto& rule : set.rules) {
      auto named = [&](const std::string& name) { return fold_case(name) == rule.id || name == rule.name; };
      if (!filter.any_rule && std::ranges::none_of(filter.rules, named)) continue;
      if (!source_fits(filter.about.source, rule.source)) continue;
      ++met;
      Expression without{.kind = Expression::Kind::kNot};
      without.of.push_back(adopt(filter.about, rule));
      Expression both{.kind = Expression::Kind::kAnd};
      both.of.push_back(std::move(rule.condition));
      both.of.push_back(std::move(without));
      rule.condition = std::move(both);
    }
    if (met == 0) refuse(set, filter.about, "a filter that meets no rule");
  }
}

void apply_pipelines(RuleSet& set, const LoadOptions& options) {
  if (options.pipelines.empty()) return;
  std::vector<bool> keep;
  for (auto& rule : set.rules) {
    auto applied = apply(options.pipelines, rule);
    keep.push_back(applied.has_value());
    if (!applied) refuse(set, rule, std::move(applied).error());
  }
  keep_if(set.rules, keep);
}

class Binder {
 public:
  explicit Binder(RuleSet& set) : set_(set) {}

  void run() {
    // A correlation that falls takes those with it that speak of it; each round takes at least one.
    for (bool changed = true; changed;) {
      index();
      std::vector<bool> keep;
      for (auto& correlation : set_.correlations) keep.push_back(bind(correlation));
      for (std::size_t i = 0; i < keep.size(); ++i) {
        if (keep[i] && in_circle(i)) {
          refuse(set_, set_.correlations[i].about, "a correlation that speaks of itself, in a circle");
          keep[i] = false;
        }
      }
      changed = std::ranges::find(keep, false) != keep.end();
      keep_if(set_.correlations, keep);
    }
    mark();
  }

 private:
  void index() {
    known_.clear();
    auto add = [&](const Rule& rule, Correlation::Reference reference) {
      known_.emplace(rule.id, reference);
      if (!rule.name.empty()) known_.emplace(rule.name, reference);
    };
    for (std::size_t i = 0; i < set_.rules.size(); ++i) add(set_.rules[i], {false, i});
    for (std::size_t i = 0; i < set_.correlations.size(); ++i) add(set_.correlations[i].about, {true, i});
  }

  bool bind(Correlation& correlation) {
    correlation.references.clear();
    for (const auto& name : correlation.rules) {
      auto found = known_.find(name);
      if (found == known_.end()) found = known_.find(fold_case(name));
      if (found == known_.end()) {
        refuse(set_, correlation.about, fmt::format("it speaks of \"{}\", which is no loaded rule", name));
        return false;
      }
      correlation.references.push_back(found->second);
    }
    return true;
  }

  bool in_circle(std::size_t start) const {
    std::vector<bool> seen(set_.correlations.size());
    std::vector<std::size_t> open = {start};
    while (!open.empty()) {
      const auto at = open.back();
      open.pop_back();
      for (const auto& reference : set_.correlations[at].references) {
        if (!reference.correlation) continue;
        if (reference.index == start) return true;
        if (seen[reference.index]) continue;
        seen[reference.index] = true;
        open.push_back(reference.index);
      }
    }
    return false;
  }

  Rule& target(const Correlation::Reference& reference) {
    return reference.correlation ? set_.correlations[reference.index].about : set_.rules[reference.index];
  }
  void mark() {
    for (const auto& correlation : set_.correlations) {
      for (const auto& reference : correlation.references) target(reference).only_correlated = true;
    }
    for (const auto& correlation : set_.correlations) {
      if (!correlation.generate) continue;
      for (const auto& reference : correlation.references) target(reference).only_correlated = false;
    }
  }

  RuleSet& set_;
  std::unordered_map<std::string, Correlation::Reference> known_;
};

}  // namespace

void link_rules(RuleSet& set, const LoadOptions& options) {
  std::unordered_map<std::string, std::string> seen;
  refuse_doubles(set, set.rules, seen);
  refuse_doubles(set, set.correlations, seen);
  apply_filters(set);
  apply_pipelines(set, options);
  Binder(set).run();
}

}  // namespace vedette::logs::sigma
