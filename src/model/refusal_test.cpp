#include "model/refusal.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace vedette {
namespace {

TEST(Refusal, IsSaidInTheReadersLanguage) {
  Error error = refuse(ErrorCode::kConflict, "alert.merged", {{"into", "A-7"}}).error();
  EXPECT_EQ(error.code(), ErrorCode::kConflict);
  EXPECT_EQ(error.message(), "this alert was merged into A-7; go there, or unmerge it first");
  EXPECT_EQ(said_in(error, Language::kEnglish), error.message());
  EXPECT_EQ(said_in(error, Language::kVietnamese),
            "cảnh báo này đã được gộp vào A-7; hãy mở cảnh báo đó, hoặc tách ra trước");
}

TEST(Refusal, KeepsItsWordsOnTheWayUp) {
  Result<> inner = refuse(ErrorCode::kNotFound, "account.no_user");
  Result<> outer = fail(std::move(inner).error(), "changing a user");
  EXPECT_EQ(said_in(outer.error(), Language::kVietnamese), "không có người dùng này");
  EXPECT_EQ(outer.error().full(), "changing a user: there is no such user");
}

TEST(Refusal, AnErrorWithoutWordsIsSaidAsItIs) {
  Error error(ErrorCode::kUnavailable, "connect: {refused}");
  EXPECT_EQ(said_in(error, Language::kVietnamese), "connect: {refused}");
}

// refuse(ErrorCode::…, "key"…) and {"error.value.key", …} anywhere in the sources.
TEST(Refusal, EveryKeyThatIsUsedHasItsSentence) {
  auto known = catalogue_keys(Language::kEnglish);
  std::set<std::string> keys(known.begin(), known.end());
  int seen = 0;
  auto look = [&](const std::string& text, std::string_view before, const std::string& prefix) {
    for (auto at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
      auto begin = text.find_first_not_of(" \n", text.find_first_of(",{", at) + 1);
      if (begin == std::string::npos || text[begin] != '"') continue;
      auto end = text.find('"', begin + 1);
      if (text[end - 1] == '.' || text.substr(end + 1, 2) == " +") continue;  // completed at run time
      auto key = text.substr(begin + 1, end - begin - 1);
      ++seen;
      EXPECT_TRUE(keys.contains(prefix + key)) << prefix << key;
    }
  };
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(VEDETTE_SOURCE_DIR) / "src")) {
    auto name = file.path().filename().string();
    if (!name.ends_with(".cpp") || name.ends_with("_test.cpp")) continue;
    std::stringstream text;
    text << std::ifstream(file.path()).rdbuf();
    look(text.str(), "refuse(ErrorCode::", "error.");
    for (const char* group : {"{\"error.value.", "{\"error.request.", "{\"error.title.", "{\"error.import."})
      look(text.str(), group, "");
  }
  EXPECT_GT(seen, 60);
}

}  // namespace
}  // namespace vedette
