#include "logs/sigma/pipeline.h"

#include <fmt/format.h>

#include <optional>

#include "logs/sigma/compose.h"
#include "logs/sigma/condition.h"

namespace vedette::logs::sigma {
namespace {

using Kind = Transformation::Kind;
using Node = Expression::Kind;

struct State {
  Rule& rule;
  bool routed = false;
  std::optional<std::string> failure;
};

bool among(const std::vector<std::string>& wanted, const std::string& value) {
  return wanted.empty() || std::ranges::find(wanted, value) != wanted.end();
}

bool applies(const Transformation& transformation, const RuleSource& source, bool routed) {
  auto met = [&](const SourceCondition& when) {
    if (when.routed) return routed;
    return among(when.products, source.product) && among(when.categories, source.category) &&
           among(when.services, source.service);
  };
  if (transformation.when.empty()) return true;
  return transformation.any_of_when ? std::ranges::any_of(transformation.when, met)
                                    : std::ranges::all_of(transformation.when, met);
}

std::optional<std::vector<std::string>> renamed(const Transformation& how, const std::string& field) {
  auto excluded = [&](const std::string& pattern) { return name_matches(pattern, field); };
  if (field.empty() || std::ranges::any_of(how.exclude, excluded)) return std::nullopt;
  if (how.kind == Kind::kAddPrefix) return std::vector{how.text + field};
  if (how.kind == Kind::kFieldNames) {
    auto found = how.names.find(field);
    return found == how.names.end() ? std::nullopt : std::optional(found->second);
  }
  for (const auto& [prefix, instead] : how.names) {
    if (!field.starts_with(prefix)) continue;
    auto out = instead;
    for (auto& name : out) name += field.substr(prefix.size());
    return out;
  }
  return std::nullopt;
}

bool refers(Comparison comparison) {
  return comparison == Comparison::kFieldEquals || comparison == Comparison::kFieldContains ||
         comparison == Comparison::kFieldStartsWith || comparison == Comparison::kFieldEndsWith;
}

// Every predicate of the rule becomes one or several (any of them; of nulls all: each name must be empty).
void rename_fields(const Transformation& how, Rule& rule) {
  std::vector<Predicate> out;
  std::vector<Expression> instead;
  out.reserve(rule.predicates.size());
  for (auto& predicate : rule.predicates) {
    const bool source = predicate.comparison == Comparison::kSource;
    auto left = source ? std::nullopt : renamed(how, predicate.field);
    auto right = refers(predicate.comparison) ? renamed(how, predicate.text) : std::nullopt;
    Expression expression{.kind = predicate.comparison == Comparison::kNull ? Node::kAnd : Node::kOr};
    if (!left && !right) {
      out.push_back(std::move(predicate));
      expression = {.kind = Node::kPredicate, .predicate = static_cast<std::uint32_t>(out.size() - 1)};
    } else {
      for (const auto& field : left.value_or(std::vector{predicate.field})) {
        for (const auto& text : right.value_or(std::vector{predicate.text})) {
          auto changed = predicate;
          changed.field = field;
          changed.text = text;
          out.push_back(std::move(changed));
          expression.of.push_back(
              {.kind = Node::kPredicate, .predicate = static_cast<std::uint32_t>(out.size() - 1)});
        }
      }
      if (expression.of.size() == 1) {
        auto only = std::move(expression.of.front());
        expression = std::move(only);
      }
    }
    instead.push_back(std::move(expression));
  }
  rule.predicates = std::move(out);
  auto walk = [&](auto&& self, Expression& node) -> void {
    if (node.kind == Node::kPredicate)
      node = instead[node.predicate];
    else
      for (auto& part : node.of) self(self, part);
  };
  walk(walk, rule.condition);
}

void run(const std::vector<Transformation>& transformations, State& state);

void alternatives(const Transformation& how, State& state) {
  Expression any{.kind = Node::kOr};
  Rule merged = state.rule;
  merged.predicates.clear();
  bool all_routed = true;
  for (const auto& form : how.forms) {
    Rule rule = state.rule;
    State inner{rule, state.routed, {}};
    run(form, inner);
    if (inner.failure) continue;
    all_routed = all_routed && inner.routed;
    any.of.push_back(adopt(rule, merged));
  }
  if (any.of.empty()) {
    state.failure = "no form of it works here";
    return;
  }
  merged.condition = any.of.size() == 1 ? std::move(any.of.front()) : std::move(any);
  state.routed = all_routed;
  state.rule = std::move(merged);
}

void run(const std::vector<Transformation>& transformations, State& state) {
  for (const auto& how : transformations) {
    if (state.failure) return;
    if (!applies(how, state.rule.source, state.routed)) continue;
    switch (how.kind) {
      case Kind::kFieldNames:
      case Kind::kFieldPrefixes:
      case Kind::kAddPrefix:
        rename_fields(how, state.rule);
        break;
      case Kind::kAddCondition:
        require(adopt(how.condition, state.rule), state.rule);
        state.routed = true;
        break;
      case Kind::kChangeSource:
        state.rule.source = how.source;
        break;
      case Kind::kPlaceholders:
        break;  // before the rule was read
      case Kind::kFailure:
        state.failure = how.text;
        break;
      case Kind::kAlternatives:
        alternatives(how, state);
        break;
    }
  }
}

}  // namespace

void add_placeholders(const std::vector<Pipeline>& pipelines, const RuleSource& source, Placeholders& into) {
  for (const auto& pipeline : pipelines) {
    for (const auto& how : pipeline.transformations) {
      if (how.kind == Kind::kPlaceholders && applies(how, source, false))
        into.insert(how.names.begin(), how.names.end());
    }
  }
}

std::expected<void, std::string> apply(const std::vector<Pipeline>& pipelines, Rule& rule) {
  State state{rule, false, {}};
  for (const auto& pipeline : pipelines) run(pipeline.transformations, state);
  if (state.failure) return std::unexpected(*std::move(state.failure));
  if (!state.routed) {
    const auto text = fmt::format("{}/{}/{}", rule.source.product, rule.source.category, rule.source.service);
    const auto index = index_of(rule.predicates, {.comparison = Comparison::kSource, .text = text});
    require({.kind = Node::kPredicate, .predicate = index}, rule);
  }
  if (rule.predicates.size() > kPredicatesMax || count_nodes(rule.condition) > kExpressionNodesMax)
    return std::unexpected("after field mapping it is too large");
  return {};
}

std::vector<std::string> mapped_names(const std::vector<Pipeline>& pipelines, const RuleSource& source,
                                      const std::string& name) {
  std::vector<std::string> names = {name};
  auto walk = [&](auto&& self, const std::vector<Transformation>& transformations) -> void {
    for (const auto& how : transformations) {
      if (!applies(how, source, true)) continue;
      for (const auto& form : how.forms) self(self, form);
      if (how.kind != Kind::kFieldNames && how.kind != Kind::kFieldPrefixes && how.kind != Kind::kAddPrefix)
        continue;
      std::vector<std::string> next;
      for (const auto& each : names) {
        for (auto& made : renamed(how, each).value_or(std::vector{each})) {
          if (std::ranges::find(next, made) == next.end()) next.push_back(std::move(made));
        }
      }
      names = std::move(next);
    }
  };
  for (const auto& pipeline : pipelines) walk(walk, pipeline.transformations);
  return names;
}

}  // namespace vedette::logs::sigma
