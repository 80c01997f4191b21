// PlainCode: tokens rewritten with constants worked out and the request followed (plain_code.h says what
// for).
//
// A reduction machine: each token is pushed, then the end of what was written is reduced as long as a rule
// fits: "a" . "b" → "ab"; strrev("x") → its value; $v → what it was last set to. Constants are bounded in
// size and number; a step looks at a bounded number of tokens, so the whole is linear.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "files/webroots/php_tokens.h"

namespace vedette::files {

class PlainCode {
 public:
  explicit PlainCode(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Code found inside (constant arguments of eval) is appended to `inner`.
  void read(std::vector<PhpToken> tokens, std::vector<std::string>& inner);
  std::string take() { return std::move(text_); }

 private:
  void push(PhpToken token);
  bool reduce();
  bool reduce_call();
  bool reduce_index();
  void end_statement(std::vector<std::string>& inner);
  void learn_assignment(std::size_t from);
  void write(std::size_t from);
  void enter_scope();
  void leave_scopes();
  bool carries(std::size_t from, std::size_t end) const;

  const std::size_t bytes_max_;
  std::string text_;
  std::vector<PhpToken> line_;  // the statement being read
  std::size_t statement_ = 0;
  std::unordered_map<std::string, std::string> constants_;
  std::unordered_map<std::string, std::vector<std::string>> lists_;
  std::unordered_set<std::string> tainted_;
  // What carries the request in one function says nothing of a variable of that name in another.
  struct Scope {
    int depth = 0;  // of braces, where it was entered
    std::unordered_set<std::string> outside;
  };
  std::vector<Scope> scopes_;
  int depth_ = 0;
};

}  // namespace vedette::files
