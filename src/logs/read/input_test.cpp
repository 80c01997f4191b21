#include "logs/read/input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "logs/read/line_source.h"

namespace vedette::logs {
namespace {

std::string gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
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
std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}
std::string xz(std::string_view text) {
  std::string out(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t at = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(3, LZMA_CHECK_CRC32, nullptr,
                                    reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                    reinterpret_cast<std::uint8_t*>(out.data()), &at, out.size()),
            LZMA_OK);
  out.resize(at);
  return out;
}

Result<std::string> all(Input input) {
  std::string out;
  char piece[1000];
  for (;;) {
    TRY_ASSIGN(const std::size_t count, input.read(piece));
    if (count == 0) return out;
    out.append(piece, count);
  }
}

std::string lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "line " + std::to_string(i * 7919) + "\n";
  return text;
}

TEST(Input, DecompressesWhatItsFirstBytesTell) {
  const std::string text = lines(50'000);
  EXPECT_EQ(all(Input::of(text)).value(), text);
  EXPECT_EQ(all(Input::of(gzip(text))).value(), text);
  EXPECT_EQ(all(Input::of(zstd(text))).value(), text);
  EXPECT_EQ(all(Input::of(xz(text))).value(), text);
  EXPECT_EQ(all(Input::of("")).value(), "");
  EXPECT_EQ(all(Input::of("x")).value(), "x");
  EXPECT_EQ(all(Input::of(gzip(""))).value(), "");
  EXPECT_EQ(all(Input::of(xz(""))).value(), "");
}

TEST(Input, SeveralMembersAreOneStream) {
  EXPECT_EQ(all(Input::of(gzip("a\n") + gzip("b\n"))).value(), "a\nb\n");
  EXPECT_EQ(all(Input::of(gzip("a\n") + std::string(512, '\0'))).value(), "a\n");
  EXPECT_EQ(all(Input::of(zstd("a\n") + zstd("b\n"))).value(), "a\nb\n");
  EXPECT_EQ(all(Input::of(xz("a\n") + xz("b\n"))).value(), "a\nb\n");
}

TEST(Input, DamagedAndCutDataIsAnErrorNotAShortFile) {
  const std::string text = lines(20'000);
  for (const std::string& packed : {gzip(text), zstd(text), xz(text)}) {
    auto cut = all(Input::of(packed.substr(0, packed.size() / 2)));
    ASSERT_FALSE(cut.has_value());
    EXPECT_EQ(cut.error().code(), ErrorCode::kCorrupt);
    std::string damaged = packed;
    for (std::size_t i = 40; i < 60; ++i) damaged[i] = static_cast<char>(damaged[i] ^ 0x5A);
    auto result = all(Input::of(damaged));
    EXPECT_TRUE(!result.has_value() || *result != text || packed == gzip(text));
  }
}

TEST(Input, ABombIsRefused) {
  const std::string zeros(8u << 20, '\0');
  const InputLimits ratio{.ratio_max = 100, .ratio_free_bytes = 1u << 20};
  for (const std::string& packed : {gzip(zeros), zstd(zeros), xz(zeros)}) {
    auto refused = all(Input::of(packed, ratio));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), ErrorCode::kLimit);
    auto total = all(Input::of(packed, {.expanded_bytes_max = 1000}));
    ASSERT_FALSE(total.has_value());
    EXPECT_EQ(total.error().code(), ErrorCode::kLimit);
    EXPECT_EQ(all(Input::of(packed)).value().size(), zeros.size());
  }
}

TEST(Input, PeekTakesNothing) {
  const std::string text = lines(50'000);
  Input input = Input::of(zstd(text));
  EXPECT_EQ(input.peek().value(), std::string_view(text).substr(0, Input::kPeekBytesMax));
  EXPECT_EQ(input.compression(), "zstd");
  EXPECT_EQ(all(std::move(input)).value(), text);
}

TEST(Input, AFileThatIsNotThereIsNamed) {
  auto missing = Input::open("/nowhere/at/all.log");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message(), ::testing::HasSubstr("/nowhere/at/all.log"));
  EXPECT_FALSE(Input::open("/").has_value());
}

TEST(LineSource, LinesOfEveryEnding) {
  LineSource source(Input::of("one\r\ntwo\n\nfour\r\r\nlast"));
  std::vector<std::string> got;
  while (auto line = source.next().value()) got.emplace_back(line->text);
  EXPECT_EQ(got, (std::vector<std::string>{"one", "two", "", "four\r", "last"}));
  EXPECT_EQ(source.number(), 5u);
}

TEST(LineSource, ALongLineIsCutAndTheNextOneWhole) {
  const std::string text = "a\n" + std::string(3'000'000, 'x') + "\nb\n" + std::string(1000, 'y') + "\n";
  LineSource source(Input::of(text), 1000);
  EXPECT_EQ(source.next().value()->text, "a");
  const Line cut = *source.next().value();
  EXPECT_EQ(cut.text, std::string(1000, 'x'));
  EXPECT_TRUE(cut.cut);
  EXPECT_EQ(source.next().value()->text, "b");
  const Line exact = *source.next().value();
  EXPECT_EQ(exact.text.size(), 1000u);
  EXPECT_FALSE(exact.cut);
  EXPECT_FALSE(source.next().value().has_value());
}

}  // namespace
}  // namespace vedette::logs
