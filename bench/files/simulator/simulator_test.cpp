// The simulator must refuse before it is useful: what it may touch, and which bytes a pattern takes.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "simulator/patterns.h"
#include "simulator/regions.h"
#include "simulator/sandbox.h"

namespace vedette::simulator {
namespace {
namespace fs = std::filesystem;

class Sandbox : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/vedette-simulator-test-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  void mark(const std::string& text) { std::ofstream(folder_ + "/" + kMarker) << text; }
  void put(const std::string& name, const std::string& text) { std::ofstream(folder_ + "/" + name) << text; }

  std::string folder_, why_;
};

TEST_F(Sandbox, RefusesWithoutItsMarker) {
  EXPECT_FALSE(open_sandbox(folder_, why_));
  mark("");
  EXPECT_FALSE(open_sandbox(folder_, why_));
  mark(marker_text("/tmp/another"));
  EXPECT_FALSE(open_sandbox(folder_, why_));
  mark(marker_text(folder_));
  EXPECT_EQ(open_sandbox(folder_, why_), folder_);
  EXPECT_EQ(open_sandbox(folder_ + "/./", why_), folder_);
}

TEST_F(Sandbox, RefusesAMarkerThatIsALink) {
  put("text", marker_text(folder_));
  fs::create_symlink(folder_ + "/text", folder_ + "/" + kMarker);
  EXPECT_FALSE(open_sandbox(folder_, why_));
}

TEST_F(Sandbox, RefusesWhatIsNotTemporary) {
  for (const char* folder : {"/", "/home", "/etc", "/tmp", "/nonexistent"})
    EXPECT_FALSE(open_sandbox(folder, why_));
  // A link below /tmp leads out of it.
  fs::create_directory_symlink("/etc", folder_ + "/out");
  EXPECT_FALSE(open_sandbox(folder_ + "/out", why_));
}

TEST_F(Sandbox, FollowsNoLinksAndLeavesHiddenAndEmptyFiles) {
  mark(marker_text(folder_));
  put("a.txt", "a");
  put(".hidden", "b");
  put("empty", "");
  fs::create_symlink("/etc/passwd", folder_ + "/link");
  fs::create_directory_symlink("/etc", folder_ + "/folder");
  EXPECT_EQ(files_below(folder_, 100), std::vector<std::string>{folder_ + "/a.txt"});
}

TEST_F(Sandbox, EveryPatternChangesTheFileThatItIsGivenAndNoOther) {
  const std::string text(50'000, 'x');
  const Cipher cipher{false, std::string(32, 'k'), ".ending"};
  for (const Pattern& pattern : patterns()) {
    if (pattern.shell) continue;
    put("file", text);
    put("other", text);
    const bool done = pattern.run(folder_ + "/file", cipher);
    // io_uring may be forbidden where this runs.
    if (!done && pattern.name == "io_uring") continue;
    ASSERT_TRUE(done) << pattern.name;
    const auto content = [&](const std::string& name) {
      std::ifstream in(folder_ + "/" + name, std::ios::binary);
      return std::string(std::istreambuf_iterator<char>(in), {});
    };
    EXPECT_NE(content("file"), text) << pattern.name;
    EXPECT_EQ(content("other"), text) << pattern.name;
    for (const auto& entry : fs::directory_iterator(folder_)) fs::remove(entry.path());
  }
}

TEST(Regions, LieInTheFileInOrderAndTakeWhatTheirNameSays) {
  struct Row {
    std::vector<Region> (*regions)(std::uint64_t);
    double low, high;  // share of a large file
  };
  const Row rows[] = {{whole, 1, 1},
                      {first_4k, 0, 0.01},
                      {head, 0.04, 0.26},
                      {skip_64_128, 0.33, 0.34},
                      {skip_64_192, 0.25, 0.26},
                      {every_other_16, 0.5, 0.51},
                      {middle_5_percent, 0.049, 0.051},
                      {megabyte_steps, 0.25, 0.27},
                      {percent_20, 0.2, 0.21},
                      {three_fragments, 0.24, 0.26}};
  for (const Row& row : rows) {
    for (const std::uint64_t size : {1ULL, 15ULL, 33ULL, 4096ULL, 50'001ULL, 20'000'000ULL}) {
      std::uint64_t end = 0, taken = 0;
      for (const Region& region : row.regions(size)) {
        EXPECT_GE(region.from, end);
        EXPECT_GT(region.size, 0U);
        end = region.from + region.size;
        taken += region.size;
      }
      EXPECT_LE(end, size);
      if (size < 1'000'000) continue;
      EXPECT_GE(static_cast<double>(taken), row.low * static_cast<double>(size));
      EXPECT_LE(static_cast<double>(taken), row.high * static_cast<double>(size));
    }
  }
}

}  // namespace
}  // namespace vedette::simulator
