#include "base/signature.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace vedette {
namespace {

struct Signature : testing::Test {
  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("signature-" + std::to_string(::getpid()));
};

TEST_F(Signature, FitsItsBytesAndNoOthers) {
  auto key = SigningKey::open(folder / "a").value(), other = SigningKey::open(folder / "b").value();
  auto signature = key.sign("freeze 7");
  EXPECT_TRUE(signature_fits(key.public_key(), "freeze 7", signature));
  EXPECT_FALSE(signature_fits(key.public_key(), "freeze 8", signature));
  EXPECT_FALSE(signature_fits(other.public_key(), "freeze 7", signature));
  EXPECT_FALSE(signature_fits(key.public_key(), "freeze 7", signature.substr(4)));
  EXPECT_FALSE(signature_fits("", "freeze 7", signature));
}

TEST_F(Signature, KeyIsKeptAndForItsOwnerAlone) {
  auto first = SigningKey::open(folder / "a").value();
  EXPECT_EQ(SigningKey::open(folder / "a")->public_key(), first.public_key());
  struct stat status{};
  ASSERT_EQ(::stat((folder / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

// RFC 8032, 7.1, TEST 2.
TEST_F(Signature, IsEd25519) {
  std::ofstream(folder / "rfc") << "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=\n";
  auto key = SigningKey::open(folder / "rfc").value();
  EXPECT_EQ(key.public_key(), "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=");
  EXPECT_EQ(key.sign("\x72"),
            "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA==");
}

TEST_F(Signature, DamagedKeyIsToldByName) {
  std::ofstream(folder / "bad") << "abc\n";
  auto opened = SigningKey::open(folder / "bad");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("bad"), std::string::npos);
}

}  // namespace
}  // namespace vedette
