#include "sites/render/picture.h"

#include <png.h>

#include "base/assert.h"

namespace vedette::sites {

Result<Picture> decode_png(std::string_view png) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&image, png.data(), png.size())) {
    return fail(ErrorCode::kInvalid, std::string("not a PNG picture: ") + image.message);
  }
  Picture out;
  out.width = image.width;
  out.height = image.height;
  bool too_large = out.width > kPictureSideMax || out.height > kPictureSideMax ||
                   static_cast<std::uint64_t>(out.width) * out.height > kPicturePixelsMax;
  if (too_large || out.width == 0 || out.height == 0) {
    png_image_free(&image);
    return fail(ErrorCode::kLimit,
                fmt::format("a picture of {}×{} pixels is not read", out.width, out.height));
  }
  image.format = PNG_FORMAT_RGB;
  out.rgb.resize(PNG_IMAGE_SIZE(image));
  png_color white{255, 255, 255};
  if (!png_image_finish_read(&image, &white, out.rgb.data(), 0, nullptr)) {
    return fail(ErrorCode::kInvalid, std::string("a damaged PNG picture: ") + image.message);
  }
  return out;
}

std::string encode_png(const Picture& picture) {
  VEDETTE_ASSERT(picture.rgb.size() == std::size_t{3} * picture.width * picture.height);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = picture.width;
  image.height = picture.height;
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  VEDETTE_ASSERT(png_image_write_get_memory_size(image, size, 0, picture.rgb.data(), 0, nullptr));
  std::string out(size, '\0');
  VEDETTE_ASSERT(png_image_write_to_memory(&image, out.data(), &size, 0, picture.rgb.data(), 0, nullptr));
  out.resize(size);
  return out;
}

std::uint64_t dhash(const Picture& picture) {
  constexpr std::uint32_t kColumns = 9, kRows = 8;
  std::array<std::uint64_t, kColumns * kRows> sum{}, count{};
  for (std::uint32_t y = 0; y < picture.height; ++y) {
    std::uint32_t row = y * kRows / picture.height;
    const std::uint8_t* at = picture.rgb.data() + std::size_t{3} * picture.width * y;
    for (std::uint32_t x = 0; x < picture.width; ++x, at += 3) {
      std::size_t cell = row * kColumns + x * kColumns / picture.width;
      sum[cell] += grey(at);
      ++count[cell];
    }
  }
  std::uint64_t out = 0;
  for (std::uint32_t row = 0; row < kRows; ++row) {
    for (std::uint32_t column = 0; column + 1 < kColumns; ++column) {
      std::size_t i = row * kColumns + column;
      std::uint64_t left = count[i] ? sum[i] / count[i] : 0,
                    right = count[i + 1] ? sum[i + 1] / count[i + 1] : 0;
      out = out << 1 | (left < right ? 1u : 0u);
    }
  }
  return out;
}

Picture highlight(const Picture& picture, const std::vector<Box>& boxes) {
  constexpr std::uint32_t kFrame = 3;
  Picture out = picture;
  std::vector<std::uint8_t> kind(std::size_t{picture.width} * picture.height, 0);  // 1: inside, 2: frame
  for (const Box& box : boxes) {
    std::uint32_t right = std::min(box.x + box.width, picture.width);
    std::uint32_t bottom = std::min(box.y + box.height, picture.height);
    for (std::uint32_t y = box.y; y < bottom; ++y) {
      for (std::uint32_t x = box.x; x < right; ++x) {
        bool frame = x < box.x + kFrame || y < box.y + kFrame || x + kFrame >= right || y + kFrame >= bottom;
        auto& at = kind[std::size_t{picture.width} * y + x];
        at = std::max<std::uint8_t>(at, frame ? 2 : 1);
      }
    }
  }
  for (std::size_t i = 0; i < kind.size(); ++i) {
    std::uint8_t* pixel = out.rgb.data() + 3 * i;
    if (kind[i] == 2) {
      pixel[0] = 220;
      pixel[1] = 20;
      pixel[2] = 30;
    } else if (kind[i] == 0) {
      for (int c = 0; c < 3; ++c) pixel[c] = static_cast<std::uint8_t>((pixel[c] + 2 * 255) / 3);
    }
  }
  return out;
}

}  // namespace vedette::sites
