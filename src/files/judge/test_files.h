// Small real files of each type and random bytes, for the tests of the judge. Not part of the library.
#pragma once

#include <unistd.h>
#include <zlib.h>

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"

namespace vedette::files::test_files {

inline std::string random_bytes(std::size_t count, std::uint64_t seed = 7) {
  std::mt19937_64 random(seed);
  std::string out(count, '\0');
  for (char& c : out) c = static_cast<char>(random() >> 56);
  return out;
}

inline std::string words(std::size_t count, std::uint64_t seed = 7) {
  static constexpr std::string_view kWords[] = {"the ",   "report ",   "of ",     "quarter ", "two ",
                                                "costs ", "1,204.50 ", "and ",    "staff, ",  "Hà Nội ",
                                                "đã ",    "ký.\n",     "budget ", "section ", "approved "};
  std::mt19937_64 random(seed);
  std::string out;
  while (out.size() < count) out += kWords[random() % std::size(kWords)];
  while (out.size() > count || (!out.empty() && (static_cast<unsigned char>(out.back()) & 0x80) != 0))
    out.pop_back();
  return out + "\n";
}

inline std::string number(std::uint64_t value, std::size_t width, bool big = false) {
  std::string out;
  for (std::size_t i = 0; i < width; ++i) {
    const std::size_t byte = big ? width - 1 - i : i;
    out += byte < sizeof(value) ? static_cast<char>(value >> 8 * byte & 0xFF) : char{0};
  }
  return out;
}

inline std::string deflated(std::string_view bytes, int window_bits) {
  z_stream stream{};
  VEDETTE_ASSERT(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(bytes.size() + bytes.size() / 8 + 256, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  VEDETTE_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::uint32_t crc(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

struct Member {
  std::string name, bytes;
  bool stored = false;
};
inline std::string zip(const std::vector<Member>& members) {
  std::string out, directory;
  for (const Member& member : members) {
    const std::string packed = member.stored ? member.bytes : deflated(member.bytes, -15);
    const std::string fields = number(0, 2) + number(member.stored ? 0 : 8, 2) + number(0, 4) +
                               number(crc(member.bytes), 4) + number(packed.size(), 4) +
                               number(member.bytes.size(), 4) + number(member.name.size(), 2);
    directory += "PK\1\2" + number(20, 2) + number(20, 2) + fields + number(0, 12) + number(out.size(), 4) +
                 member.name;
    out += "PK\3\4" + number(20, 2) + fields + number(0, 2) + member.name + packed;
  }
  const std::size_t at = out.size();
  out += directory + "PK\5\6" + number(0, 4) + number(members.size(), 2) + number(members.size(), 2) +
         number(directory.size(), 4) + number(at, 4) + number(0, 2);
  return out;
}

inline std::string docx(std::uint64_t seed = 7, std::size_t text = 60'000) {
  return zip({{"[Content_Types].xml", "<?xml version=\"1.0\"?><Types/>"},
              {"word/document.xml", "<w:document>" + words(text, seed) + "</w:document>"},
              {"word/styles.xml", "<w:styles>" + words(4'000, seed + 1) + "</w:styles>"}});
}

inline std::string png(std::uint64_t seed = 7) {
  std::string pixels;
  std::mt19937_64 random(seed);
  for (int y = 0; y < 128; ++y) {
    pixels += '\0';
    for (int x = 0; x < 128 * 3; ++x)
      pixels += static_cast<char>((x + y + static_cast<int>(random() % 9)) & 0xFF);
  }
  std::string out = "\x89PNG\r\n\x1A\n";
  const auto chunk = [&](std::string name, const std::string& bytes) {
    name += bytes;
    out += number(bytes.size(), 4, true) + name + number(crc(name), 4, true);
  };
  chunk("IHDR", number(128, 4, true) + number(128, 4, true) + std::string("\x08\x02\0\0\0", 5));
  chunk("IDAT", deflated(pixels, 15));
  chunk("IEND", "");
  return out;
}

inline std::string pdf(std::uint64_t seed = 7) {
  std::string out = "%PDF-1.4\n";
  std::vector<std::size_t> at;
  const auto object = [&](const std::string& body) {
    at.push_back(out.size());
    out += std::to_string(at.size()) + " 0 obj\n" + body + "\nendobj\n";
  };
  object("<< /Type /Catalog /Pages 2 0 R >>");
  object("<< /Type /Pages /Kids [] /Count 0 >>");
  for (std::uint64_t i = 0; i < 4; ++i) {
    const std::string packed = deflated(words(20'000, seed + i), 15);
    object("<< /Length " + std::to_string(packed.size()) + " /Filter /FlateDecode >>\nstream\n" + packed +
           "\nendstream");
  }
  const std::size_t table = out.size();
  out += "xref\n0 " + std::to_string(at.size() + 1) + "\n0000000000 65535 f \n";
  for (const std::size_t offset : at) {
    std::string digits = std::to_string(offset);
    out += std::string(10 - digits.size(), '0') + digits + " 00000 n \n";
  }
  return out + "trailer << /Root 1 0 R >>\nstartxref\n" + std::to_string(table) + "\n%%EOF\n";
}

// A file without a name that is gone when it is closed.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view bytes) : file_(std::tmpfile()) {
    VEDETTE_ASSERT(file_ != nullptr);
    VEDETTE_ASSERT(bytes.empty() || std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size());
    VEDETTE_ASSERT(std::fflush(file_) == 0);
  }
  ~TemporaryFile() { std::fclose(file_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  int fd() const { return fileno(file_); }

 private:
  std::FILE* file_;
};

}  // namespace vedette::files::test_files
