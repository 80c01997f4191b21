#include "base/text/decode.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

// "encoding/layer: text" of everything found.
std::vector<std::string> all(std::string_view source) {
  std::vector<std::string> out;
  for (const Decoded& one : decode_strings(source).decoded) {
    out.push_back(fmt::format("{}/{}: {}", to_string(one.encoding), one.layer, one.text));
  }
  return out;
}

bool has(std::string_view source, std::string_view wanted) {
  const auto found = all(source);
  return std::ranges::find(found, wanted) != found.end();
}

TEST(Decode, UndoesEachEncoding) {
  EXPECT_TRUE(has(R"(document.write(atob("aGFja2VkIGJ5IG1l")))", "base64/1: hacked by me"));
  EXPECT_TRUE(has(R"(x="\x68\x61\x63\x6b\x65\x64")", "hex_escape/1: hacked"));
  EXPECT_TRUE(has(R"(x="\u0068\u{61}\u0063k\uD83D\uDE00")", "unicode_escape/1: hack😀"));
  EXPECT_TRUE(has("String.fromCharCode(104, 0x61,99 ,107,101,100)", "char_codes/1: hacked"));
  EXPECT_TRUE(has("unescape('%68%61%63%6B %u0062y')", "percent/1: hack by"));
  EXPECT_TRUE(has("decodeURIComponent('%C4%91%E1%BB%99%63')", "percent/1: độc"));
  EXPECT_TRUE(has("&#104;&#x61;&#99;&#107;&lt;", "html_references/1: hack<"));
  EXPECT_TRUE(has("h('6861636b6564206279')", "hex_string/1: hacked by"));
  EXPECT_TRUE(has(R"(a = "ha" + 'ck' + "ed";)", "concatenated/1: hacked"));
  EXPECT_TRUE(has(R"("yb dekcah".split("").reverse().join(""))", "reversed/1: hacked by"));
  EXPECT_TRUE(
      has("<iframe src='data:text/html;base64,PGgxPmhhY2tlZDwvaDE+'>", "data_url/1: <h1>hacked</h1>"));
  EXPECT_TRUE(has("<a href=\"data:text/html,%3Cb%3Ehi\">", "data_url/1: <b>hi"));
}

TEST(Decode, LooksAgainAtWhatItDecoded) {
  // base64 of: eval(unescape("%68%61%63%6b%65%64"))
  const std::string source = R"(eval(atob("ZXZhbCh1bmVzY2FwZSgiJTY4JTYxJTYzJTZiJTY1JTY0Iikp")))";
  EXPECT_TRUE(has(source, "percent/2: hacked"));
  const DecodeResult result = decode_strings(source);
  for (const Decoded& one : result.decoded) EXPECT_EQ(source.substr(one.offset, 4), "ZXZh");
  DecodeLimits limits;
  limits.layers = 1;
  for (const Decoded& one : decode_strings(source, limits).decoded) EXPECT_EQ(one.layer, 1);
}

TEST(Decode, LeavesOrdinaryProgramsAlone) {
  EXPECT_TRUE(all("function getElementsByClassNameOfTheDocument(a,b){return a[0]+b(1,2)}").empty());
  EXPECT_TRUE(
      all("<img src='data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI'>")
          .empty());
  EXPECT_TRUE(
      all("integrity=\"sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC\"").empty());
  EXPECT_TRUE(all("width: 100%; height: 50%").empty());
}

TEST(Decode, IsBounded) {
  DecodeLimits limits;
  limits.results = 3;
  std::string many;
  for (int i = 0; i < 100; ++i) many += "'\\x68\\x61\\x63\\x6b'\n";
  const DecodeResult few = decode_strings(many, limits);
  EXPECT_EQ(few.decoded.size(), 3u);
  EXPECT_TRUE(few.cut);
  limits = {};
  limits.output_bytes = 10;
  EXPECT_TRUE(decode_strings(many, limits).cut);
  limits = {};
  limits.source_bytes = 5;
  EXPECT_TRUE(decode_strings(many, limits).cut);
}

}  // namespace
}  // namespace vedette
