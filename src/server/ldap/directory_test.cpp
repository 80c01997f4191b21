#include "server/ldap/directory.h"

#include <gtest/gtest.h>

#include "server/config/config_reader.h"

namespace vedette::server {
namespace {

TEST(LdapFilter, WhatSomebodyTypesStaysAValue) {
  EXPECT_EQ(escaped_in_filter("linh"), "linh");
  EXPECT_EQ(escaped_in_filter("*"), "\\2a");
  EXPECT_EQ(escaped_in_filter("a)(uid=*"), "a\\29\\28uid=\\2a");
  EXPECT_EQ(escaped_in_filter(std::string_view("\\\0", 2)), "\\5c\\00");
  EXPECT_EQ(escaped_in_filter("Đ"), "\\c4\\90");
  EXPECT_EQ(filled_filter("(|(uid={username})(mail={username}))", "username", "x*"),
            "(|(uid=x\\2a)(mail=x\\2a))");
  EXPECT_EQ(filled_filter("(member={dn})", "dn", "cn=A (B),o=c"), "(member=cn=A \\28B\\29,o=c)");
  EXPECT_EQ(filled_filter("(uid={username})", "username", "{username}"), "(uid={username})") << "put in once";
}

TEST(LdapFilter, NamesAreComparedAsTheDirectoryDoes) {
  EXPECT_EQ(comparable_dn("CN=SOC, OU=Groups,DC=example,DC=org"),
            comparable_dn("cn=soc,ou=groups,dc=Example,dc=org"));
  EXPECT_NE(comparable_dn("cn=soc,dc=example"), comparable_dn("cn=soc,dc=other"));
  EXPECT_EQ(comparable_dn("No DN"), "no dn");
}

TEST(LdapDirectory, WithoutAPasswordNobodyIsAsked) {
  auto config = std::make_shared<Config>(default_config());
  config->ldap_url = "ldap://127.0.0.1:1";  // would be kUnavailable
  LdapDirectory directory([config] { return config; });
  EXPECT_EQ(directory.sign_in("linh", "").error().code(), ErrorCode::kUnauthorized);
  EXPECT_EQ(directory.sign_in("linh", std::string(1, '\0')).error().code(), ErrorCode::kUnauthorized);
  EXPECT_EQ(directory.sign_in("linh", "x").error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace vedette::server
