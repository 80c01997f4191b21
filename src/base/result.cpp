#include "base/result.h"

namespace vedette {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return "invalid";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kConflict:
      return "conflict";
    case ErrorCode::kUnauthorized:
      return "unauthorized";
    case ErrorCode::kForbidden:
      return "forbidden";
    case ErrorCode::kLimit:
      return "limit";
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kCorrupt:
      return "corrupt";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

Error&& Error::with(std::string where) && {
  context_.push_back(std::move(where));
  return std::move(*this);
}

// What begins with a unit separator is for a program (model/refusal.h), not for a reader.
std::string Error::full() const {
  std::string out;
  for (auto it = context_.rbegin(); it != context_.rend(); ++it) {
    if (!it->starts_with('\x1f')) out += *it + ": ";
  }
  return out + message_;
}

}  // namespace vedette
