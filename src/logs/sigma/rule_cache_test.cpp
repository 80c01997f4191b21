#include "logs/sigma/rule_cache.h"

#include <gtest/gtest.h>

#include <fstream>

namespace vedette::logs::sigma {
namespace {

namespace fs = std::filesystem;

class RuleCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("rule_cache_" + std::to_string(::getpid()));
    fs::create_directories(folder_ / "rules");
    write("one");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& title) {
    std::ofstream(folder_ / "rules/a.yml")
        << "title: " << title << "\nlogsource: {product: x}\n"
        << "detection: {s: {F|contains: 'a*b', G|gte: 2.5}, condition: s}\n";
  }
  CachedRules load(const LoadOptions& options = {}, std::span<const RuleText> texts = {}) {
    const std::vector<fs::path> paths = {folder_ / "rules"};
    return load_rules_cached(paths, options, folder_ / "cache", texts);
  }
  fs::path folder_;
};

TEST_F(RuleCacheTest, IsWarmAsLongAsNothingChanged) {
  EXPECT_FALSE(load().warm);
  const auto again = load();
  EXPECT_TRUE(again.warm);
  ASSERT_EQ(again.set.rules.size(), 1u);
  EXPECT_EQ(again.set.rules[0].title, "one");
  EXPECT_EQ(again.set.rules[0].predicates.at(1).number, 2.5);
  fs::last_write_time(folder_ / "rules/a.yml", fs::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_TRUE(load().warm) << "touched, with the same content";
  write("two");
  EXPECT_FALSE(load().warm);
  EXPECT_EQ(load().set.rules[0].title, "two");
  EXPECT_FALSE(load({.placeholders = {{"p", {"1"}}}}).warm) << "other options";
  EXPECT_FALSE(load({.placeholders = {}, .pipelines = default_pipelines()}).warm);
  std::ofstream(folder_ / "rules/b.yml") << "title: b\n";
  EXPECT_FALSE(load().warm) << "another file";
}

TEST_F(RuleCacheTest, RulesThatAreNoFilesBelongToIt) {
  const std::string text = "title: ours\nlogsource: {product: x}\ndetection: {s: {F: b}, condition: s}\n";
  std::vector<RuleText> texts = {{"ours.yml", text}};
  EXPECT_FALSE(load({}, texts).warm);
  const auto again = load({}, texts);
  EXPECT_TRUE(again.warm);
  ASSERT_EQ(again.set.rules.size(), 2u);
  EXPECT_EQ(again.set.rules[1].title, "ours");
  texts[0].bytes.remove_suffix(1);
  EXPECT_FALSE(load({}, texts).warm) << "another text";
  EXPECT_FALSE(load().warm) << "no text";
}

TEST_F(RuleCacheTest, DoesNotTrustADamagedOne) {
  (void)load();
  std::string bytes;
  {
    std::ifstream in(folder_ / "cache", std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  bytes[bytes.size() - 3] ^= 1;
  std::ofstream(folder_ / "cache", std::ios::binary) << bytes;
  EXPECT_FALSE(load().warm);
  std::ofstream(folder_ / "cache", std::ios::binary) << "";
  EXPECT_FALSE(load().warm);
  EXPECT_TRUE(load().warm);
}

// Our own rules hold correlations of all kinds: packed and unpacked they are the same bytes; cut, they are
// nothing.
TEST(RulePackingTest, IsTheSameBothWays) {
  const std::vector<fs::path> paths = {fs::path(VEDETTE_SOURCE_DIR) / "content/rules"};
  const auto set = load_rules(paths, {.placeholders = {}, .pipelines = default_pipelines()});
  const auto packed = pack_rules(set);
  const auto back = unpack_rules(packed);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->correlations.size(), set.correlations.size());
  EXPECT_EQ(pack_rules(*back), packed);
  for (std::size_t size = 0; size < packed.size(); size += 97)
    EXPECT_FALSE(unpack_rules(std::string_view(packed).substr(0, size)).has_value());
}

TEST(RuleCacheSpeed, OfTheRulesOfTheWorld) {
  const char* shared = std::getenv("VEDETTE_SHARED");
  const auto archive = fs::path(shared == nullptr ? "" : shared) / "corpora/logs/sigma-rules.tar.zst";
  if (!fs::exists(archive)) GTEST_SKIP() << "VEDETTE_SHARED names no corpora/logs";
  const auto folder = fs::path(testing::TempDir()) / ("rule_speed_" + std::to_string(::getpid()));
  fs::create_directories(folder / "rules");
  ASSERT_EQ(
      std::system(
          ("zstd -dc --long=27 " + archive.string() + " | tar x -C " + (folder / "rules").string()).c_str()),
      0);
  const std::vector<fs::path> paths = {folder / "rules"};
  const LoadOptions options{.placeholders = {}, .pipelines = default_pipelines()};
  for (bool warm : {false, true, true}) {
    const auto begin = std::chrono::steady_clock::now();
    const auto cpu = std::clock();
    const auto loaded = load_rules_cached(paths, options, folder / "cache");
    const auto ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    EXPECT_EQ(loaded.warm, warm);
    EXPECT_EQ(loaded.set.rules.size(), 3754u);
    std::printf("%s: %.0f ms, %.0f ms CPU\n", warm ? "warm" : "cold, and written", ms,
                1000.0 * static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC);
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace vedette::logs::sigma
