#include "logs/sigma/distinct_values.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <string>

namespace vedette::logs::sigma {
namespace {

constexpr std::int64_t kLongAgo = -1'000'000;

TEST(DistinctValuesTest, LongValuesAreToldApart) {
  DistinctValues values;
  const std::string begin(10'000, 'x');
  EXPECT_EQ(values.add(1, begin + "a", kLongAgo, 10), 1U);
  EXPECT_EQ(values.add(2, begin + "b", kLongAgo, 10), 2U);
  EXPECT_EQ(values.add(3, begin + "a", kLongAgo, 10), 2U);
}

// From a few to many and on: so many at most, and when they are over none of the old.
TEST(DistinctValuesTest, KeepsTheLatest) {
  DistinctValues values;
  for (std::int64_t i = 0; i < 100; ++i)
    EXPECT_EQ(values.add(i, std::to_string(i), kLongAgo, 40),
              std::min<std::size_t>(static_cast<std::size_t>(i) + 1, 40));
  EXPECT_EQ(values.add(100, "60", kLongAgo, 40), 40U);
  EXPECT_EQ(values.add(200, "new", 99, 40), 2U);
}

// As many as the window holds, however out of order they come, and not more than are asked for.
RC_GTEST_PROP(DistinctValuesProperty, IsTheDefinition, ()) {
  const auto most = *rc::gen::inRange<std::size_t>(1, 60);
  const auto span = *rc::gen::inRange<std::int64_t>(1, 300);
  const auto different = *rc::gen::inRange(1, 100);
  const auto late = *rc::gen::inRange<std::int64_t>(0, 100);
  DistinctValues values;
  std::map<int, std::int64_t> last;
  std::int64_t newest = 0;
  for (std::int64_t step = 0; step < 400; ++step) {
    const auto time = step - *rc::gen::inRange<std::int64_t>(0, late + 1);
    const auto value = *rc::gen::inRange(0, different);
    newest = std::max(newest, time);
    if (time <= newest - span) continue;
    auto& seen = last.try_emplace(value, time).first->second;
    seen = std::max(seen, time);
    const auto within = static_cast<std::size_t>(
        std::ranges::count_if(last, [&](const auto& one) { return one.second > newest - span; }));
    RC_ASSERT(values.add(time, "value " + std::to_string(value), newest - span, most) ==
              std::min(within, most));
  }
}

}  // namespace
}  // namespace vedette::logs::sigma
