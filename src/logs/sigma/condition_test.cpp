#include "logs/sigma/condition.h"

#include <gtest/gtest.h>

namespace vedette::logs::sigma {
namespace {

std::string refused(const std::string& text) {
  Detections detections;
  detections["a"] = detections["b"] = Expression{.kind = Expression::Kind::kPredicate};
  auto parsed = parse_condition(text, detections);
  return parsed ? "" : parsed.error();
}

TEST(ConditionTest, RefusesWhatIsNone) {
  EXPECT_EQ(refused("a AND NOT b"), "");
  EXPECT_EQ(refused(""), "an empty condition");
  EXPECT_EQ(refused("(a"), "a parenthesis that is not closed");
  EXPECT_EQ(refused("a)"), "\")\" is not expected there");
  EXPECT_EQ(refused("a b"), "\"b\" is not expected there");
  EXPECT_EQ(refused("a and"), "the condition ends too early");
  EXPECT_EQ(refused("and a"), "\"and\" is not expected there");
  EXPECT_EQ(refused("2 of them"), "\"2 of\": only 1, any and all are Sigma");
  EXPECT_EQ(refused("1 of"), "\"of\" what?");
  EXPECT_EQ(refused("1 of c*"), "no detection is called \"c*\"");
}

TEST(ConditionTest, KeepsItsBounds) {
  EXPECT_NE(refused(std::string(100, '(') + "a").find("nested deeper"), std::string::npos);
  std::string nots;
  for (int i = 0; i < 100; ++i) nots += "not ";
  EXPECT_NE(refused(nots + "a").find("nested deeper"), std::string::npos);
  EXPECT_NE(refused(std::string(kConditionBytesMax + 1, 'a')).find("longer"), std::string::npos);
  Detections heavy;
  heavy["a"].of.resize(150'000);
  EXPECT_FALSE(parse_condition("a or a", heavy).has_value());
}

TEST(ConditionTest, MatchesNames) {
  EXPECT_TRUE(name_matches("sel*", "selection"));
  EXPECT_TRUE(name_matches("*_x*", "a_x"));
  EXPECT_FALSE(name_matches("sel", "selection"));
  EXPECT_FALSE(name_matches("*b", "abc"));
  EXPECT_TRUE(name_matches("**", ""));
}

}  // namespace
}  // namespace vedette::logs::sigma
