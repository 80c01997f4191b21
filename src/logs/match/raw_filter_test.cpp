#include "logs/match/raw_filter.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text/utf8.h"
#include "logs/case_fold.h"
#include "logs/match/value_text.h"

namespace vedette::logs::match {
namespace {

std::vector<Literal> of(const std::vector<std::string>& texts) {
  std::vector<Literal> out;
  for (const auto& text : texts) out.push_back({Literal::Where::kContains, text});
  return out;
}

TEST(RawFilterTest, SaysNoOnlyWhereNothingCanBe) {
  const auto filter = RawFilter::build(of({"mimikatz", "\\eo.oe.kiwi", "sekurlsa::"}));
  if (!filter) GTEST_SKIP() << "no AVX2 here";
  EXPECT_FALSE(filter->may_have(""));
  EXPECT_FALSE(filter->may_have(R"({"Image":"C:\\Users\\user32.dll","a":"mimikat"})"));
  EXPECT_TRUE(filter->may_have(R"({"Image":"C:\\MimiKatz.exe"})"));
  EXPECT_TRUE(filter->may_have("mimikatz"));
  EXPECT_TRUE(filter->may_have(std::string(1000, 'x') + "SEKURLSA::"));
  EXPECT_TRUE(filter->may_have(R"(\u006dimikatz)")) << "an escape may hide anything";
  EXPECT_FALSE(filter->may_have(R"(\\u006dimikatx)")) << "a backslash and a u";
  EXPECT_TRUE(filter->may_have(R"(\\\u006dimikatz)"));
  EXPECT_TRUE(filter->may_have("sea \u212A")) << "beyond ASCII: the Kelvin sign is a k";
}

TEST(RawFilterTest, TellsPlacesWithinTheValuesThatHaveThem) {
  const auto filter = RawFilter::build(of({"mimikatz", "sekurlsa::"}));
  if (!filter) GTEST_SKIP() << "no AVX2 here";
  std::vector<std::uint32_t> places{7};
  EXPECT_TRUE(filter->places("nothing", places));
  EXPECT_TRUE(places.empty());
  const std::string raw = R"({"a":"MimiKatz","b":"plain","c":"sekurlsa::"})";
  EXPECT_TRUE(filter->places(raw, places));
  ASSERT_EQ(places.size(), 2);
  for (const auto& [place, text] : {std::pair(places[0], "MimiKatz"), {places[1], "sekurlsa::"}}) {
    EXPECT_GE(place, raw.find(text));
    EXPECT_LT(place, raw.find(text) + std::string_view(text).size());
  }
  EXPECT_FALSE(filter->places(R"(\u006dimikatz)", places)) << "an escape may hide anything";
  std::string many;
  for (std::size_t i = 0; i <= RawFilter::kPlacesMax; ++i) many += "mimikatz ";
  EXPECT_FALSE(filter->places(many, places));
}

TEST(RawFilterTest, KnowsAllLettersThatFoldToAscii) {
  const auto filter = RawFilter::build(of({"mimikatz"}));
  for (std::uint32_t code = 0x80; code <= 0x10FFFF; ++code) {
    if (code >= 0xD800 && code <= 0xDFFF) continue;
    std::string letter;
    append_utf8(letter, code);
    const auto folded = fold_case(letter);
    const bool to_ascii =
        std::ranges::any_of(folded, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    ASSERT_EQ(to_ascii, code == 0x17F || code == 0x212A) << code;
    if (filter && (to_ascii || code < 0x400 || code % 97 == 0)) {
      ASSERT_EQ(filter->may_have("{\"a\":\"mi" + letter + "atz\"}"), to_ascii) << code;
    }
  }
}

TEST(RawFilterTest, NeedsARunOfEachLiteral) {
  EXPECT_FALSE(RawFilter::build(of({"mimikatz", "a\\b"})));
  EXPECT_FALSE(RawFilter::build(
      std::vector<Literal>(RawFilter::kLiteralsMax + 1, {Literal::Where::kContains, "abcd"})));
}

TEST(RawFilterTest, NeverHidesWhatTheIndexFinds) {
  std::mt19937 random(5);
  const auto text = [&](std::size_t most) {
    std::string out;
    for (auto n = random() % (most + 1); n > 0; --n) out += "abcABC:\\"[random() % 8];
    return out;
  };
  int no = 0, found = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<Literal> literals;
    for (auto n = 1 + random() % 12; n > 0; --n)
      literals.push_back(
          {static_cast<Literal::Where>(random() % 4), text(4) + "abcabc"[random() % 3] + "cab"});
    std::ranges::sort(literals);
    literals.erase(std::ranges::unique(literals).begin(), literals.end());
    for (auto& literal : literals)
      for (char& c : literal.text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    std::ranges::sort(literals);
    literals.erase(std::ranges::unique(literals).begin(), literals.end());
    const auto filter = RawFilter::build(literals);
    if (!filter) continue;
    const auto index = LiteralIndex::build(literals);
    for (int i = 0; i < 100; ++i) {
      std::string value = text(i % 2 == 0 ? 8 : 100), raw;
      for (const char c : value) raw += c == '\\' ? "\\\\" : std::string(1, c);
      Arena arena;
      bool there = false;
      index.search(folded_text(raw, true, arena), [&](std::uint32_t) { there = true; });
      const bool maybe = filter->may_have(raw);
      ASSERT_TRUE(maybe || !there) << raw;
      no += maybe ? 0 : 1;
      found += there ? 1 : 0;
    }
  }
  if (RawFilter::build(of({"abcd"}))) {
    EXPECT_GT(no, 1000);
    EXPECT_GT(found, 1000);
  }
}

}  // namespace
}  // namespace vedette::logs::match
