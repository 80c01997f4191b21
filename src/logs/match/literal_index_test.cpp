#include "logs/match/literal_index.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "logs/match/value_text.h"

namespace vedette::logs::match {
namespace {

using Where = Literal::Where;

bool has(std::string_view text, const Literal& literal) {
  switch (literal.where) {
    case Where::kEquals:
      return text == literal.text;
    case Where::kBegins:
      return text.starts_with(literal.text);
    case Where::kEnds:
      return text.ends_with(literal.text);
    default:
      return text.find(literal.text) != std::string_view::npos;
  }
}

void expect_right(const std::vector<Literal>& literals, const LiteralIndex& index, std::string_view text) {
  Arena arena;
  std::set<std::uint32_t> found;
  index.search(folded_text(text, false, arena), [&](std::uint32_t number) { found.insert(number); });
  for (std::uint32_t i = 0; i < literals.size(); ++i)
    ASSERT_EQ(found.contains(i), has(text, literals[i]))
        << '"' << text << "\" and \"" << literals[i].text << "\", " << static_cast<int>(literals[i].where);
}

TEST(LiteralIndexTest, FindsPathsAndNames) {
  const std::vector<Literal> literals = {{Where::kEnds, "\\cmd.exe"},
                                         {Where::kEnds, "\\system32\\cmd.exe"},
                                         {Where::kEnds, "cmd.exe"},
                                         {Where::kEnds, ".exe"},
                                         {Where::kEnds, "\\"},
                                         {Where::kBegins, "c:\\"},
                                         {Where::kBegins, "c:\\windows\\"},
                                         {Where::kBegins, "c:\\windows\\temp"},
                                         {Where::kEquals, ""},
                                         {Where::kEquals, "c:\\"},
                                         {Where::kContains, "windows"},
                                         {Where::kContains, "dows\\sys"},
                                         {Where::kContains, "m3"},
                                         {Where::kContains, "cmd"},
                                         {Where::kContains, "\\"},
                                         {Where::kBegins, "c:\\windowsnot"},
                                         {Where::kEnds, ""},
                                         {Where::kBegins, ""}};
  const auto index = LiteralIndex::build(literals);
  for (const auto* text : {"c:\\windows\\system32\\cmd.exe", "cmd.exe", "\\cmd.exe", "c:\\", "", "x", "m3",
                           "c:\\windows\\x\\", "acmd.exe", "d:/cmd.exe", "c:\\windows\\tempest"})
    expect_right(literals, index, text);
}

// Few different bytes, so that much overlaps.
TEST(LiteralIndexTest, FindsWhatPlainSearchFinds) {
  std::mt19937 random(3);
  const auto text = [&](std::size_t most) {
    std::string out;
    for (auto n = random() % (most + 1); n > 0; --n) out += "ab\\.0"[random() % 5];
    return out;
  };
  for (int round = 0; round < 300; ++round) {
    std::set<Literal> literals;
    for (auto n = random() % 60; n > 0; --n) {
      Literal literal{static_cast<Where>(random() % 4), text(7)};
      if (literal.where != Where::kContains || !literal.text.empty()) literals.insert(std::move(literal));
    }
    const std::vector<Literal> list(literals.begin(), literals.end());
    const auto index = LiteralIndex::build(list);
    for (int i = 0; i < 50; ++i) expect_right(list, index, text(20));
  }
}

}  // namespace
}  // namespace vedette::logs::match
