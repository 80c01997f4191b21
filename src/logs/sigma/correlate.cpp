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

// Each of several parts with its length in front, so that no two lists of one correlation give one key.
std::string key_of(const std::vector<std::string>& parts) {
  if (parts.size() == 1) return parts.front();
  std::string out;
  for (const auto& part : parts) out += std::to_string(part.size()) + ":" + part;
  return out;
}

}  // namespace

Correlator::Correlator(const RuleSet& rules, const std::vector<Pipeline>& pipelines, Limits limits)
    : rules_(rules), pipelines_(pipelines), limits_(limits), states_(rules.correlations.size()) {
  uses_.resize(rules.rules.size());
  chained_.resize(rules.correlations.size());
  sources_.resize(1);
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

std::uint32_t Correlator::source_of(std::string_view name) {
  if (const auto known = source_numbers_.find(name); known != source_numbers_.end()) return known->second;
  if (sources_.size() > limits_.sources_max) {
    ++counters_.joined;
    return 0;
  }
  sources_.emplace_back();
  const auto number = static_cast<std::uint32_t>(sources_.size() - 1);
  source_numbers_.emplace(name, number);
  return number;
}

void Correlator::take_in(Delivery delivery) {
  const auto number = source_of(delivery.source);
  auto& source = sources_[number];
  for (auto& seen : delivery.seen) {
    ++counters_.matches;
    counters_.ungrouped += seen.ungrouped;
    const auto time_ms = to_unix_ms(seen.time);
    const bool late = time_ms < watermark_ms_;
    counters_.late += late;
    for (auto& one : seen.of) {
      (late ? source.late : pending_).push({time_ms, number_++, number, std::move(one)});
      if (++pending_count_ > limits_.pending_max) take_early(source);
    }
  }
  if (delivery.newest) source.newest_ms = std::max(source.newest_ms, to_unix_ms(*delivery.newest));
  source.heard_ms = std::max(source.heard_ms, to_unix_ms(delivery.received));
  now_ms_ = std::max(now_ms_, source.heard_ms);
}

void Correlator::take_early(Source& delivering) {
  ++counters_.early;
  --pending_count_;
  auto& queue = pending_.empty() ? delivering.late : pending_;
  if (&queue == &pending_) watermark_ms_ = std::max(watermark_ms_, queue.top().time_ms);
  process(queue.top());
  queue.pop();
}

void Correlator::add(Sightings seen) {
  const auto time = seen.time;
  Delivery delivery{.source = {}, .newest = time, .received = time};
  delivery.seen.push_back(std::move(seen));
  take_in(std::move(delivery));
  advance(time);
}

bool Correlator::is_silent(const Source& source) const {
  return source.heard_ms == kNever || source.heard_ms < now_ms_ - limits_.lateness.count();
}

void Correlator::advance(WallTime now) {
  now_ms_ = std::max(now_ms_, to_unix_ms(now));
  const auto lateness_ms = limits_.lateness.count();
  auto newest_ms = now_ms_;
  for (const auto& source : sources_)
    if (!is_silent(source) && source.newest_ms >= now_ms_ - lateness_ms)
      newest_ms = std::min(newest_ms, source.newest_ms);
  watermark_ms_ = std::max(watermark_ms_, newest_ms - lateness_ms);
  for (; !pending_.empty() && pending_.top().time_ms <= watermark_ms_; pending_.pop(), --pending_count_)
    process(pending_.top());
  for (auto& source : sources_) take_late(source);
}

void Correlator::take_late(Source& source) {
  const bool silent = is_silent(source);
  // Of one that never told how far it is, nothing earlier can be waited for.
  const auto until_ms = silent || source.newest_ms == kNever
                            ? std::numeric_limits<std::int64_t>::max()
                            : std::min(now_ms_, source.newest_ms) - limits_.lateness.count();
  for (; !source.late.empty() && source.late.top().time_ms <= until_ms; source.late.pop(), --pending_count_) {
    source.behind_ms = source.late.top().time_ms;
    process(source.late.top());
  }
  if (source.late.empty() && (silent || source.newest_ms >= watermark_ms_)) source.behind_ms.reset();
}

void Correlator::finish() {
  for (; !pending_.empty(); pending_.pop()) process(pending_.top());
  for (auto& source : sources_)
    for (; !source.late.empty(); source.late.pop()) process(source.late.top());
  pending_count_ = 0;
}

WallTime Correlator::watermark() const {
  return watermark_ms_ == kNever ? WallTime() : from_unix_ms(watermark_ms_);
}

std::vector<CorrelatedMatch> Correlator::take() { return std::exchange(found_, {}); }

std::size_t Correlator::groups() const {
  std::size_t out = 0;
  for (const auto& state : states_) out += state.groups.size();
  return out;
}

Window& Correlator::window_of(const Pending& pending) {
  auto& state = states_[pending.seen.correlation];
  const auto& correlation = rules_.correlations[pending.seen.correlation];
  // Whose window has run empty, as far as its source has come, says nothing that a new one would not say.
  auto run_empty = [&](const Group& group) {
    const auto reached_ms =
        std::min(pending.time_ms, sources_[group.source].behind_ms.value_or(pending.time_ms));
    return group.window.last_ms() <= reached_ms - correlation.timespan.count();
  };
  while (!state.groups.empty() && run_empty(state.groups.front())) let_go_oldest(state);
  auto key = key_of(pending.seen.group);
  const auto hash = std::hash<std::string>()(key);
  if (const auto known = state.by_key.find(Wanted{hash, key}); known != state.by_key.end()) {
    const auto group = known->group;
    state.groups.splice(state.groups.end(), state.groups, group);
    group->source = pending.source;
    return group->window;
  }
  if (state.groups.size() >= limits_.groups_max) {
    ++counters_.forgotten;
    let_go_oldest(state);
  }
  auto& group = state.groups.emplace_back(std::move(key), hash, correlation);
  group.source = pending.source;
  state.by_key.insert({hash, std::prev(state.groups.end())});
  if (const auto told = state.told_by_key.find(group.key); told != state.told_by_key.end())
    group.window.fired_ms = told->second->second;
  return group.window;
}

void Correlator::let_go_oldest(State& state) {
  const auto& group = state.groups.front();
  counters_.overflowed += group.window.overflowed();
  if (!group.window.fired_ms.empty()) remember_told(state, group);
  state.by_key.erase(Place{group.hash, state.groups.begin()});
  state.groups.pop_front();
}

void Correlator::remember_told(State& state, const Group& group) {
  if (const auto known = state.told_by_key.find(group.key); known != state.told_by_key.end()) {
    known->second->second = group.window.fired_ms;
    state.told.splice(state.told.end(), state.told, known->second);
    return;
  }
  state.told.emplace_back(group.key, group.window.fired_ms);
  state.told_by_key.emplace(state.told.back().first, std::prev(state.told.end()));
  if (state.told.size() <= limits_.told_max) return;
  state.told_by_key.erase(state.told.front().first);
  state.told.pop_front();
}

void Correlator::process(const Pending& pending) {
  const auto& seen = pending.seen;
  const auto& correlation = rules_.correlations[seen.correlation];
  auto& window = window_of(pending);
  if (!window.reaches(pending.time_ms)) {
    ++counters_.left_out;
    return;
  }
  const auto held = window.add(pending.time_ms, seen.position, seen.value);
  if (!held || !window.fire(held->at_ms)) return;
  CorrelatedMatch match{&correlation, from_unix_ms(held->at_ms), held->value, seen.group};
  if (!correlation.about.only_correlated) found_.push_back(match);
  chain(seen.correlation, match, pending.source);
}

// Correlations over correlations; loading has made sure that there is no circle.
void Correlator::chain(std::size_t correlation, const CorrelatedMatch& match, std::uint32_t source) {
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
             source,
             {use.correlation, use.position, *std::move(group),
              values->empty() ? std::string() : key_of(*values)}});
  }
}

}  // namespace vedette::logs::sigma
