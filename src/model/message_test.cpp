#include "model/message.h"

#include <gtest/gtest.h>

namespace vedette {
namespace {

TEST(Message, BothCataloguesHaveTheSameKeys) {
  EXPECT_EQ(catalogue_keys(Language::kEnglish), catalogue_keys(Language::kVietnamese));
}

TEST(Message, FillsArgumentsAndShowsUnknownKeys) {
  EXPECT_EQ(render({"desk.severity.critical", {}}, Language::kEnglish), "Critical");
  EXPECT_EQ(render({"no.such.key", {{"a", "1"}}}, Language::kVietnamese), "no.such.key a=1");
}

TEST(Message, ShowsTimesInTheReadersOrder) {
  auto time = *parse_rfc3339("2026-02-28T23:59:05.120Z");
  EXPECT_EQ(render_time(time, Language::kEnglish), "2026-02-28 23:59:05 UTC");
  EXPECT_EQ(render_time(time, Language::kVietnamese), "23:59:05 ngày 28/02/2026 (UTC)");
}

TEST(Message, ReadsAcceptLanguage) {
  EXPECT_EQ(language_from("vi-VN,vi;q=0.9,en;q=0.8"), Language::kVietnamese);
  EXPECT_EQ(language_from("fr, en;q=0.8"), Language::kEnglish);
  EXPECT_EQ(language_from(""), Language::kEnglish);
}

}  // namespace
}  // namespace vedette
