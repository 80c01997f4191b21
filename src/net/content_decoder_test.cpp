#include "net/content_decoder.h"

#include <brotli/encode.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

namespace vedette::net {
namespace {

using Step = ContentDecoder::Step;

std::string page() {
  std::string out = "<html><title>Trang chủ</title>";
  for (int i = 0; i < 20'000; ++i) out += "<p>Đoạn " + std::to_string(i * 7919 % 10'007) + "</p>";
  return out;
}
std::string deflated(const std::string& text, int window) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}
std::string brotli(const std::string& text) {
  std::size_t size = BrotliEncoderMaxCompressedSize(text.size());
  std::string out(size, '\0');
  EXPECT_TRUE(BrotliEncoderCompress(5, 22, BROTLI_MODE_TEXT, text.size(),
                                    reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                                    reinterpret_cast<std::uint8_t*>(out.data())));
  out.resize(size);
  return out;
}
std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

struct Decoded {
  std::string text;
  Step step = Step::kMore;
  bool complete = false;
};
Decoded decode(std::string_view coding, std::string_view bytes, std::size_t piece = 1000) {
  ContentDecoder decoder(coding);
  Decoded out;
  for (std::size_t i = 0; i < bytes.size() && out.step == Step::kMore; i += piece) {
    out.step = decoder.push(bytes.substr(i, piece), [&](std::string_view text) {
      out.text.append(text);
      return true;
    });
  }
  out.complete = decoder.complete();
  return out;
}

struct Coding {
  std::string name, bytes;
};
std::vector<Coding> all_codings(const std::string& text) {
  return {{"gzip", deflated(text, 31)},
          {"X-GZIP", deflated(text, 31)},
          {"deflate", deflated(text, 15)},
          {"deflate", deflated(text, -15)},
          {"br", brotli(text)},
          {" zstd ", zstd(text)},
          {"gzip, br", brotli(deflated(text, 31))}};
}

TEST(ContentDecoder, TakesEachCodingOffWhateverThePieces) {
  const auto text = page();
  for (const auto& coding : all_codings(text)) {
    for (std::size_t piece : {std::size_t{1}, std::size_t{4096}, std::size_t{10'000'000}}) {
      auto out = decode(coding.name, coding.bytes, piece);
      EXPECT_EQ(out.step, Step::kMore) << coding.name;
      EXPECT_TRUE(out.complete) << coding.name;
      EXPECT_EQ(out.text, text) << coding.name << " in pieces of " << piece;
    }
  }
}

TEST(ContentDecoder, KnowsAStreamThatEndsEarly) {
  const auto text = page();
  for (const auto& coding : all_codings(text)) {
    for (std::size_t cut : {std::size_t{1}, coding.bytes.size() / 2}) {
      auto out = decode(coding.name, coding.bytes.substr(0, coding.bytes.size() - cut));
      EXPECT_FALSE(out.complete) << coding.name << " without " << cut;
      EXPECT_TRUE(text.starts_with(out.text)) << coding.name;
    }
  }
}

TEST(ContentDecoder, JoinsGzipMembersAndLeavesWhatFollows) {
  auto two = deflated("one ", 31) + deflated("two", 31);
  EXPECT_EQ(decode("gzip", two, 1).text, "one two");
  EXPECT_TRUE(decode("gzip", two).complete);
  EXPECT_FALSE(decode("gzip", two.substr(0, two.size() - 3)).complete);
  EXPECT_EQ(decode("gzip", deflated("one", 31) + std::string(9, '\0')).text, "one");
}

TEST(ContentDecoder, DamagedBytesAreNotALongerPage) {
  for (auto coding : all_codings(page())) {
    if (coding.name == "deflate") continue;  // the raw form has no sum
    for (std::size_t i = 10; i < coding.bytes.size(); i += 97)
      coding.bytes[i] = static_cast<char>(~coding.bytes[i]);
    auto out = decode(coding.name, coding.bytes);
    EXPECT_TRUE(out.step == Step::kDamaged || !out.complete) << coding.name;
  }
  EXPECT_EQ(decode("gzip", "<html>not gzip at all</html>").step, Step::kDamaged);
}

TEST(ContentDecoder, UnknownCodingsPassAndABombIsStopped) {
  EXPECT_EQ(decode("aes128gcm", "as it is").text, "as it is");
  EXPECT_EQ(decode("", "as it is").text, "as it is");
  EXPECT_TRUE(decode("gzip", "").complete);
  for (const auto& coding : all_codings(std::string(50u << 20, 'x'))) {
    ContentDecoder decoder(coding.name);
    std::size_t seen = 0;
    auto step =
        decoder.push(coding.bytes, [&](std::string_view text) { return (seen += text.size()) < 100'000; });
    EXPECT_EQ(step, Step::kStopped) << coding.name;
    EXPECT_LT(seen, 300'000u) << coding.name;
  }
}

}  // namespace
}  // namespace vedette::net
