#include "logs/sigma/compose.h"

namespace vedette::logs::sigma {
namespace {

void move_predicates(Expression& node, const std::vector<std::uint32_t>& to) {
  if (node.kind == Expression::Kind::kPredicate) node.predicate = to[node.predicate];
  for (auto& part : node.of) move_predicates(part, to);
}

}  // namespace

std::uint32_t index_of(std::vector<Predicate>& predicates, Predicate predicate) {
  auto found = std::ranges::find(predicates, predicate);
  if (found == predicates.end()) {
    predicates.push_back(std::move(predicate));
    found = predicates.end() - 1;
  }
  return static_cast<std::uint32_t>(found - predicates.begin());
}

Expression adopt(const Rule& from, Rule& rule) {
  std::vector<std::uint32_t> to;
  for (const auto& predicate : from.predicates) to.push_back(index_of(rule.predicates, predicate));
  auto out = from.condition;
  move_predicates(out, to);
  return out;
}

void require(Expression first, Rule& rule) {
  Expression both{.kind = Expression::Kind::kAnd};
  both.of.push_back(std::move(first));
  both.of.push_back(std::move(rule.condition));
  rule.condition = std::move(both);
}

}  // namespace vedette::logs::sigma
