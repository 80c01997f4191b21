#include "server/accounts/totp.h"

#include <gtest/gtest.h>

namespace vedette::server {
namespace {

// RFC 6238, appendix B: the secret "12345678901234567890"; of its eight digits the last six.
const Secret kSecret("12345678901234567890");
WallTime at(std::int64_t seconds) { return from_unix_ms(seconds * 1000); }

TEST(Totp, GivesTheCodesOfTheRfc) {
  struct Row {
    std::int64_t seconds;
    const char* code;
  };
  for (auto [seconds, code] :
       {Row{59, "287082"}, Row{1111111109, "081804"}, Row{1111111111, "050471"}, Row{1234567890, "005924"},
        Row{2000000000, "279037"}, Row{20000000000, "353130"}}) {
    EXPECT_EQ(totp_code(kSecret, at(seconds)), code) << seconds;
    EXPECT_EQ(totp_step(kSecret, code, at(seconds), -1), seconds / 30);
  }
}

TEST(Totp, TakesOneStepAroundAndEachCodeOnce) {
  auto code = totp_code(kSecret, at(3000));
  EXPECT_EQ(totp_step(kSecret, code, at(3000 + 30), -1), 100);
  EXPECT_EQ(totp_step(kSecret, code, at(3000 - 30), -1), 100);
  EXPECT_EQ(totp_step(kSecret, code, at(3000 + 60), -1), std::nullopt);
  EXPECT_EQ(totp_step(kSecret, code, at(3000 - 31), -1), std::nullopt);
  EXPECT_EQ(totp_step(kSecret, code, at(3000), 99), 100);
  EXPECT_EQ(totp_step(kSecret, code, at(3000), 100), std::nullopt);
}

TEST(Totp, ReadsWhatPeopleType) {
  auto code = totp_code(kSecret, at(3000));
  EXPECT_TRUE(totp_step(kSecret, code.substr(0, 3) + " " + code.substr(3), at(3000), -1));
  for (const char* wrong : {"", "1", "12345", "1234567", "abcdef", "-12345", "١٢٣٤٥٦"})
    EXPECT_FALSE(totp_step(kSecret, wrong, at(3000), -1)) << wrong;
}

TEST(Totp, TheAddressIsWhatAppsRead) {
  EXPECT_EQ(base32("12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  EXPECT_EQ(
      totp_uri(kSecret, "Vedette", "linh@example.org"),
      "otpauth://totp/Vedette:linh%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Vedette");
  EXPECT_NE(new_totp_secret().reveal(), new_totp_secret().reveal());
  EXPECT_EQ(new_totp_secret().reveal().size(), 20U);
}

}  // namespace
}  // namespace vedette::server
