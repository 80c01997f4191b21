// JsonReader: reads members of one stored JSON object. What is absent or of another type leaves its target
// alone, so that older and damaged rows are readable. Borrows the object. For .cpp files.
#pragma once

#include <boost/json/fwd.hpp>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace vedette::sites {

class JsonReader {
 public:
  explicit JsonReader(const boost::json::object& object) : object_(object) {}

  void get(std::string_view name, std::string& to) const;
  void get(std::string_view name, Secret& to) const;
  void get(std::string_view name, bool& to) const;
  template <std::integral Int>
  void get(std::string_view name, Int& to) const {
    if (auto number = integer(name)) to = static_cast<Int>(*number);
  }
  void get(std::string_view name, double& to) const;
  void get(std::string_view name, WallTime& to) const;  // 0: never
  void get(std::string_view name, std::vector<std::string>& to) const;
  void get(std::string_view name, std::vector<std::uint32_t>& to) const;

  const boost::json::value* find(std::string_view name) const;
  void object(std::string_view name, const std::function<void(const JsonReader&)>& read) const;
  // Each member that is an object, with its name.
  void objects(const std::function<void(std::string_view name, const JsonReader&)>& read) const;
  // Each element of the array that is an object.
  void elements(std::string_view name, const std::function<void(const JsonReader&)>& read) const;
  void integers(const std::function<void(std::string_view name, std::int64_t)>& read) const;

 private:
  std::optional<std::int64_t> integer(std::string_view name) const;
  const boost::json::object& object_;
};

boost::json::array json_texts(const std::vector<std::string>& values);
Result<boost::json::object> json_object(std::string_view text);  // kCorrupt
// A stored part ({"show": …, "state": …}); nothing is read when it is damaged or empty.
void read_part(std::string_view text, const std::function<void(const JsonReader&)>& read);

}  // namespace vedette::sites
