#include "base/text/fold.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

TEST(Fold, LowersAndStripsDiacritics) {
  EXPECT_EQ(fold_text("  Đã Bị  TẤN CÔNG bởi\tNhóm "), "da bi tan cong boi nhom");
  EXPECT_EQ(fold_text("Straße ÉCOLE Łódź Ørsted ıI"), "strasse ecole lodz orsted ii");
  EXPECT_EQ(fold_text("nhà cái uy tín"), fold_text("nha\xCC\x80 ca\xCC\x81i uy ti\xCC\x81n"));  // NFC and NFD
}

TEST(Fold, UnifiesCompatibilityForms) {
  EXPECT_EQ(fold_text("Ｈａｃｋｅｄ ﬁx ①"), "hacked fix 1");
  EXPECT_EQ(fold_text("𝓗𝓪𝓬𝓴𝓮𝓭 𝐁𝐲"), "hacked by");
  EXPECT_EQ(fold_text("ʜᴀᴄᴋᴇᴅ 🅷🅰🅲🅺"), "hacked hack");
  EXPECT_GT(fold("𝓗𝓪𝓬𝓴𝓮𝓭").homoglyphs, 0u);
}

TEST(Fold, UndoesHomoglyphsOnlyInWordsThatMixScripts) {
  const Folded mixed = fold("Hаckеd by Тeam привет");  // Cyrillic а, е, Т
  EXPECT_EQ(mixed.text, "hacked by team привет");
  EXPECT_EQ(mixed.homoglyphs, 3u);
  EXPECT_EQ(fold("Сайт взломан командой").text, "саит взломан командои");
  EXPECT_EQ(fold("Сайт взломан").homoglyphs, 0u);
  EXPECT_EQ(fold_text("сосо"), "coco") << "a text of nothing but lookalikes is Latin";
  EXPECT_EQ(fold_text("Ηaϲked"), fold_text("Haϲked")) << "Greek capital eta is an H";
}

TEST(Fold, UndoesLeetInWordsOnly) {
  EXPECT_EQ(fold_text("H4ck3d by T34m 0wn3d pwn3d h@cked v!agra"),
            "hacked by team owned pwned hacked viagra");
  EXPECT_EQ(fold_text("2024 1,500 $30 4 100%"), "2024 1,500 $30 4 100%");
  EXPECT_EQ(fold_text("hacked! wow!!"), "hacked! wow!!");
  EXPECT_EQ(fold("de1ete").alternative, "delete");
  EXPECT_EQ(fold("plain").alternative, "");
  FoldOptions options;
  options.leet = false;
  EXPECT_EQ(fold("h4ck", options).text, "h4ck");
}

TEST(Fold, RemovesInvisibleCharacters) {
  const Folded folded = fold("ha\u200Bck\u00ADed\u202E \uFEFFby");
  EXPECT_EQ(folded.text, "hacked by");
  EXPECT_EQ(folded.zero_width, 3u);
}

TEST(Fold, JoinsSpeltOutWords) {
  EXPECT_EQ(fold("H.a.c.k.e.d by me").joined, "hacked by me");
  EXPECT_EQ(fold("h a c k e d   b y   x").joined, "hacked by x");
  EXPECT_EQ(fold("H_4_C_K_3_D").joined, "hacked");
  EXPECT_EQ(fold("the U.S. and J. R. R. Tolkien").joined, "");
  EXPECT_EQ(fold("a word like any other").joined, "");
}

TEST(Fold, RepairsDoublyEncodedVietnamese) {
  const Folded folded = fold("Ä‘á»™c quyá»n bá»Ÿi");
  EXPECT_EQ(folded.text.substr(0, 3), "doc");
  EXPECT_GT(folded.repaired, 2u);
  EXPECT_EQ(fold("«CASÓ»").repaired, 0u);
  EXPECT_EQ(fold("Độc quyền bởi").repaired, 0u);
}

TEST(Fold, TakesAnyBytesAndStaysWithinItsLimits) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (int i = 255; i >= 0; --i) (bytes += static_cast<char>(i)) += '\xF0';
  const Folded folded = fold(bytes);
  EXPECT_FALSE(folded.text.empty());
  FoldOptions options;
  options.bytes_max = 5;
  EXPECT_EQ(fold("tấn công", options).text, "tan");
  EXPECT_TRUE(fold("tấn công", options).cut);
  std::string ligatures;
  for (int i = 0; i < 1000; ++i) ligatures += "ﷺ";  // eighteen code points each
  EXPECT_LT(fold(ligatures).text.size(), ligatures.size() * 12);
}

TEST(Fold, IsStableWhenAppliedAgain) {
  for (const char* text :
       {"H4ck3d by T34m", "Đã bị tấn công", "Сайт взломан", "博彩 スロット", "เว็บพนัน", "هک شده توسط"}) {
    const std::string once = fold_text(text);
    EXPECT_EQ(fold_text(once), once);
  }
}

}  // namespace
}  // namespace vedette
