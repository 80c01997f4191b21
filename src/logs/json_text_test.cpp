#include "logs/json_text.h"

#include <gtest/gtest.h>

namespace vedette::logs {
namespace {

std::string unescaped(std::string_view text) {
  std::string out;
  unescape_json(text, out);
  return out;
}

TEST(JsonTextTest, KnowsEveryEscapeOfJson) {
  EXPECT_EQ(unescaped(R"(C:\\Windows\\\"x\" \/ \b\f\n\r\t)"), "C:\\Windows\\\"x\" / \b\f\n\r\t");
  EXPECT_EQ(unescaped(R"(\u0041\u00e9\u0110\u20AC\u0000.)"), std::string("Aé\u0110€\0.", 10));
  EXPECT_EQ(unescaped(R"(\uD83D\ude00)"), "\U0001F600");
}

TEST(JsonTextTest, LosesNothingOfWhatIsNoEscape) {
  EXPECT_EQ(unescaped(R"(\x41 \u12 \u12g4 \)"), R"(\x41 \u12 \u12g4 \)");
  EXPECT_EQ(unescaped(R"(\uD83D \uDE00\uD83D\u0041\uD83D)"), "\uFFFD \uFFFD\uFFFDA\uFFFD");
  EXPECT_EQ(unescaped("plain \xff"), "plain \xff");
}

}  // namespace
}  // namespace vedette::logs
