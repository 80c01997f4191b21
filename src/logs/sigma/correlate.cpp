#include "logs/sigma/correlate.h"

#include <algorithm>

#include "logs/sigma/evaluate.h"

namespace vedette::logs::sigma {
namespace {

std::optional<std::string> first_value(const EventView& event, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    for (const auto& field : event.fields) {
      if (field.name == name && field.kind != ValueKind::kNull) return text_of(field);
    }
  }
  return std::nullopt;
}

std::optional<std::vector<std::string>> values_of(const EventView& event,
                                                  const std::vector<std::vector<std::string>>& fields) {
  std::vector<std::string> out;
  for (const auto& names : fields) {
    auto value = first_value(event, names);
    if (!value) return std::nullopt;
    out.push_back(*std::move(value));
  }
  return out;
}

// Each part with its length in front, so that no two lists give one key.
std::string key_of(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += std::to_string(part.size()) + ":" + part;
  return out;
}

}  // namespace

Correlator::Correlator(const RuleSet& rules, const std::vector<Pipeline>& pipelines, Limits limits)
    : rules_(rules), pipelines_(pipelines), limits_(limits) {
  uses_.resize(rules.rules.size());
  chained_.resize(rules.correlations.size());
  states_.resize(rules.correlations.size());
  for (std::size_t i = 0; i < rules.correlations.size(); ++i) {
    const auto& correlation = rules.correlations[i];
    for (std::size_t position = 0; position < correlation.references.size(); ++position) {
      Use use{.correlation = i, .position = position, .group_fields = {}, .value_fields = {}};
      for (const auto& name : correlation.group_by)
        use.group_fields.push_back(names_of(correlation, position, name));
      for (const auto& name : correlation.fields)
        use.value_fields.push_back(names_of(correlation, position, name));
      const auto& reference = correlation.references[position];
      (reference.correlation ? chained_ : uses_)[reference.index].push_back(std::move(use));
    }
  }
}

std::vector<std::string> Correlator::names_of(const Correlation& correlation, std::size_t position,
                                              const std::string& name) const {
  std::string field = name;
  if (auto alias = correlation.aliases.find(name); alias != correlation.aliases.end()) {
    auto of_rule = alias->second.find(correlation.rules[position]);
    if (of_rule != alias->second.end()) field = of_rule->second;
  }
  const auto& reference = correlation.references[position];
  if (reference.correlation) return {field};
  return mapped_names(pipelines_, rules_.rules[reference.index].source, field);
}

Correlator::Sightings Correlator::see(std::size_t rule, const EventView& event, WallTime time) const {
  Sightings out{time, {}, 0};
  if (!wants(rule)) return out;
  for (const auto& use : uses_[rule]) {
    auto group = values_of(event, use.group_fields);
    auto values = values_of(event, use.value_fields);
    if (!group || !values) {
      ++out.ungrouped;
      continue;
    }
    auto value = values->empty() ? std::string() : values->size() == 1 ? values->front() : key_of(*values);
    out.of.push_back({use.correlation, use.position, *std::move(group), std::move(value)});
  }
  return out;
}

void Correlator::add(Sightings seen) {
  ++counters_.matches;
  const auto time_ms = to_unix_ms(seen.time);
  newest_ms_ = std::max(newest_ms_, time_ms);
  if (time_ms < taken_ms_) {
    ++counters_.late;
    return;
  }
  counters_.ungrouped += seen.ungrouped;
  for (auto& one : seen.of) pending_.push({time_ms, number_++, std::move(one)});
  while (pending_.size() > limits_.pending_max) {
    ++counters_.early;
    process(pending_.top());
    pending_.pop();
  }
  advance(from_unix_ms(newest_ms_));
}

void Correlator::advance(WallTime now) {
  const auto until_ms = to_unix_ms(now) - limits_.lateness.count();
  while (!pending_.empty() && pending_.top().time_ms <= until_ms) {
    process(pending_.top());
    pending_.pop();
  }
  taken_ms_ = std::max(taken_ms_, until_ms);
}

void Correlator::finish() {
  for (; !pending_.empty(); pending_.pop()) process(pending_.top());
}

std::vector<CorrelatedMatch> Correlator::take() { return std::exchange(found_, {}); }

std::size_t Correlator::groups() const {
  std::size_t out = 0;
  for (const auto& state : states_) out += state.groups.size();
  return out;
}

Window& Correlator::window_of(std::size_t correlation, const std::vector<std::string>& group,
                              std::int64_t now_ms) {
  auto& state = states_[correlation];
  const auto span_ms = rules_.correlations[correlation].timespan.count();
  auto forget = [&] {
    counters_.overflowed += state.groups.front().window.overflowed();
    state.by_key.erase(state.groups.front().key);
    state.groups.pop_front();
  };
  // Whose window has run empty says nothing that a new one would not say.
  while (!state.groups.empty() && state.groups.front().window.last_ms() <= now_ms - span_ms) forget();
  auto key = key_of(group);
  if (auto known = state.by_key.find(key); known != state.by_key.end()) {
    state.groups.splice(state.groups.end(), state.groups, known->second);
    return known->second->window;
  }
  if (state.groups.size() >= limits_.groups_max) {
    ++counters_.forgotten;
    forget();
  }
  state.groups.push_back({std::move(key), Window(rules_.correlations[correlation])});
  state.by_key.emplace(state.groups.back().key, std::prev(state.groups.end()));
  return state.groups.back().window;
}

void Correlator::process(const Pending& pending) {
  taken_ms_ = std::max(taken_ms_, pending.time_ms);
  const auto& seen = pending.seen;
  const auto& correlation = rules_.correlations[seen.correlation];
  auto& window = window_of(seen.correlation, seen.group, pending.time_ms);
  const auto value = window.add(pending.time_ms, seen.position, seen.value);
  if (!value) return;
  if (window.fired_ms && pending.time_ms - *window.fired_ms < correlation.timespan.count()) return;
  window.fired_ms = pending.time_ms;
  CorrelatedMatch match{&correlation, from_unix_ms(pending.time_ms), *value, seen.group};
  if (!correlation.about.only_correlated) found_.push_back(match);
  chain(seen.correlation, match);
}

// Correlations over correlations; loading has made sure that there is no circle.
void Correlator::chain(std::size_t correlation, const CorrelatedMatch& match) {
  const auto& from = rules_.correlations[correlation];
  for (const auto& use : chained_[correlation]) {
    std::vector<Field> fields;
    for (std::size_t i = 0; i < from.group_by.size(); ++i)
      fields.push_back({.name = from.group_by[i], .value = match.group[i]});
    const EventView event{
        .fields = fields, .raw = {}, .raw_is_text = false, .time = match.time, .source = {}};
    auto group = values_of(event, use.group_fields);
    auto values = values_of(event, use.value_fields);
    if (!group || !values) {
      ++counters_.ungrouped;
      continue;
    }
    process({to_unix_ms(match.time),
             number_++,
             {use.correlation, use.position, *std::move(group),
              values->empty() ? std::string() : key_of(*values)}});
  }
}

}  // namespace vedette::logs::sigma
