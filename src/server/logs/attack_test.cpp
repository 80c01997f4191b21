#include "server/logs/attack.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace vedette::server {
namespace {
namespace json = boost::json;

TEST(AttackTest, EveryTacticHasTechniques) {
  EXPECT_GT(attack_techniques().size(), 190u);
  std::set<std::string_view> tactics;
  for (const auto& technique : attack_techniques())
    tactics.insert(technique.tactics.begin(), technique.tactics.end());
  EXPECT_EQ(tactics.size(), std::size(kAttackTactics));
}

TEST(AttackTest, CountsSubTechniquesWithTheirTechnique) {
  const auto coverage = attack_coverage_json(
      {{"T1059", {1, 0, 0, 5}}, {"T1059.001", {2, 1, 1, 7}}, {"T9999.001", {1, 0, 0, 0}}});
  const auto& techniques = coverage.at("techniques").as_array();
  const auto found =
      std::ranges::find_if(techniques, [](const auto& one) { return one.at("id").as_string() == "T1059"; });
  ASSERT_NE(found, techniques.end());
  EXPECT_EQ(found->at("rules").to_number<int>(), 3);
  EXPECT_EQ(found->at("off").to_number<int>(), 1);
  EXPECT_EQ(found->at("blind").to_number<int>(), 1);
  EXPECT_EQ(found->at("hits").to_number<int>(), 12);
  EXPECT_EQ(found->at("parts").as_array().size(), 2u);
  ASSERT_EQ(coverage.at("unknown").as_array().size(), 1u) << "what the list does not know is not lost";
  EXPECT_EQ(coverage.at("unknown").as_array()[0].at("id").as_string(), "T9999.001");
}

}  // namespace
}  // namespace vedette::server
