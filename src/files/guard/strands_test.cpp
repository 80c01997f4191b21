#include "files/guard/strands.h"

#include <gtest/gtest.h>

#include <future>

namespace vedette::files {
namespace {

TEST(StrandsTest, JobsOfOneKeyRunInTheirOrder) {
  Strands strands(4, 1'000);
  std::vector<int> ran;
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(strands.post("a", [&, i] { ran.push_back(i); }));
  strands.drain();
  ASSERT_EQ(ran.size(), 200U);
  EXPECT_TRUE(std::ranges::is_sorted(ran));
}

TEST(StrandsTest, WhatHasHappenedOvertakesWhatWaits) {
  Strands strands(2, 1'000);
  std::promise<void> begun, go;
  std::string ran;
  strands.post("a", [&] {
    begun.set_value();
    go.get_future().wait();
    strands.catch_up("a");
    ran += "0";
  });
  begun.get_future().wait();
  strands.post("a", [&] { ran += "c"; });
  strands.post("a", [&] { ran += "1"; }, Strands::Order::kDoneAlready);
  strands.post("a", [&] { ran += "2"; }, Strands::Order::kDoneAlready);
  EXPECT_FALSE(strands.wait("a", std::chrono::milliseconds(0)));
  std::promise<void> beside;
  strands.post("b", [&] { beside.set_value(); });
  beside.get_future().wait();  // another key is not held up
  go.set_value();
  EXPECT_TRUE(strands.wait("a", std::chrono::seconds(60)));
  EXPECT_EQ(ran, "120c");
}

TEST(StrandsTest, AFullQueueRefuses) {
  Strands strands(1, 2);
  std::promise<void> begun, go;
  strands.post("a", [&] {
    begun.set_value();
    go.get_future().wait();
  });
  begun.get_future().wait();
  EXPECT_TRUE(strands.post("a", [] {}));
  EXPECT_TRUE(strands.post("b", [] {}, Strands::Order::kDoneAlready));
  EXPECT_FALSE(strands.post("c", [] {}));
  go.set_value();
  strands.drain();
}

}  // namespace
}  // namespace vedette::files
