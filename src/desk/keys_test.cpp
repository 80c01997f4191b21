#include "desk/keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "store/temporary_folder.h"

namespace vedette::desk {
namespace {

struct KeysTest : testing::Test {
  store::TemporaryFolder folder;
  std::filesystem::path file = folder / "state.db.key";
};

TEST_F(KeysTest, IsMadeOnceForTheOwnerAlone) {
  auto first = Keys::load(file), second = Keys::load(file);
  ASSERT_TRUE(first && second);
  struct stat state{};
  ASSERT_EQ(::stat(file.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777, 0600u);
  EXPECT_EQ(first->link_token("n"), second->link_token("n"));
  EXPECT_NE(first->link_token("n"), first->link_token("m"));
  EXPECT_EQ(second->open(first->seal("bí mật"))->reveal(), "bí mật");
}

TEST_F(KeysTest, ASealedTextOpensOnlyWithItsKeyAndUnchanged) {
  auto keys = *Keys::load(file), other = *Keys::load(folder / "other.key");
  auto sealed = keys.seal("secret");
  EXPECT_NE(sealed, keys.seal("secret")) << "a fresh nonce each time";
  EXPECT_EQ(other.open(sealed).error().code(), ErrorCode::kCorrupt);
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  EXPECT_FALSE(keys.open(sealed));
  EXPECT_FALSE(keys.open(""));
}

TEST_F(KeysTest, AKeyThatOthersMayReadIsRefused) {
  ASSERT_TRUE(Keys::load(file));
  ::chmod(file.c_str(), 0644);
  EXPECT_EQ(Keys::load(file).error().code(), ErrorCode::kInvalid);
  ::chmod(file.c_str(), 0600);
  std::ofstream(file, std::ios::trunc) << "short";
  EXPECT_EQ(Keys::load(file).error().code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace vedette::desk
