#include "server/pages/phone.h"

#include <gtest/gtest.h>

namespace vedette::server {
namespace {

TEST(Dialled, KeepsDigitsAndALeadingPlus) {
  EXPECT_EQ(dialled("+84 24 3555-1234"), "+842435551234");
  EXPECT_EQ(dialled("(024) 3555.1234"), "02435551234");
  EXPECT_EQ(dialled("12+3"), "123");
  EXPECT_EQ(dialled("+\"><script>1"), "+1");
  EXPECT_EQ(dialled(""), "");
}

}  // namespace
}  // namespace vedette::server
