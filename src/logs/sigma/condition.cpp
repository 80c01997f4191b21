#include "logs/sigma/condition.h"

#include <fmt/format.h>

#include <optional>

#include "logs/case_fold.h"

namespace vedette::logs::sigma {
namespace {

using Kind = Expression::Kind;

class Parser {
 public:
  Parser(std::string_view text, const Detections& detections) : text_(text), detections_(detections) {}

  std::expected<Expression, std::string> run() {
    advance();
    if (token_.empty()) return std::unexpected("an empty condition");
    auto out = any_of(0);
    if (error_.empty() && !token_.empty()) refuse(fmt::format("\"{}\" is not expected there", token_));
    if (!error_.empty()) return std::unexpected(std::move(error_));
    return out;
  }

 private:
  void refuse(std::string reason) {
    if (error_.empty()) error_ = std::move(reason);
    token_ = {};
    at_ = text_.size();
  }

  void advance() {
    constexpr std::string_view kBlank = " \t\r\n";
    at_ = std::min(text_.find_first_not_of(kBlank, at_), text_.size());
    auto end = at_;
    if (end < text_.size() && (text_[end] == '(' || text_[end] == ')' || text_[end] == '|'))
      ++end;
    else
      end = std::min(text_.find_first_of(" \t\r\n()|", at_), text_.size());
    token_ = text_.substr(at_, end - at_);
    at_ = end;
    if (token_ == "|") refuse("\"|\": counting in a condition is no longer Sigma; write a correlation");
  }

  bool word(std::string_view wanted) const {
    return token_.size() == wanted.size() && fold_case(token_) == wanted && !detections_.contains(token_);
  }

  Expression chain(Kind kind, std::string_view joint, std::size_t depth) {
    auto part = [&] { return kind == Kind::kOr ? chain(Kind::kAnd, "and", depth) : negation(depth); };
    auto first = part();
    if (!word(joint)) return first;
    Expression out{.kind = kind};
    out.of.push_back(std::move(first));
    while (word(joint)) {
      advance();
      out.of.push_back(part());
    }
    return out;
  }
  Expression any_of(std::size_t depth) { return chain(Kind::kOr, "or", depth); }

  Expression negation(std::size_t depth) {
    if (depth > kConditionDepthMax)
      refuse(fmt::format("a condition nested deeper than {}", kConditionDepthMax));
    if (!word("not")) return primary(depth);
    advance();
    Expression out{.kind = Kind::kNot};
    out.of.push_back(negation(depth + 1));
    return out;
  }

  Expression primary(std::size_t depth) {
    if (token_ == "(") {
      advance();
      auto inner = any_of(depth + 1);
      if (token_ != ")") {
        refuse("a parenthesis that is not closed");
        return inner;
      }
      advance();
      return inner;
    }
    if (token_.empty() || token_ == ")" || word("and") || word("or") || word("of")) {
      refuse(token_.empty() ? "the condition ends too early"
                            : fmt::format("\"{}\" is not expected there", token_));
      return {};
    }
    const auto name = token_;
    const bool any = word("1") || word("any"), all = word("all");
    advance();
    if (word("of") && !any && !all) refuse(fmt::format("\"{} of\": only 1, any and all are Sigma", name));
    if (!word("of")) return named(name);
    advance();
    const auto pattern = token_;
    if (pattern.empty()) refuse("\"of\" what?");
    advance();
    return several(any ? Kind::kOr : Kind::kAnd, pattern);
  }

  // Counted, for a condition that repeats names could grow beyond any bound.
  Expression copy(const Expression& expression) {
    nodes_ += count_nodes(expression);
    if (nodes_ > kExpressionNodesMax) {
      refuse(fmt::format("more than {} conditions", kExpressionNodesMax));
      return {};
    }
    return expression;
  }

  Expression named(std::string_view name) {
    auto found = detections_.find(name);
    if (found != detections_.end()) return copy(found->second);
    if (error_.empty()) refuse(fmt::format("the condition names \"{}\", which is no detection", name));
    return {};
  }

  Expression several(Kind kind, std::string_view pattern) {
    Expression out{.kind = kind};
    for (const auto& [name, expression] : detections_) {
      const bool hidden = name.starts_with('_') && !pattern.starts_with('_');
      if (!hidden && (pattern == "them" || name_matches(pattern, name))) out.of.push_back(copy(expression));
    }
    if (out.of.empty()) refuse(fmt::format("no detection is called \"{}\"", pattern));
    return out;
  }

  std::string_view text_, token_;
  const Detections& detections_;
  std::size_t at_ = 0, nodes_ = 0;
  std::string error_;
};

}  // namespace

bool name_matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = pattern.npos, mark = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != pattern.npos) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

std::size_t count_nodes(const Expression& expression) {
  std::size_t out = 1;
  for (const auto& part : expression.of) out += count_nodes(part);
  return out;
}

std::expected<Expression, std::string> parse_condition(std::string_view text, const Detections& detections) {
  if (text.size() > kConditionBytesMax)
    return std::unexpected(fmt::format("a condition longer than {} KiB", kConditionBytesMax >> 10));
  return Parser(text, detections).run();
}

}  // namespace vedette::logs::sigma
