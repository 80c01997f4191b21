#include "base/bounded_queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace vedette {
namespace {

TEST(BoundedQueue, RefusesWhenFullAndCounts) {
  BoundedQueue<int> queue(2, Overflow::kRefuse);
  EXPECT_EQ(queue.push(1), Push::kTaken);
  EXPECT_EQ(queue.push(2), Push::kTaken);
  EXPECT_EQ(queue.push(3), Push::kRefused);
  EXPECT_EQ(queue.dropped(), 1u);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.push(3), Push::kTaken);
}

TEST(BoundedQueue, DropsOldest) {
  BoundedQueue<int> queue(2, Overflow::kDropOldest);
  queue.push(1);
  queue.push(2);
  EXPECT_EQ(queue.push(3), Push::kTakenDroppedOldest);
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), 3);
  EXPECT_EQ(queue.dropped(), 1u);
}

TEST(BoundedQueue, CloseDrainsThenEnds) {
  BoundedQueue<int> queue(4, Overflow::kBlock);
  queue.push(7);
  queue.close();
  EXPECT_EQ(queue.push(8), Push::kClosed);
  EXPECT_EQ(queue.pop(), 7);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueue, BlockingProducersLoseNothing) {
  BoundedQueue<int> queue(3, Overflow::kBlock);
  std::vector<std::jthread> producers;
  for (int p = 0; p < 4; ++p) {
    producers.emplace_back([&] {
      for (int i = 1; i <= 1000; ++i) queue.push(i);
    });
  }
  std::int64_t sum = 0;
  for (int i = 0; i < 4000; ++i) sum += queue.pop().value();
  EXPECT_EQ(sum, 4 * 500'500);
  EXPECT_EQ(queue.dropped(), 0u);
}

}  // namespace
}  // namespace vedette
