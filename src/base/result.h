// Result<T>: what a function returns when failure is expected and the caller must decide.
//
// An Error is written for the person who must act on it: `message` says what is wrong, where and what to do;
// `context` grows outwards as the error travels up ("reading vedette.toml" ← "starting the server").
// Exceptions stay inside adapters around libraries; a broken invariant is an assertion (base/assert.h).
// Thread-safe as a value.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vedette {

enum class ErrorCode {
  kInvalid,       // the input is wrong: the message names file, line or field
  kNotFound,      // the thing asked for does not exist
  kConflict,      // it exists already, or changed meanwhile
  kUnauthorized,  // no or wrong credentials
  kForbidden,     // credentials are known, the right is missing
  kLimit,         // a declared bound (size, depth, rate, queue) was hit
  kTimeout,       // no answer within the stated time
  kUnavailable,   // a peer or device is away; trying again may help
  kCorrupt,       // stored data does not check out
  kUnsupported,   // this build, kernel or peer cannot do it
  kInternal,      // our own defect
};

std::string_view to_string(ErrorCode code);

class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::vector<std::string>& context() const { return context_; }

  // Adds where we were when it happened; innermost first. Returns itself, for use in a return statement.
  Error&& with(std::string where) &&;

  // "starting the server: reading vedette.toml: line 3: …"
  std::string full() const;

 private:
  ErrorCode code_;
  std::string message_;
  std::vector<std::string> context_;
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected<Error>(Error(code, std::move(message)));
}
inline std::unexpected<Error> fail(Error&& error, std::string where) {
  return std::unexpected<Error>(std::move(error).with(std::move(where)));
}

}  // namespace vedette

// NOLINTBEGIN(bugprone-macro-parentheses): `lhs` may be a declaration.
// Leaves the enclosing function with the error of `expr`, or goes on.
#define VEDETTE_CONCAT_(a, b) a##b
#define VEDETTE_CONCAT(a, b) VEDETTE_CONCAT_(a, b)
#define TRY(expr)                                                                                \
  if (auto VEDETTE_CONCAT(try_, __LINE__) = (expr); !VEDETTE_CONCAT(try_, __LINE__).has_value()) \
  return std::unexpected<::vedette::Error>(std::move(VEDETTE_CONCAT(try_, __LINE__)).error())
// TRY_ASSIGN(auto x, f()): x is the value of f(), or the enclosing function returns f()'s error.
#define TRY_ASSIGN(lhs, expr) TRY_ASSIGN_(VEDETTE_CONCAT(try_value_, __LINE__), lhs, expr)
#define TRY_ASSIGN_(name, lhs, expr)                                                        \
  auto name = (expr);                                                                       \
  if (!name.has_value()) return std::unexpected<::vedette::Error>(std::move(name).error()); \
  lhs = *std::move(name)
// NOLINTEND(bugprone-macro-parentheses)
