// Structured log of Vedette itself: one JSON object a line on standard error, ECS names
// (@timestamp, log.level, log.logger, message, then the fields given). Thread-safe; never throws; never
// prints a secret (wrap those in Secret, base/secret.h).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace vedette::log {

enum class Level { kDebug, kInfo, kWarn, kError };

struct Field {
  template <class V>
  Field(std::string_view name, const V& value) : name(name) {
    if constexpr (std::is_same_v<V, bool>) {
      this->value = value;
    } else if constexpr (std::is_floating_point_v<V>) {
      this->value = static_cast<double>(value);
    } else if constexpr (std::is_integral_v<V>) {
      this->value = static_cast<std::int64_t>(value);
    } else {
      this->value = std::string(value);
    }
  }
  std::string_view name;
  std::variant<std::string, std::int64_t, double, bool> value;
};
using Fields = std::initializer_list<Field>;

void set_level(Level least);
bool enabled(Level level);
void write(Level level, std::string_view logger, std::string_view message, Fields fields = {});

inline void debug(std::string_view logger, std::string_view message, Fields fields = {}) {
  if (enabled(Level::kDebug)) write(Level::kDebug, logger, message, fields);
}
inline void info(std::string_view logger, std::string_view message, Fields fields = {}) {
  write(Level::kInfo, logger, message, fields);
}
inline void warn(std::string_view logger, std::string_view message, Fields fields = {}) {
  write(Level::kWarn, logger, message, fields);
}
inline void error(std::string_view logger, std::string_view message, Fields fields = {}) {
  write(Level::kError, logger, message, fields);
}

}  // namespace vedette::log
