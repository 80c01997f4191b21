#include "files/judge/byte_statistics.h"

#include <gtest/gtest.h>

#include "files/judge/test_files.h"

namespace vedette::files {
namespace {

ByteStatistics of(std::string_view bytes) {
  ByteStatistics out;
  out.add(bytes);
  return out;
}

TEST(ByteStatistics, RandomBytesAreUniformAtEverySize) {
  for (const std::size_t size : {24u, 64u, 256u, 511u, 512u, 4096u, 100'000u}) {
    int uniform = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed)
      uniform += of(test_files::random_bytes(size, seed)).uniform() ? 1 : 0;
    EXPECT_GE(uniform, 199) << size;
  }
}

TEST(ByteStatistics, TextAndItsCompressionAreNot) {
  EXPECT_FALSE(of(test_files::words(30)).uniform());
  EXPECT_FALSE(of(test_files::words(4000)).uniform());
  EXPECT_FALSE(of(test_files::deflated(test_files::words(400'000), 15)).uniform());
  EXPECT_FALSE(of(std::string(4096, '\0')).uniform());
  EXPECT_FALSE(of(test_files::random_bytes(23)).uniform()) << "too few to say";
}

TEST(ByteStatistics, EntropyAndChi2OfKnownBytes) {
  std::string each;
  for (int i = 0; i < 256; ++i) each += static_cast<char>(i);
  EXPECT_DOUBLE_EQ(of(each).entropy(), 8);
  EXPECT_DOUBLE_EQ(of(each).chi2(), 0);
  EXPECT_DOUBLE_EQ(of(std::string(256, 'a')).entropy(), 0);
  EXPECT_DOUBLE_EQ(of(std::string(256, 'a')).chi2(), 255.0 * 256);  // (256-1)² + 255
}

std::string hexadecimal(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i + 2 < bytes.size(); i += 3) {
    const auto at = [&](std::size_t k) {
      return static_cast<unsigned>(static_cast<unsigned char>(bytes[i + k]));
    };
    const unsigned group = at(0) << 16 | at(1) << 8 | at(2);
    for (int shift = 18; shift >= 0; shift -= 6) out += kDigits[group >> shift & 63];
    if (i % 48 == 45) out += '\n';
  }
  return out;
}

TEST(ByteStatistics, SeesRandomBytesInBase64AndHexadecimal) {
  EXPECT_TRUE(encodes_uniform(base64(test_files::random_bytes(3000))));
  EXPECT_TRUE(encodes_uniform(hexadecimal(test_files::random_bytes(3000))));
  EXPECT_FALSE(encodes_uniform(base64(test_files::words(3000))));
  EXPECT_FALSE(encodes_uniform(hexadecimal(test_files::words(3000))));
  EXPECT_FALSE(encodes_uniform(test_files::words(3000)));
  EXPECT_FALSE(encodes_uniform(std::string(3000, 'a')));
}

}  // namespace
}  // namespace vedette::files
