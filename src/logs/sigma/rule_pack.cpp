// pack_rules, unpack_rules: one function names the members of each type, for both directions.
#include <bit>
#include <cstring>

#include "logs/sigma/condition.h"
#include "logs/sigma/rule_cache.h"

namespace vedette::logs::sigma {
namespace {

constexpr int kDepthMax = 4 * static_cast<int>(kConditionDepthMax);

class Writer {
 public:
  static constexpr bool kReads = false;
  void number(std::uint64_t& value) {
    for (auto left = value;; left >>= 7) {
      out += static_cast<char>((left & 0x7F) | (left > 0x7F ? 0x80 : 0));
      if (left <= 0x7F) return;
    }
  }
  void text(std::string& value) {
    std::uint64_t size = value.size();
    number(size);
    out += value;
  }
  bool well() const { return true; }
  std::string out;
};

class Reader {
 public:
  static constexpr bool kReads = true;
  explicit Reader(std::string_view bytes) : in_(bytes) {}
  void number(std::uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (in_.empty()) break;
      const auto byte = static_cast<unsigned char>(in_.front());
      in_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return;
    }
    fail();
  }
  void text(std::string& value) {
    std::uint64_t size = 0;
    number(size);
    if (size > in_.size()) return fail();
    value.assign(in_.substr(0, size));
    in_.remove_prefix(size);
  }
  void fail() {
    well_ = false;
    in_ = {};
  }
  bool well() const { return well_; }
  bool ended() const { return in_.empty(); }
  int depth = 0;  // of nested expressions
  // Each element is at least a byte.
  std::size_t left() const { return in_.size(); }

