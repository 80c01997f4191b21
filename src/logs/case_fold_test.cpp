#include "logs/case_fold.h"

#include <gtest/gtest.h>

namespace vedette::logs {
namespace {

TEST(CaseFoldTest, FoldsBeyondAscii) {
  EXPECT_EQ(fold_case("C:\\Windows\\CMD.exe"), "c:\\windows\\cmd.exe");
  EXPECT_EQ(fold_case("ĐÀ NẴNG"), "đà nẵng");
  EXPECT_EQ(fold_case("ΣΑΣ ςας"), "σασ σασ");
  EXPECT_EQ(fold_case("\u212A"), "k") << "the Kelvin sign";
}

TEST(CaseFoldTest, KeepsWhatIsNoUtf8) {
  EXPECT_EQ(fold_case("A\xff\xfe\xc3"), "a\xff\xfe\xc3");
  EXPECT_EQ(fold_case("\xed\xa0\x80Z"), "\xed\xa0\x80z") << "a surrogate";
}

}  // namespace
}  // namespace vedette::logs
