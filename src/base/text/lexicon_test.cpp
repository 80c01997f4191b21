#include "base/text/lexicon.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/text/fold.h"

namespace vedette {
namespace {

std::vector<std::string> find(const Lexicon& lexicon, std::string_view text) {
  const std::string folded = fold_text(text);
  std::vector<std::string> out;
  for (const LexiconHit& hit : lexicon.find(folded)) {
    out.push_back(hit.entry->phrase + "@" + std::string(folded.substr(hit.offset, hit.length)));
  }
  return out;
}

Result<Lexicon> lexicon_of(std::string_view phrases) {
  const std::string text = fmt::format(
      "[[group]]\ncategory = \"defacement\"\nlanguage = \"en\"\nweight = \"strong\"\nphrases = [{}]\n",
      phrases);
  const std::pair<std::string_view, std::string_view> source{"words.toml", text};
  return Lexicon::parse({&source, 1});
}

// The words as they are shipped.
Lexicon shipped() {
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& entry : std::filesystem::directory_iterator(VEDETTE_SOURCE_DIR "/content/lexicon")) {
    std::stringstream content;
    content << std::ifstream(entry.path()).rdbuf();
    files.emplace_back(entry.path().filename().string(), content.str());
  }
  std::vector<std::pair<std::string_view, std::string_view>> sources(files.begin(), files.end());
  auto lexicon = Lexicon::parse(sources);
  EXPECT_TRUE(lexicon.has_value()) << (lexicon ? "" : lexicon.error().full());
  return *std::move(lexicon);
}

TEST(Lexicon, FindsWholeWordsWhateverStandsBetweenThem) {
  const auto lexicon = lexicon_of(R"("hacked by", "was here", "博彩", "greet~")");
  ASSERT_TRUE(lexicon.has_value());
  EXPECT_EQ(find(*lexicon, "HACKED-BY: x"), (std::vector<std::string>{"hacked by@hacked-by"}));
  EXPECT_EQ(find(*lexicon, "«Hacked   by»"), (std::vector<std::string>{"hacked by@hacked by"}));
  EXPECT_EQ(find(*lexicon, "unhacked by, hacked bye, hackedby"), (std::vector<std::string>{}));
  EXPECT_EQ(find(*lexicon, "澳门博彩公司"), (std::vector<std::string>{"博彩@博彩"}));
  EXPECT_EQ(find(*lexicon, "greetings"), (std::vector<std::string>{"greet~@greet"}));
  EXPECT_EQ(find(*lexicon, "was here"), (std::vector<std::string>{"was here@was here"}));
  EXPECT_EQ(find(*lexicon, ""), (std::vector<std::string>{}));
}

TEST(Lexicon, FindsOverlappingAndNestedPhrases) {
  const auto lexicon = lexicon_of(R"("a b", "b c", "a b c", "b")");
  ASSERT_TRUE(lexicon.has_value());
  EXPECT_EQ(lexicon->find("a b c").size(), 4u);
  EXPECT_EQ(lexicon->find("b b b b", 2).size(), 2u);
}

TEST(Lexicon, LetsOneToThreeWordsStandForAStar) {
  const auto lexicon = lexicon_of(R"("owned by * team", "attacked by *")");
  ASSERT_TRUE(lexicon.has_value());
  EXPECT_EQ(find(*lexicon, "owned by the dark side team").front(),
            "owned by * team@owned by the dark side team");
  EXPECT_TRUE(find(*lexicon, "owned by team").empty());
  EXPECT_TRUE(find(*lexicon, "owned by one two three four team").empty());
  EXPECT_TRUE(find(*lexicon, "team owned by").empty());
  EXPECT_EQ(find(*lexicon, "attacked by x").size(), 1u);
  EXPECT_TRUE(find(*lexicon, "attacked by").empty());
}

TEST(Lexicon, SaysWhereItsFileIsWrong) {
  const auto bad_weight = [] {
    const std::pair<std::string_view, std::string_view> source{
        "w.toml", "\n[[group]]\ncategory=\"a\"\nlanguage=\"b\"\nweight=\"x\"\nphrases=[\"q\"]"};
    return Lexicon::parse({&source, 1});
  }();
  ASSERT_FALSE(bad_weight.has_value());
  EXPECT_EQ(bad_weight.error().message(), "w.toml: line 2: weight must be \"strong\" or \"weak\"");
  EXPECT_FALSE(lexicon_of(R"("* by")").has_value());
  EXPECT_FALSE(lexicon_of(R"("...")").has_value());
  EXPECT_FALSE(lexicon_of(R"("a~b")").has_value());
  EXPECT_FALSE(lexicon_of(R"(5)").has_value());
}

TEST(Lexicon, KnowsTheWordsOfDefacersAndSpammers) {
  const Lexicon lexicon = shipped();
  EXPECT_GT(lexicon.entries().size(), 500u);
  for (const char* text :
       {"H4CK3D BY ABC", "Hаcked by someone", "Trang web đã bị hack bởi nhóm X", "TRANG WEB DA BI HACK",
        "SİTENİZ HACKLENDİ", "تم اختراق الموقع", "Сайт взломан", "Hackeado por x", "ถูกแฮก", "Nhà Cái Uy Tín",
        "slot gacor hari ini", "澳门博彩", "buy viagra now", "TÀI XỈU", "スーパーコピー", "payday loans",
        "এই ওয়েবসাইটটি হ্যাক করেছে"}) {
    EXPECT_TRUE(lexicon.contains(fold_text(text))) << text;
  }
  for (const char* text : {"Our team answers within a day.", "Chính sách bảo mật và điều khoản sử dụng",
                           "Regierung beschließt Haushalt"}) {
    EXPECT_FALSE(lexicon.contains(fold_text(text))) << text;
  }
  for (const LexiconEntry& entry : lexicon.entries()) EXPECT_FALSE(entry.note.empty()) << entry.phrase;
}

}  // namespace
}  // namespace vedette
