#include "sites/watch/compare.h"

#include <gtest/gtest.h>

#include "sites/watch/test_pages.h"

namespace vedette::sites {
namespace {

using Op = CompareBlock::Op;

std::vector<CompareBlock> compare(std::string_view before, std::string_view after) {
  return compare_pages({before, "https://example.org/", "text/html"},
                       {after, "https://example.org/", "text/html"});
}
// What the alignment says of one side must be that side, in order.
std::string side(const std::vector<CompareBlock>& rows, Op own) {
  std::string out;
  for (const auto& row : rows) {
    if (row.op == Op::kSame || row.op == own) out += row.text + "\n";
  }
  return out;
}
int count(const std::vector<CompareBlock>& rows, Op op) {
  return static_cast<int>(std::ranges::count_if(rows, [&](const CompareBlock& row) { return row.op == op; }));
}

TEST(Compare, ShowsTheOneBlockThatChanged) {
  auto rows = compare(test::own_page(1, "Old news."), test::own_page(1, "New news."));
  EXPECT_EQ(count(rows, Op::kRemoved), 1);
  EXPECT_EQ(count(rows, Op::kAdded), 1);
  EXPECT_GT(count(rows, Op::kSame), 20);
}

TEST(Compare, BothSidesAreCompleteAndInOrder) {
  std::vector<std::string> pages = {test::own_page(1), test::own_page(2, "x"), test::defaced_page(),
                                    test::other_page(), ""};
  for (const auto& a : pages) {
    for (const auto& b : pages) {
      auto rows = compare(a, b);
      EXPECT_EQ(side(rows, Op::kRemoved), side(compare(a, a), Op::kRemoved));
      EXPECT_EQ(side(rows, Op::kAdded), side(compare(b, b), Op::kAdded));
    }
  }
}

TEST(Compare, HugeDifferencesAreBounded) {
  std::string a, b;
  for (int i = 0; i < 5000; ++i) {
    a += "<p>a" + std::to_string(i) + "</p>";
    b += "<p>b" + std::to_string(i) + "</p>";
  }
  auto rows = compare(a, b);
  EXPECT_EQ(count(rows, Op::kRemoved), 5000);
  EXPECT_EQ(count(rows, Op::kAdded), 5000);
}

TEST(Compare, ShowsForeignScriptsAndFrames) {
  auto rows = compare("<p>a</p>", "<p>a</p><script src=https://evil.example/x.js></script>");
  ASSERT_EQ(count(rows, Op::kAdded), 1);
  EXPECT_EQ(rows.back().text, "https://evil.example/x.js");
}

}  // namespace
}  // namespace vedette::sites