 private:
  std::string_view in_;
  bool well_ = true;
};

template <class Way>
void members(Way& way, std::string& value) {
  way.text(value);
}
template <class Way, class T>
  requires(std::is_integral_v<T> || std::is_enum_v<T>)
void members(Way& way, T& value) {
  auto raw = static_cast<std::uint64_t>(value);
  way.number(raw);
  if constexpr (Way::kReads) value = static_cast<T>(raw);
}
template <class Way>
void members(Way& way, double& value) {
  auto raw = std::bit_cast<std::uint64_t>(value);
  way.number(raw);
  if constexpr (Way::kReads) value = std::bit_cast<double>(raw);
}

template <class Way, class T>
void members(Way& way, std::vector<T>& values);
template <class Way, class K, class V, class C>
void members(Way& way, std::map<K, V, C>& values);

template <class Way, class... Ts>
void all(Way& way, Ts&... values) {
  (members(way, values), ...);
}

template <class Way>
void members(Way& way, GlobPart& part) {
  all(way, part.literal, part.gap);
}
template <class Way>
void members(Way& way, Predicate& predicate) {
  all(way, predicate.field, predicate.comparison, predicate.cased, predicate.text, predicate.parts,
      predicate.number);
}
template <class Way>
void members(Way& way, Expression& node) {
  if constexpr (Way::kReads) {
    if (++way.depth > kDepthMax) way.fail();
  }
  all(way, node.kind, node.predicate, node.of);
  if constexpr (Way::kReads) --way.depth;
}
template <class Way>
void members(Way& way, RuleSource& source) {
  all(way, source.product, source.category, source.service);
}
template <class Way>
void members(Way& way, Rule& rule) {
  all(way, rule.id, rule.name, rule.title, rule.description, rule.status, rule.author, rule.title_vi,
      rule.description_vi, rule.next_en, rule.next_vi, rule.file, rule.line, rule.severity, rule.source,
      rule.tags, rule.attack, rule.false_positives, rule.references, rule.predicates, rule.condition,
      rule.only_correlated, rule.unresolved);
}
template <class Way>
void members(Way& way, Bound& bound) {
  all(way, bound.comparison, bound.number);
}
template <class Way>
void members(Way& way, Correlation::Reference& reference) {
  all(way, reference.correlation, reference.index);
}
template <class Way>
void members(Way& way, Correlation& correlation) {
  auto span_ms = static_cast<std::uint64_t>(correlation.timespan.count());
  bool extended = correlation.extended.has_value();
  all(way, correlation.about, correlation.type, correlation.rules, correlation.group_by, correlation.aliases,
      span_ms, correlation.bounds, correlation.fields, correlation.percentile, extended, correlation.generate,
      correlation.references);
  if constexpr (Way::kReads) {
    correlation.timespan = std::chrono::milliseconds(static_cast<std::int64_t>(span_ms));
    if (extended) correlation.extended.emplace();
  }
  if (extended) members(way, *correlation.extended);
}
template <class Way>
void members(Way& way, Filter& filter) {
  all(way, filter.about, filter.any_rule, filter.rules);
}
template <class Way>
void members(Way& way, Refusal& refusal) {
  all(way, refusal.file, refusal.line, refusal.reason);
}
template <class Way>
void members(Way& way, RuleSet& set) {
  all(way, set.rules, set.correlations, set.filters, set.refused, set.files, set.others);
}

template <class Way>
void members(Way& way, SourceCondition& when) {
  all(way, when.routed, when.products, when.categories, when.services);
}
template <class Way>
void members(Way& way, Transformation& how) {
  all(way, how.kind, how.id, how.when, how.any_of_when, how.names, how.exclude, how.text, how.condition,
      how.source, how.forms);
}
template <class Way>
void members(Way& way, Pipeline& pipeline) {
  all(way, pipeline.name, pipeline.priority, pipeline.transformations);
}

template <class Way, class T>
void members(Way& way, std::vector<T>& values) {
  std::uint64_t size = values.size();
  way.number(size);
  if constexpr (Way::kReads) {
    if (size > way.left()) return way.fail();
    values.resize(size);
  }
  for (auto& value : values) {
    if (!way.well()) return;
    members(way, value);
  }
}
template <class Way, class K, class V, class C>
void members(Way& way, std::map<K, V, C>& values) {
  std::uint64_t size = values.size();
  way.number(size);
  if constexpr (Way::kReads) {
    for (; size > 0 && way.well(); --size) {
      K key{};
      members(way, key);
      members(way, values[std::move(key)]);
    }
  } else {
    for (auto& [key, value] : values) {
      auto name = key;
      all(way, name, value);
    }
  }
}

bool sound(const Expression& node, std::size_t predicates, std::size_t depth) {
  if (depth > static_cast<std::size_t>(kDepthMax) || node.kind > Expression::Kind::kNot) return false;
  if (node.kind == Expression::Kind::kPredicate) return node.predicate < predicates;
  if (node.kind == Expression::Kind::kNot && node.of.size() != 1) return false;
  return std::ranges::all_of(node.of,
                             [&](const Expression& part) { return sound(part, predicates, depth + 1); });
}

bool sound(const RuleSet& set) {
  auto rule = [](const Rule& one) {
    return std::ranges::all_of(one.predicates,
                               [](const Predicate& p) { return p.comparison <= Comparison::kYear; }) &&
           sound(one.condition, one.predicates.size(), 0);
  };
  auto correlation = [&](const Correlation& one) {
    auto there = [&](const Correlation::Reference& reference) {
      return reference.index < (reference.correlation ? set.correlations.size() : set.rules.size());
    };
    return one.references.size() == one.rules.size() && std::ranges::all_of(one.references, there) &&
           (!one.extended || sound(*one.extended, one.rules.size(), 0));
  };
  return std::ranges::all_of(set.rules, rule) && std::ranges::all_of(set.correlations, correlation);
}

}  // namespace

std::string pack_rules(const RuleSet& set) {
  Writer writer;
  members(writer, const_cast<RuleSet&>(set));  // a Writer changes nothing
  return std::move(writer.out);
}

std::string pack_pipelines(const std::vector<Pipeline>& pipelines) {
  Writer writer;
  members(writer, const_cast<std::vector<Pipeline>&>(pipelines));
  return std::move(writer.out);
}

std::optional<RuleSet> unpack_rules(std::string_view bytes) {
  Reader reader(bytes);
  RuleSet out;
  members(reader, out);
  if (!reader.well() || !reader.ended() || !sound(out)) return std::nullopt;
  return out;
}

}  // namespace vedette::logs::sigma
