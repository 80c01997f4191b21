#include <gtest/gtest.h>
#include <toml++/toml.h>

#include <set>

#include "model/content.h"
#include "model/message.h"

namespace vedette::sites {
namespace {

using Texts = std::map<std::string, std::string>;

void flatten(const toml::table& table, const std::string& prefix, Texts& out) {
  for (const auto& [key, node] : table) {
    std::string name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table()) flatten(*inner, name + ".", out);
    if (auto text = node.value<std::string>()) out[name] = *text;
  }
}

Texts texts(std::string_view path) {
  Texts out;
  flatten(toml::parse(content::content_file(path)), "", out);
  return out;
}

std::set<std::string> arguments(const std::string& text) {
  std::set<std::string> out;
  for (std::size_t at = 0; (at = text.find('{', at)) != std::string::npos; ++at) {
    out.insert(text.substr(at, text.find('}', at) - at));
  }
  return out;
}

TEST(WatchTexts, BothLanguagesHaveTheSameKeysAndArguments) {
  auto en = texts("text/en/watch.toml"), vi = texts("text/vi/watch.toml");
  ASSERT_GT(en.size(), 50u);
  EXPECT_EQ(en.size(), vi.size());
  for (const auto& [key, text] : en) {
    ASSERT_TRUE(vi.contains(key)) << key;
    EXPECT_EQ(arguments(text), arguments(vi[key])) << key;
    EXPECT_NE(text, vi[key]) << key;
  }
}

}  // namespace
}  // namespace vedette::sites
