#include "files/guard/known_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace vedette::files {
namespace {

std::shared_ptr<UniqueFd> pin() {
  return std::make_shared<UniqueFd>(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

TEST(KnownFilesTest, TheLeastRecentlyOpenedGoesFirst) {
  KnownFiles files(2);
  files.opened("a", "/d/a", pin(), {1, 10});
  files.opened("b", "/d/b", pin(), {1, 11});
  EXPECT_EQ(files.opened_again({1, 10}, "reader"), "/d/a");
  files.opened("c", "/d/c", pin(), {1, 12});
  EXPECT_EQ(files.size(), 2u);
  EXPECT_EQ(files.dropped(), 1u);
  EXPECT_NE(files.find("a"), nullptr);
  EXPECT_EQ(files.find("b"), nullptr);
  EXPECT_EQ(files.at("/d/b"), nullptr);
  EXPECT_EQ(files.opened_again({1, 11}, "reader"), std::nullopt)
      << "nothing holds the inode any more: its number may be another's";
}

TEST(KnownFilesTest, AnEarlierPinIsKept) {
  KnownFiles files(8);
  auto first = pin();
  files.opened("a", "/d/a", first, {1, 10});
  EXPECT_EQ(files.opened("a", "/d/a", pin(), {1, 10})->pin, first);
}

TEST(KnownFilesTest, ANameBelongsToWhoHasItNow) {
  KnownFiles files(8);
  files.opened("a", "/d/a", pin(), {1, 10});
  files.opened("b", "/d/b", pin(), {1, 11});
  files.renamed("b", "/d/a");  // over a
  EXPECT_EQ(files.at("/d/a")->id, "b");
  EXPECT_EQ(files.at("/d/b"), nullptr);
  files.removed("a");
  EXPECT_EQ(files.at("/d/a")->id, "b") << "a had lost its name to b before";
  EXPECT_EQ(files.opened_again({1, 11}, ""), "/d/a");
}

TEST(KnownFilesTest, KnowsWhoOpenedItLast) {
  KnownFiles files(8);
  files.opened("a", "/d/a", pin(), {1, 10});
  EXPECT_EQ(files.last_user("a"), "");
  files.used("a", "openssl");
  files.opened_again({1, 10}, "");
  EXPECT_EQ(files.last_user("a"), "openssl") << "nobody that is known opened it since";
  files.opened_again({1, 10}, "rm");
  EXPECT_EQ(files.last_user("a"), "rm");
  EXPECT_EQ(files.last_user("other"), "");
}

TEST(KnownFilesTest, AFileWithoutAPinIsNotFoundByItsInode) {
  KnownFiles files(8);
  files.opened("a", "/d/a", nullptr, {1, 10});
  EXPECT_EQ(files.opened_again({1, 10}, "x"), std::nullopt);
  files.opened("a", "/d/a", pin(), {1, 10});
  EXPECT_EQ(files.opened_again({1, 10}, "x"), "/d/a");
}

}  // namespace
}  // namespace vedette::files
