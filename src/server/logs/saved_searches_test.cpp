#include "server/logs/saved_searches.h"

#include <gtest/gtest.h>

#include "desk/desk.h"
#include "server/logs/log_migrations.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace {

struct SavedSearchesTest : testing::Test {
  SavedSearchesTest() {
    std::vector<store::Migration> migrations;
    for (auto family : {desk::desk_migrations(), log_migrations()})
      migrations.insert(migrations.end(), family.begin(), family.end());
    database = store::open_sqlite({.path = folder / "v.db"}, migrations, clock, metrics).value();
    searches.emplace(*database, clock);
  }
  static SavedSearch search(std::string owner, std::string name, bool shared = false) {
    SavedSearch out;
    out.owner = std::move(owner);
    out.name = std::move(name);
    out.query = "q=host%3Dweb-1&range=24h";
    out.shared = shared;
    return out;
  }
  std::vector<std::string> seen_by(const std::string& owner) {
    std::vector<std::string> out;
    const auto all = searches->of(owner).value();
    for (const auto& one : all) out.push_back(one.name);
    return out;
  }

  store::TemporaryFolder folder;
  ManualClock clock;
  Metrics metrics;
  std::unique_ptr<store::Database> database;
  std::optional<SavedSearches> searches;
};
using Names = std::vector<std::string>;

TEST_F(SavedSearchesTest, OnesOwnAndThoseOfAll) {
  ASSERT_TRUE(searches->add(search("lan", "b")));
  ASSERT_TRUE(searches->add(search("lan", "a", true)));
  ASSERT_TRUE(searches->add(search("minh", "c")));
  EXPECT_EQ(seen_by("lan"), (Names{"a", "b"}));
  EXPECT_EQ(seen_by("minh"), (Names{"a", "c"}));
  EXPECT_EQ(searches->add(search("lan", "a")).error().code(), ErrorCode::kConflict);
}

TEST_F(SavedSearchesTest, OnlyItsOwnerChangesOne) {
  auto shared = searches->add(search("lan", "a", true)).value();
  auto mine = searches->add(search("lan", "b")).value();
  auto stolen = shared;
  stolen.owner = "minh";
  EXPECT_EQ(searches->change(stolen).error().code(), ErrorCode::kForbidden);
  stolen.id = mine.id;
  EXPECT_EQ(searches->change(stolen).error().code(), ErrorCode::kNotFound) << "not even that it is there";
  EXPECT_EQ(searches->remove(shared.id, "minh", false).error().code(), ErrorCode::kForbidden);
  EXPECT_EQ(searches->remove(mine.id, "minh", false).error().code(), ErrorCode::kNotFound);
  shared.shared = false;
  shared.name = "z";
  ASSERT_TRUE(searches->change(shared));
  EXPECT_EQ(seen_by("minh"), Names{});
  EXPECT_EQ(seen_by("lan"), (Names{"b", "z"}));
  ASSERT_TRUE(searches->remove(mine.id, "lan", false));
  ASSERT_TRUE(searches->remove(shared.id, "root", true)) << "an administrator removes any";
  EXPECT_EQ(seen_by("lan"), Names{});
}

TEST_F(SavedSearchesTest, AreBounded) {
  for (std::size_t i = 0; i < SavedSearches::kOfOneMax; ++i)
    ASSERT_TRUE(searches->add(search("lan", std::to_string(i))));
  EXPECT_EQ(searches->add(search("lan", "more")).error().code(), ErrorCode::kLimit);
  EXPECT_TRUE(searches->add(search("minh", "more")));
}

}  // namespace
}  // namespace vedette::server
