#include "files/judge/thresholds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/content.h"

namespace vedette::files {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string with(std::string_view from, std::string_view to) {
  std::string text(content::content_file("files/thresholds.toml"));
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}
std::string problem(const std::string& text) {
  const auto parsed = parse_thresholds(text, "t.toml");
  return parsed ? "accepted" : parsed.error().message();
}

TEST(Thresholds, TheBuiltInOnesAreRight) {
  const Thresholds& t = default_thresholds();
  EXPECT_LT(t.suspicious, t.attack);
  EXPECT_GE(3 * t.became_random, t.attack) << "three files are an attack";
  EXPECT_LT(t.became_random + t.weak_max, t.attack) << "one file never is";
}

TEST(Thresholds, EveryFaultIsNamedWithItsLine) {
  EXPECT_THAT(problem(with("[attack]", "[atack]")),
              AllOf(StartsWith("t.toml:"), HasSubstr("\"atack\" is no threshold")));
  EXPECT_THAT(problem(with("value = 1.0", "value = \"1.0\"")),
              HasSubstr("attack: a number \"value\" is missing"));
  EXPECT_THAT(problem(with("value = 1.0", "value = nan")), HasSubstr("attack: must be finite"));
  EXPECT_THAT(problem(with("value = 1.0", "value = -1")), HasSubstr("attack: must be above 0"));
  EXPECT_THAT(problem(with("value = 1.0", "value = 1.0\nwhy = 2")), HasSubstr("\"why\" is not known here"));
  EXPECT_THAT(problem(with("value = 1.0", "value = 0.3")), HasSubstr("suspicious must be below attack"));
  EXPECT_THAT(problem(with("[spread]\nvalue = 0.03\nreason", "[spread]\nvalue = 0.03\n#")),
              HasSubstr("spread: a reason in words is missing"));
  EXPECT_THAT(problem(with("[attack]", "[attack")), StartsWith("t.toml:"));
  EXPECT_THAT(problem(with("[attack]", "[suspicious]")), StartsWith("t.toml:"));
  EXPECT_THAT(problem(""), HasSubstr("is missing"));
}

}  // namespace
}  // namespace vedette::files
