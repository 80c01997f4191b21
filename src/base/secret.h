// Secret: text that must not reach a log, a page or an error message. It has no stream or format operator on
// purpose; reveal() is easy to search for in review.
#pragma once

#include <string>
#include <utility>

namespace vedette {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string value_;
};

}  // namespace vedette
