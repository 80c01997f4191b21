#include "base/text/plain_toml.h"

#include <gtest/gtest.h>

#include <toml++/toml.h>

namespace vedette {
namespace {

// The library stops the program on these (toml++ 3.3, an assertion in parse_value()).
TEST(PlainToml, HalfATimeBehindADateIsRefused) {
  for (const char* line : {"a = 2027-01-01 1", "a = [2027-01-0= 1, 2]", "a = 2027-01-0_1 1",
                           "a = [2027-01-01 1]", "a = 2027-01-01 1 # x", "a = 2027-01-01 1\t"}) {
    auto plain = plain_toml(std::string("b = 1\n") + line + "\n");
    ASSERT_FALSE(plain) << line;
    EXPECT_EQ(plain.error().line, 2) << line;
  }
}

TEST(PlainToml, DatesAndTimesStayAsTheyAre) {
  for (const char* line : {"a = 2027-01-01", "a = 2027-01-01 08:00:00", "a = [2027-01-01, 2027-02-05]",
                           "a = \"2027-01-01 1\"", "a = '2027-01-01 1 '", "a = 1 # 2027-01-01 1"}) {
    auto plain = plain_toml(line);
    ASSERT_TRUE(plain) << line << ": " << plain.error().what;
    EXPECT_NO_THROW(std::ignore = toml::parse(*plain)) << line;
  }
}

}  // namespace
}  // namespace vedette
