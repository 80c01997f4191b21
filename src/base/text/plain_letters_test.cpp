#include "base/text/plain_letters.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

TEST(PlainLetters, TakesAwayWhatAnSmsCannotCarry) {
  EXPECT_EQ(plain_letters("[Nghiêm trọng] Trang chủ đã bị thay — Cổng Đà Nẵng"),
            "[Nghiem trong] Trang chu da bi thay - Cong Da Nang");
  EXPECT_EQ(plain_letters("“ngoặc” … €"), "\"ngoac\" ... ?");
  EXPECT_EQ(plain_letters("plain https://x.example/a/B-c_9\n"), "plain https://x.example/a/B-c_9\n");
  EXPECT_EQ(plain_letters("\xF0\x9F\x94\xA5 a\xFF"), "? a?");
  EXPECT_EQ(plain_letters(""), "");
}

}  // namespace
}  // namespace vedette
