// JPEG (ITU-T T.81), PNG (ISO 15948), GIF89a, RIFF, ISO base media (14496-12), MPEG audio (11172-3), FLAC.
#include <zlib.h>

#include <algorithm>
#include <array>

#include "files/judge/type_checks.h"

namespace vedette::files {
namespace {

constexpr std::size_t kSegmentsMax = 512;
constexpr std::size_t kScanLooked = 64 * 1024;  // bytes of one touched range

// 0 where this is no frame header.
std::uint64_t mp3_frame_size(std::string_view bytes, std::size_t at) {
  static constexpr std::array<int, 15> kRates1{0,   32,  40,  48,  56,  64,  80, 96,
                                               112, 128, 160, 192, 224, 256, 320};
  static constexpr std::array<int, 15> kRates2{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160};
  static constexpr std::array<int, 3> kHertz{44'100, 48'000, 32'000};
  const std::uint64_t head = big_endian(bytes, at, 4);
  if ((head & 0xFFE00000) != 0xFFE00000) return 0;
  const unsigned version = head >> 19 & 3, layer = head >> 17 & 3, rate = head >> 12 & 15,
                 hertz = head >> 10 & 3;
  if (version == 1 || layer != 1 || rate == 0 || rate == 15 || hertz == 3) return 0;  // layer III only
  const bool first = version == 3;
  const int kilobits = first ? kRates1[rate] : kRates2[rate];
  const int frequency = kHertz[hertz] / (first ? 1 : version == 2 ? 2 : 4);
  return static_cast<std::uint64_t>((first ? 144 : 72) * kilobits * 1000 / frequency) + (head >> 9 & 1);
}

bool mp3_frames_at(std::string_view bytes, std::size_t at, int frames) {
  for (int i = 0; i < frames; ++i) {
    const std::uint64_t size = mp3_frame_size(bytes, at);
    if (size == 0) return false;
    at += size;
    if (at + 4 > bytes.size()) return true;
  }
  return true;
}

}  // namespace

bool check_jpeg(ByteSource& source, Touched touched) {
  std::uint64_t at = 2;
  std::uint64_t scan = 0;
  for (std::size_t i = 0; i < kSegmentsMax; ++i) {
    const std::string head = source.take(at, 4);
    if (head.size() < 4) return source.exhausted();
    if (static_cast<unsigned char>(head[0]) != 0xFF) return false;
    const unsigned marker = static_cast<unsigned char>(head[1]);
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    const std::uint64_t size = big_endian(head, 2, 2);
    if (size < 2 || marker < 0xC0 || marker == 0xD9) return false;
    at += 2 + size;
    if (marker == 0xDA) {
      scan = at;
      break;
    }
  }
  if (scan == 0 || scan >= source.size()) return false;
  // After FF in a scan only a stuffed zero, a restart, or the head of the next segment may stand. Random
  // bytes break this once in 270.
  const ByteRange everything{scan, scan + kScanLooked};
  const Touched looked = touched.empty() ? Touched(&everything, 1) : touched;
  for (const ByteRange& range : looked.first(std::min<std::size_t>(looked.size(), 16))) {
    const std::uint64_t from = std::max(range.from, scan);
    if (range.to <= from) continue;
    const std::string bytes = source.take(
        from, static_cast<std::size_t>(std::min<std::uint64_t>(range.to - from + 1, kScanLooked)));
    std::size_t wrong = 0;
    for (std::size_t k = 0; k + 1 < bytes.size(); ++k) {
      if (static_cast<unsigned char>(bytes[k]) != 0xFF) continue;
      const unsigned next = static_cast<unsigned char>(bytes[k + 1]);
      if (next == 0xD9) break;  // the end; what cameras put behind it is their own
      const bool fits = next == 0 || (next >= 0xD0 && next <= 0xD7) || next == 0xDA || next == 0xC4 ||
                        next == 0xDB || next == 0xDD || next == 0xFE || next == 0xFF;
      wrong += fits ? 0 : 1;
    }
    if (wrong > 0) return false;
  }
  return true;
}

bool check_png(ByteSource& source, Touched touched) {
  std::uint64_t at = 8;
  for (std::size_t i = 0; i < 4096; ++i) {
    const std::string head = source.take(at, 8);
    if (head.size() < 8) return source.exhausted();
    const std::uint64_t size = big_endian(head, 0, 4);
    const std::string_view name = std::string_view(head).substr(4);
    if ((i == 0) != (name == "IHDR")) return false;
    if (std::any_of(name.begin(), name.end(),
                    [](unsigned char c) { return (c | 32) < 'a' || (c | 32) > 'z'; }))
      return false;
    if (at + 12 + size > source.size()) return false;
    if (size <= 256 * 1024 && (touched.empty() ? i < 8 : overlaps(touched, at, at + 12 + size))) {
      const std::string chunk = source.take(at + 4, static_cast<std::size_t>(size) + 8);
      if (chunk.size() == size + 8) {
        const auto crc =
            ::crc32(0, reinterpret_cast<const Bytef*>(chunk.data()), static_cast<uInt>(size) + 4);
        if (crc != big_endian(chunk, static_cast<std::size_t>(size) + 4, 4)) return false;
      }
    }
    at += 12 + size;
    if (name == "IEND") return true;
  }
  return true;
}

bool check_gif(ByteSource& source) {
  const std::string head = source.take(0, 13);
  if (head.size() < 13) return false;
  const unsigned flags = static_cast<unsigned char>(head[10]);
  std::uint64_t at = 13 + ((flags & 0x80) != 0 ? 3U << ((flags & 7) + 1) : 0U);
  const std::string bytes = source.take(0, 256 * 1024);
  const auto skip_blocks = [&](std::uint64_t from) {
    while (from < bytes.size() && bytes[from] != 0) from += 1 + static_cast<unsigned char>(bytes[from]);
    return from + 1;
  };
  while (at < bytes.size()) {
    const unsigned char kind = static_cast<unsigned char>(bytes[at]);
    if (kind == 0x3B) return true;
    if (kind == 0x21) {
      at = skip_blocks(at + 2);
    } else if (kind == 0x2C && at + 10 <= bytes.size()) {
      const unsigned local = static_cast<unsigned char>(bytes[at + 9]);
      at = skip_blocks(at + 11 + ((local & 0x80) != 0 ? 3U << ((local & 7) + 1) : 0U));
    } else {
      return false;
    }
  }
  return source.size() > bytes.size();
}

bool check_riff(ByteSource& source) {
  const std::string head = source.take(0, 12);
  const std::uint64_t size = little_endian(head, 4, 4);
  if (size + 8 > source.size() + 1) return false;
  std::uint64_t at = 12;
  for (int i = 0; i < 256 && at + 8 <= size; ++i) {
    const std::string chunk = source.take(at, 8);
    if (chunk.size() < 8) return source.exhausted();
    for (std::size_t k = 0; k < 4; ++k) {
      if (chunk[k] < 32 || chunk[k] > 126) return false;
    }
    const std::uint64_t bytes = little_endian(chunk, 4, 4);
    at += 8 + bytes + (bytes & 1);
    if (at > size + 9) return false;
  }
  return true;
}

bool check_mp4(ByteSource& source) {
  std::uint64_t at = 0;
  bool known = false;
  for (int i = 0; i < 256 && at < source.size(); ++i) {
    const std::string head = source.take(at, 16);
    if (head.size() < 8) return source.exhausted();
    const std::string_view name = std::string_view(head).substr(4, 4);
    if (std::any_of(name.begin(), name.end(),
                    [](unsigned char c) { return c < 32 || (c > 126 && c != 0xA9); }))
      return false;
    known = known || name == "moov" || name == "mdat" || name == "moof" || name == "meta";
    std::uint64_t size = big_endian(head, 0, 4);
    if (size == 0) return known;  // to the end of the file
    if (size == 1) size = big_endian(head, 8, 8);
    if (size < 8 || size > source.size() - at) return false;
    if (name == "moov") {  // one level down: what says where the pictures are
      for (std::uint64_t inner = at + 8; inner + 8 <= at + size;) {
        const std::string child = source.take(inner, 8);
        if (child.size() < 8) break;
        const std::uint64_t child_size = big_endian(child, 0, 4);
        if (child_size < 8 || child_size > at + size - inner) return false;
        inner += child_size;
      }
    }
    at += size;
  }
  return known;
}

bool check_mp3(ByteSource& source, Touched touched) {
  const std::string head = source.take(0, 10);
  std::uint64_t start = 0;
  if (head.starts_with("ID3")) {
    start = 10;
    for (std::size_t i = 6; i < 10; ++i) {
      if (i >= head.size() || static_cast<unsigned char>(head[i]) > 127) return false;
    }
    start += (big_endian(head, 6, 1) << 21) | (big_endian(head, 7, 1) << 14) | (big_endian(head, 8, 1) << 7) |
             big_endian(head, 9, 1);
    // Padding may follow the tag.
    const std::string after = source.take(start, 4096);
    const auto first = after.find_first_not_of('\0');
    if (first == std::string::npos) return true;
    start += first;
  }
  if (!mp3_frames_at(source.take(start, 8192), 0, 3)) return false;
  for (const ByteRange& range : touched.first(std::min<std::size_t>(touched.size(), 8))) {
    if (range.to <= start + 8192 || range.to - range.from < 4096 || range.to + 8192 > source.size()) continue;
    const std::string bytes = source.take(std::max(range.from, start), 8192);
    bool found = false;
    for (std::size_t at = 0; at < 3000 && !found; ++at) found = mp3_frames_at(bytes, at, 3);
    if (!found) return false;
  }
  return true;
}

bool check_flac(ByteSource& source) {
  std::uint64_t at = 4;
  for (int i = 0; i < 128; ++i) {
    const std::string head = source.take(at, 4);
    if (head.size() < 4) return source.exhausted();
    const unsigned kind = static_cast<unsigned char>(head[0]);
    if ((kind & 127) == 127 || (i == 0 && (kind & 127) != 0)) return false;
    at += 4 + big_endian(head, 1, 3);
    if (at > source.size()) return false;
    if ((kind & 128) != 0) {
      const std::string frame = source.take(at, 2);
      return frame.size() < 2 || (big_endian(frame, 0, 2) & 0xFFFC) == 0xFFF8;
    }
  }
  return false;
}

}  // namespace vedette::files
