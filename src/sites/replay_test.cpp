#include "sites/replay.h"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "sites/judge/test_pages.h"

namespace vedette::sites {
namespace {

namespace fs = std::filesystem;

class TempFolder {
 public:
  TempFolder() {
    std::string name = (fs::temp_directory_path() / "vedette-replay-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void write(const fs::path& file, std::string_view text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

TEST(ReplayTest, PrintsALinePerChangeThenTheHostileFilesThenTheSummary) {
  TempFolder folder;
  for (int i = 0; i < 11; ++i) {
    // Fetch 9 repeats fetch 8: no change. Fetch 10 is foreign.
    const std::string body = i == 10 ? test::with(test::ministry(10), "</head>",
                                                  "<script src=\"https://evil.example/x.js\"></script>")
                                     : test::ministry(i == 9 ? 8 : i);
    write(folder.path() / "pages/bo" / ((i < 10 ? "0" : "") + std::to_string(i) + ".html"), body);
  }
  write(folder.path() / "hostile/000.html", "<title>Hacked by Test Crew</title><h1>Hacked by Test Crew</h1>");
  std::ostringstream out, err;
  const int code = run_replay(
      {.folder = folder.path() / "pages", .learn = 8, .against = folder.path() / "hostile", .json = true},
      out, err);
  EXPECT_EQ(code, 0);
  EXPECT_EQ(err.str(), "");
  std::vector<boost::json::object> lines;
  std::istringstream in(out.str());
  for (std::string line; std::getline(in, line);) lines.push_back(boost::json::parse(line).as_object());
  ASSERT_EQ(lines.size(), 4u) << out.str();
  EXPECT_EQ(lines[0]["verdict"], "ok");
  EXPECT_EQ(lines[0]["from"], "07.html");
  EXPECT_EQ(lines[1]["verdict"], "warn");
  EXPECT_EQ(lines[1]["findings"].as_array()[0].as_object()["kind"], "foreign_script");
  EXPECT_EQ(lines[2]["verdict"], "critical");
  EXPECT_EQ(lines[3], (boost::json::object{{"changes", 2},
                                           {"critical", 0},
                                           {"warn", 1},
                                           {"against", 1},
                                           {"caught", 1},
                                           {"named_hostile", 1}}));
}

TEST(ReplayTest, SaysWhichFolderItCannotRead) {
  std::ostringstream out, err;
  EXPECT_EQ(run_replay({.folder = "/nonexistent", .against = {}}, out, err), 2);
  EXPECT_NE(err.str().find("/nonexistent"), std::string::npos);
}

TEST(ReplayTest, ThePagesOwnAddressIsReadFromIt) {
  EXPECT_EQ(own_url("<link rel=canonical href=\"https://a.example/x\"><a href=\"https://b.example/\">b</a>"),
            "https://a.example/");
  EXPECT_EQ(own_url("<a href=\"https://b.example/1\">b</a><a href=\"https://b.example/2\">b</a><a "
                    "href=\"https://c.example/\">c</a>"),
            "https://b.example/");
  EXPECT_EQ(own_url("nothing"), "https://page.invalid/");
}

// A fixed quarter of the recorded pages against all defaced ones: bounds below what
// docs/measurements/sites.md reports.
TEST(ReplayTest, RecordedPagesKeepTheReachedRates) {
  const char* shared = std::getenv("VEDETTE_SHARED");
  const fs::path corpora =
      fs::path(shared != nullptr ? shared : VEDETTE_SOURCE_DIR "/../shared") / "corpora/sites";
  if (!fs::exists(corpora / "benign.tar.zst"))
    GTEST_SKIP() << "no recorded pages in " << corpora << "; set VEDETTE_SHARED";
  TempFolder folder;
  for (const char* archive : {"benign", "defaced-2025-02"}) {
    const std::string command = "zstd -dc --long=27 '" + (corpora / archive).string() +
                                ".tar.zst' | tar x -C '" + folder.path().string() + "'";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  const auto pages = list_recording(folder.path() / "benign");
  ASSERT_TRUE(pages.has_value());
  fs::create_directory(folder.path() / "some");
  for (std::size_t i = 0; i < pages->size(); i += 4)
    fs::rename(folder.path() / "benign" / (*pages)[i].name, folder.path() / "some" / (*pages)[i].name);
  const auto summary =
      replay({.folder = folder.path() / "some", .learn = 8, .against = folder.path() / "defaced"},
             [](const ReplayStep&) {});
  ASSERT_TRUE(summary.has_value());
  EXPECT_GE(summary->changes, 80u);
  EXPECT_EQ(summary->critical, 0u);
  EXPECT_LE(summary->warn, 1u);
  EXPECT_EQ(summary->caught, summary->against);
  EXPECT_GE(summary->named_hostile * 100, summary->against * 90);
}

}  // namespace
}  // namespace vedette::sites
