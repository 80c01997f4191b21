#include "sites/render/picture.h"

#include <gtest/gtest.h>

#include <bit>

namespace vedette::sites {
namespace {

Picture gradient(std::uint32_t width, std::uint32_t height) {
  Picture out{width, height, std::vector<std::uint8_t>(std::size_t{3} * width * height)};
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      for (std::uint32_t c = 0; c < 3; ++c)
        out.rgb[3 * (std::size_t{width} * y + x) + c] = static_cast<std::uint8_t>(x * 255 / width);
    }
  }
  return out;
}

TEST(Picture, PngThereAndBack) {
  Picture picture = gradient(200, 100);
  picture.rgb[7] = 99;
  auto back = decode_png(encode_png(picture));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->width, 200u);
  EXPECT_EQ(back->height, 100u);
  EXPECT_EQ(back->rgb, picture.rgb);
}

TEST(Picture, RefusesWhatIsNoPictureDamagedOrTooLarge) {
  EXPECT_EQ(decode_png("").error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(decode_png("<html>").error().code(), ErrorCode::kInvalid);
  std::string png = encode_png(gradient(64, 64));
  EXPECT_EQ(decode_png(png.substr(0, png.size() / 2)).error().code(), ErrorCode::kInvalid);
  std::string damaged = png;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
  EXPECT_FALSE(decode_png(damaged).has_value());
  EXPECT_EQ(decode_png(encode_png(gradient(kPictureSideMax + 1, 2))).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(decode_png(encode_png(gradient(4096, 2000))).error().code(), ErrorCode::kLimit);
}

TEST(Picture, DhashIsStableUnderSizeAndTurnsWithThePicture) {
  EXPECT_EQ(dhash(gradient(900, 400)), ~std::uint64_t{0});
  EXPECT_EQ(dhash(gradient(450, 200)), ~std::uint64_t{0});
  Picture mirrored = gradient(900, 400);
  for (std::uint8_t& value : mirrored.rgb) value = static_cast<std::uint8_t>(255 - value);
  EXPECT_EQ(dhash(mirrored), 0u);
  EXPECT_EQ(dhash(Picture{1, 1, {1, 2, 3}}), 0u);
}

TEST(Picture, HighlightFramesTheBoxesEvenBeyondTheEdge) {
  Picture picture = gradient(100, 100);
  Picture shown = highlight(picture, {{32, 32, 500, 20}});
  auto pixel = [&](const Picture& p, std::uint32_t x, std::uint32_t y) {
    return p.rgb.data() + 3 * (std::size_t{100} * y + x);
  };
  EXPECT_EQ(pixel(shown, 32, 32)[0], 220);
  EXPECT_EQ(pixel(shown, 50, 42)[0], pixel(picture, 50, 42)[0]);
  EXPECT_GT(pixel(shown, 10, 10)[0], pixel(picture, 10, 10)[0]);
}

}  // namespace
}  // namespace vedette::sites
