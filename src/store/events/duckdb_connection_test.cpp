#include "store/events/duckdb_connection.h"

#include <gtest/gtest.h>

#include <fstream>

#include "store/temporary_folder.h"

namespace vedette::store {
namespace {

TEST(DuckDbConnectionTest, ReachesNoFileOutsideItsFolder) {
  TemporaryFolder folder;
  auto inside = folder / "inside", outside = folder / "outside.csv";
  std::filesystem::create_directory(inside);
  std::ofstream(outside) << "a,b\n1,2\n";
  std::ofstream(inside / "one.csv") << "a,b\n1,2\n";
  auto database = DuckDbDatabase::open({.path = inside / "x.duckdb", .folder = inside});
  ASSERT_TRUE(database) << database.error().full();
  auto connection = DuckDbConnection::open(**database);
  ASSERT_TRUE(connection);
  auto read = [&](const std::filesystem::path& file) {
    return (*connection)->query("SELECT count(*)::BIGINT FROM read_csv('" + file.string() + "')");
  };
  ASSERT_TRUE(read(inside / "one.csv"));
  EXPECT_FALSE(read(outside));
  EXPECT_FALSE(read(inside / ".." / "outside.csv"));
  EXPECT_FALSE((*connection)->execute("SET enable_external_access=true"));
  EXPECT_FALSE((*connection)->execute("INSTALL httpfs"));
}

TEST(DuckDbConnectionTest, SaysWhenThereAreMoreRowsThanWereAskedFor) {
  TemporaryFolder folder;
  auto database = DuckDbDatabase::open({.path = folder / "x.duckdb", .folder = folder.path()});
  ASSERT_TRUE(database) << database.error().full();
  auto connection = DuckDbConnection::open(**database);
  ASSERT_TRUE(connection);
  EXPECT_EQ((*connection)->query("SELECT range FROM range(10)", {}, 10)->size(), 10u);
  EXPECT_EQ((*connection)->query("SELECT range FROM range(11)", {}, 10).error().code(), ErrorCode::kLimit);
}

TEST(DuckDbConnectionTest, AFileThatIsNoDatabaseIsAnError) {
  TemporaryFolder folder;
  std::ofstream(folder / "x.duckdb") << std::string(8192, 'x');
  auto database = DuckDbDatabase::open({.path = folder / "x.duckdb", .folder = folder.path()});
  ASSERT_FALSE(database);
  EXPECT_NE(database.error().full().find("x.duckdb"), std::string::npos);
}

}  // namespace
}  // namespace vedette::store
