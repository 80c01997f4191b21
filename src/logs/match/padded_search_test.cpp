#include "logs/match/padded_search.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "logs/match/value_text.h"

namespace vedette::logs::match {
namespace {

// Few different letters, so that much is nearly there; what is looked for is also what the padding begins
// with.
TEST(PaddedSearchTest, FindsWhatStringsFind) {
  std::mt19937 random(11);
  int found = 0;
  for (int round = 0; round < 50'000; ++round) {
    const auto letters = [&](std::size_t most) {
      std::string out(random() % (most + 1), 'a');
      for (char& c : out) c = std::string_view("ab\0", 3)[random() % (1 + random() % 3)];
      return out;
    };
    const auto text = letters(70), wanted = letters(1 + random() % 20);
    const auto padded = text + std::string(kPadding, '\0');
    const auto has = text.find(wanted) != std::string::npos;
    found += has;
    ASSERT_EQ(padded_text_has(std::string_view(padded).substr(0, text.size()), wanted), has);
  }
  EXPECT_GT(found, 5'000);
  EXPECT_LT(found, 45'000);
}

}  // namespace
}  // namespace vedette::logs::match
