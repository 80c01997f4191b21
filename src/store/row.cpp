#include "base/assert.h"
#include "store/database.h"

namespace vedette::store {

bool Row::is_null(std::size_t column) const {
  VEDETTE_ASSERT(column < values_.size());
  return std::holds_alternative<std::monostate>(values_[column]);
}

std::int64_t Row::integer(std::size_t column) const {
  VEDETTE_ASSERT(column < values_.size() && std::holds_alternative<std::int64_t>(values_[column]));
  return std::get<std::int64_t>(values_[column]);
}

double Row::real(std::size_t column) const {
  VEDETTE_ASSERT(column < values_.size());
  if (const auto* whole = std::get_if<std::int64_t>(&values_[column])) return static_cast<double>(*whole);
  VEDETTE_ASSERT(std::holds_alternative<double>(values_[column]));
  return std::get<double>(values_[column]);
}

const std::string& Row::text(std::size_t column) const {
  VEDETTE_ASSERT(column < values_.size() && std::holds_alternative<std::string>(values_[column]));
  return std::get<std::string>(values_[column]);
}

const std::string& Row::blob(std::size_t column) const {
  VEDETTE_ASSERT(column < values_.size() && std::holds_alternative<Blob>(values_[column]));
  return std::get<Blob>(values_[column]).bytes;
}

std::string Row::text_or(std::size_t column, std::string_view if_null) const {
  return is_null(column) ? std::string(if_null) : text(column);
}

std::int64_t Row::integer_or(std::size_t column, std::int64_t if_null) const {
  return is_null(column) ? if_null : integer(column);
}

}  // namespace vedette::store
