#include "logs/sigma/yaml.h"

#include <gtest/gtest.h>

namespace vedette::logs::sigma {
namespace {

TEST(YamlTest, KeepsLinesQuotesAndOrder) {
  auto read = read_yaml("# note\na: 'null'\nb:\n  - 1\n  - ~\nc: {d: true}\n");
  ASSERT_TRUE(read.has_value());
  const auto& node = read->front();
  ASSERT_EQ(node.keys.size(), 3u);
  EXPECT_EQ(node.keys[0].line, 2u);
  EXPECT_FALSE(node.items[0].null()) << "quoted";
  EXPECT_EQ(node.find("b")->items[1].line, 5u);
  EXPECT_TRUE(node.find("b")->items[1].null());
  EXPECT_EQ(node.find("b")->items[0].number(), 1);
  EXPECT_EQ(node.find("c")->find("d")->boolean(), true);
  EXPECT_EQ(node.find("e"), nullptr);
}

TEST(YamlTest, ReadsSeveralDocuments) {
  auto read = read_yaml("a: 1\n---\na: 2\n");
  ASSERT_TRUE(read.has_value());
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ(read->back().word("a"), "2");
  EXPECT_EQ(read->back().keys[0].line, 3u);
  EXPECT_TRUE(read_yaml("")->empty());
}

void expect_refused(std::string_view bytes, std::uint32_t line, std::string_view reason) {
  auto read = read_yaml(bytes);
  ASSERT_FALSE(read.has_value()) << bytes.substr(0, 80);
  EXPECT_EQ(read.error().line, line) << read.error().reason;
  EXPECT_NE(read.error().reason.find(reason), std::string::npos) << read.error().reason;
}

TEST(YamlTest, RefusesWithLineAndReason) {
  expect_refused("a: 1\nb: 2\na: 3\n", 3, "twice");
  expect_refused("a: &x 1\nb: *x\n", 2, "alias");
  expect_refused("a: 'open\nb: 1\n", 3, "no YAML");
  expect_refused("[a]: 1\n", 1, "as a key");
  std::string deep;
  for (int i = 0; i < 30; ++i) deep += "[";
  expect_refused("a: " + deep, 1, "deeper");
  std::string wide = "a: [";
  for (std::size_t i = 0; i < kYamlNodesMax; ++i) wide += "1,";
  expect_refused(wide + "]", 1, "values");
  expect_refused(std::string(kYamlBytesMax + 1, ' '), 1, "larger");
}

}  // namespace
}  // namespace vedette::logs::sigma
