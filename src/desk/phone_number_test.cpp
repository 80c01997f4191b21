#include "desk/phone_number.h"

#include <gtest/gtest.h>

namespace vedette::desk {
namespace {

TEST(PhoneNumber, IsWhatPeopleWrite) {
  for (const char* good : {"113", "+84 24 3555-1234", "(024) 3555.1234"})
    EXPECT_TRUE(is_phone_number(good)) << good;
  for (const char* bad : {"", "12", "an@example.org", "0912 345 678 ext", "+84\n912345678"})
    EXPECT_FALSE(is_phone_number(bad)) << bad;
  EXPECT_FALSE(is_phone_number(std::string(33, '1')));
}

TEST(PhoneNumber, IsDialledWithDigitsAndALeadingPlus) {
  EXPECT_EQ(dialled("+84 24 3555-1234"), "+842435551234");
  EXPECT_EQ(dialled("(024) 3555.1234"), "02435551234");
  EXPECT_EQ(dialled("12+3"), "123");
  EXPECT_EQ(dialled("+\"><script>1"), "+1");
  EXPECT_EQ(dialled(""), "");
}

}  // namespace
}  // namespace vedette::desk
