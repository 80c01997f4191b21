// DistinctValues: the latest distinct values of a window, each with when it was seen last. A few of them
// stand side by side and are looked through; only many get an index. Most groups of a value_count see a
// handful: two hundred thousand groups fit in a cache only if such a group is small.
//
// Values of more than kValueBytesMax are told apart by their SHA-256. One thread at a time.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vedette::logs::sigma {

class DistinctValues {
 public:
  static constexpr std::size_t kValueBytesMax = 128, kFewMax = 16;

  // `value` was seen at a time, in any order of times. Only the `most` latest values seen after `begin_ms`
  // stay; returns how many these are.
  std::size_t add(std::int64_t time_ms, std::string_view value, std::int64_t begin_ms, std::size_t most);

 private:
  struct Seen {
    std::string value;
    std::int64_t at_ms;
  };
  struct Many {
    std::list<Seen> seen;  // each distinct value once, the latest last
    std::unordered_map<std::string_view, std::list<Seen>::iterator> by_value;
    void add(std::int64_t time_ms, std::string_view value);
  };
  void add_to_few(std::int64_t time_ms, std::string_view value);
  void index();

  boost::container::small_vector<Seen, 1> few_;  // in the same order; none once there are many
  std::unique_ptr<Many> many_;
};

}  // namespace vedette::logs::sigma
