#include "mail/authentication.h"

#include <gtest/gtest.h>

namespace vedette::mail {
namespace {

TEST(Authentication, IsWhatTheOwnServerWroteOnTop) {
  const auto all =
      authentication_of({"mx.example.org 1; spf=pass smtp.mailfrom=a05.example; "
                         "dkim=fail (bad; dkim=pass) header.d=x; dkim=pass header.d=a05.example; "
                         "dmarc=fail"},
                        "MX.example.org");
  EXPECT_EQ(all, (Authentication{"pass", "pass", "fail"}));
}

TEST(Authentication, WhatASenderWroteCountsForNothing) {
  const std::string forged = "mx.example.org; dkim=pass; spf=pass";
  EXPECT_FALSE(authentication_of({forged}, "").said()) << "no server is named";
  EXPECT_FALSE(authentication_of({"evil.example; dkim=pass"}, "mx.example.org").said());
  EXPECT_FALSE(authentication_of({"mx.example.org.evil.example; dkim=pass"}, "mx.example.org").said());
  EXPECT_EQ(authentication_of({"mx.example.org; dkim=fail", forged}, "mx.example.org").dkim, "fail");
  EXPECT_EQ(authentication_of({"other.example; none", forged}, "mx.example.org").dkim, "")
      << "below another server's";
  EXPECT_FALSE(authentication_of({"mx.example.org; x=\"; dkim=pass\""}, "mx.example.org").said());
  EXPECT_FALSE(authentication_of({"mx.example.org; dkim=splendid"}, "mx.example.org").said());
  EXPECT_FALSE(authentication_of({}, "mx.example.org").said());
}

}  // namespace
}  // namespace vedette::mail
