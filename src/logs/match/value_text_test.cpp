#include "logs/match/value_text.h"

#include <gtest/gtest.h>

#include <random>

#include "logs/case_fold.h"
#include "logs/json_text.h"

namespace vedette::logs::match {
namespace {

TEST(ValueTextTest, IsWhatUnescapingAndFoldingGive) {
  static const std::vector<std::string> kPieces = {"a",
                                                   "B",
                                                   "\\\\",
                                                   "\\\"",
                                                   "\\u0041",
                                                   "\\u00C9",
                                                   "\\ud83d\\ude00",
                                                   "\\ud83d",
                                                   "\\x",
                                                   "\\",
                                                   "Windows",
                                                   "É",
                                                   "đ",
                                                   "Đ",
                                                   "\u212A",
                                                   "\u023A",
                                                   "\xff",
                                                   "\xE2\x84",
                                                   "\xC3",
                                                   "\\/",
                                                   "\\n",
                                                   "0123456789ABCDEF"};
  std::mt19937 random(11);
  Arena arena;
  for (int round = 0; round < 20'000; ++round) {
    std::string raw;
    for (auto n = random() % 30; n > 0; --n) raw += kPieces[random() % kPieces.size()];
    for (const bool escaped : {false, true}) {
      std::string plain;
      escaped ? unescape_json(raw, plain) : void(plain = raw);
      arena.reset();
      const auto folded = folded_text(raw, escaped, arena), text = plain_text(raw, escaped, arena);
      ASSERT_EQ(text, plain);
      ASSERT_EQ(folded, fold_case(plain)) << raw;
      for (std::size_t i = 0; i < kPadding; ++i) ASSERT_EQ(folded.data()[folded.size() + i], 0);
    }
  }
}

TEST(ArenaTest, KeepsWhatItGaveAndComesBackToOneBlock) {
  Arena arena;
  for (int round = 0; round < 3; ++round) {
    arena.reset();
    std::vector<char*> given;
    for (int i = 0; i < 100; ++i) {
      given.push_back(arena.take(10'000));
      std::fill_n(given.back(), 10'000, static_cast<char>(i));
    }
    for (int i = 0; i < 100; ++i) EXPECT_EQ(given[i][9'999], static_cast<char>(i));
  }
}

}  // namespace
}  // namespace vedette::logs::match
