#include "base/text/utf8.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace vedette {
namespace {

// Sequence by sequence. None of the texts below has U+FFFD itself.
std::size_t plain_prefix(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = at;
    if (next_utf8(text, at) == kReplacement) return begin;
  }
  return text.size();
}

// Short and long ones, whole and broken at any place: beyond Unicode, surrogates, overlong, cut off.
TEST(Utf8Test, ThePrefixEndsWhereTheFirstBrokenSequenceBegins) {
  static const std::string kWhole[] = {
      "a", "0123456789abcdef", "é", "đ", "ệ", "€", "😀", "\xF4\x8F\xBF\xBF", std::string(1, '\0')};
  static const std::string kBroken[] = {"\xff",         "\x80",     "\xC3",         "\xE2\x82",
                                        "\xED\xA0\x80", "\xC0\xAF", "\xE0\x80\x80", "\xF4\x90\x80\x80",
                                        "\xF0\x9F\x98"};
  std::mt19937 random(11);
  int whole = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const bool broken = random() % 2 == 0;
    for (auto n = random() % 80; n > 0; --n) {
      text += kWhole[random() % std::size(kWhole)];
      if (broken && random() % 40 == 0) text += kBroken[random() % std::size(kBroken)];
    }
    const auto prefix = valid_utf8_prefix(text);
    ASSERT_EQ(prefix, plain_prefix(text)) << text;
    ASSERT_EQ(is_valid_utf8(text), prefix == text.size());
    whole += is_valid_utf8(text);
  }
  EXPECT_GT(whole, 5'000);
  EXPECT_LT(whole, 19'000);
}

}  // namespace
}  // namespace vedette
