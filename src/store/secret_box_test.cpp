#include "store/secret_box.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "store/temporary_folder.h"

namespace vedette::store {
namespace {

struct SecretBoxTest : testing::Test {
  TemporaryFolder folder;
  std::filesystem::path file = folder / "state.db.key";
};

TEST_F(SecretBoxTest, TheKeyIsMadeOnceForTheOwnerAlone) {
  auto first = load_key_file(file), second = load_key_file(file);
  ASSERT_TRUE(first && second);
  struct stat state{};
  ASSERT_EQ(::stat(file.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777, 0600u);
  SecretBox one(*first, "p"), two(*second, "p");
  EXPECT_EQ(two.open(one.seal("bí mật"))->reveal(), "bí mật");
  EXPECT_EQ(two.open_text(one.seal_text("bí mật"))->reveal(), "bí mật");
  EXPECT_EQ(two.open_text(one.seal_text(""))->reveal(), "");
}

TEST_F(SecretBoxTest, EachPurposeHasItsKey) {
  auto master = *load_key_file(file);
  SecretBox sites(master, "site secrets"), channels(master, "channel secrets");
  EXPECT_EQ(channels.open(sites.seal("x")).error().code(), ErrorCode::kCorrupt);
  auto sealed = sites.seal_text("secret");
  EXPECT_NE(sealed, sites.seal_text("secret")) << "a fresh nonce each time";
  sealed[10] = sealed[10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(sites.open_text(sealed).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(sites.open_text("not base64!").error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(sites.open_text("").error().code(), ErrorCode::kCorrupt);
}

TEST_F(SecretBoxTest, AKeyThatOthersMayReadOrThatIsCutIsRefused) {
  ASSERT_TRUE(load_key_file(file));
  ::chmod(file.c_str(), 0644);
  EXPECT_EQ(load_key_file(file).error().code(), ErrorCode::kInvalid);
  ::chmod(file.c_str(), 0600);
  std::ofstream(file, std::ios::trunc) << "short";
  EXPECT_EQ(load_key_file(file).error().code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace vedette::store
