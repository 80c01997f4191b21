// Zip (APPNOTE 6.3), gzip (RFC 1952), zlib (RFC 1950), zstd (RFC 8878), xz, 7z, bzip2, tar (POSIX ustar).
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "files/judge/type_checks.h"

namespace vedette::files {
namespace {

constexpr std::size_t kEntriesMax = 4096;
constexpr std::size_t kDirectoryMax = 256 * 1024;
constexpr std::size_t kMembersChecked = 8;
constexpr std::size_t kMemberMax = 256 * 1024;  // compressed bytes checked of one member
constexpr std::size_t kStreamMax = 256 * 1024;

std::uint32_t crc_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

struct Inflated {
  bool sound = true;  // no data error as far as the input went
  bool ended = false;
  std::uint32_t crc = 0;
};

// Output is thrown away as it comes: a bomb costs time in proportion to `output_max` and no memory.
Inflated inflate_bytes(std::string_view input, int window_bits, std::uint64_t output_max) {
  Inflated out;
  z_stream stream{};
  if (inflateInit2(&stream, window_bits) != Z_OK) return out;
  std::array<unsigned char, 16 * 1024> buffer{};
  std::uint64_t written = 0;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  stream.avail_in = static_cast<uInt>(input.size());
  while (written < output_max) {
    stream.next_out = buffer.data();
    stream.avail_out = static_cast<uInt>(buffer.size());
    const int status = ::inflate(&stream, Z_NO_FLUSH);
    const std::size_t made = buffer.size() - stream.avail_out;
    out.crc = static_cast<std::uint32_t>(::crc32(out.crc, buffer.data(), static_cast<uInt>(made)));
    written += made;
    if (status == Z_STREAM_END) {
      out.ended = true;
      break;
    }
    if (status != Z_OK) {
      out.sound = status == Z_BUF_ERROR;  // input at its end: no fault
      break;
    }
  }
  inflateEnd(&stream);
  return out;
}

struct ZipMember {
  std::uint64_t header = 0, packed = 0, size = 0;
  std::uint32_t crc = 0;
  unsigned method = 0;
  bool encrypted = false;
};

bool member_sound(ByteSource& source, const ZipMember& member) {
  const std::string local = source.take(member.header, 30);
  if (!local.starts_with("PK\3\4")) return source.exhausted();
  if (member.encrypted || member.size == 0) return true;
  const std::uint64_t data = member.header + 30 + little_endian(local, 26, 2) + little_endian(local, 28, 2);
  if (data + member.packed > source.size()) return false;
  const std::string bytes =
      source.take(data, static_cast<std::size_t>(std::min<std::uint64_t>(member.packed, kMemberMax)));
  const bool whole = bytes.size() == member.packed;
  if (member.method == 0) return !whole || crc_of(bytes) == member.crc;
  if (member.method != 8) return true;
  const Inflated inflated = inflate_bytes(bytes, -MAX_WBITS, 4 * kMemberMax);
  if (!inflated.sound) return false;
  return !inflated.ended || inflated.crc == member.crc;
}

std::string zip_kind(const std::string& name, ByteSource& source, const ZipMember& member, bool first) {
  if (first && name == "mimetype" && member.method == 0 && member.packed < 100) {
    const std::string local = source.take(member.header, 30);
    const std::uint64_t data = member.header + 30 + little_endian(local, 26, 2) + little_endian(local, 28, 2);
    std::string type = source.take(data, static_cast<std::size_t>(member.packed));
    const bool plain = std::all_of(type.begin(), type.end(), [](unsigned char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '-' || c == '+';
    });
    if (plain && type.starts_with("application/")) return type;
  }
  if (name.starts_with("word/"))
    return "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
  if (name.starts_with("xl/")) return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  if (name.starts_with("ppt/"))
    return "application/vnd.openxmlformats-officedocument.presentationml.presentation";
  if (name == "META-INF/MANIFEST.MF") return "application/java-archive";
  return {};
}

}  // namespace

FileType check_zip(ByteSource& source, Touched touched) {
  FileType out{"application/zip", false};
  const std::uint64_t tail_size = std::min<std::uint64_t>(source.size(), 22 + 65535);
  // Most archives have no comment: look at the last bytes before the last 64 KiB.
  std::string tail;
  std::size_t end = std::string::npos;
  for (const std::uint64_t size : {std::min<std::uint64_t>(tail_size, 256), tail_size}) {
    tail = source.take(source.size() - size, static_cast<std::size_t>(size));
    end = tail.rfind("PK\5\6");
    if (end != std::string::npos) break;
  }
  if (end == std::string::npos) return out;
  const std::uint64_t entries = little_endian(tail, end + 10, 2);
  const std::uint64_t size = little_endian(tail, end + 12, 4);
  const std::uint64_t offset = little_endian(tail, end + 16, 4);
  if (offset == 0xFFFFFFFF) {  // zip64: large archives, known by their directory's end alone
    out.sound = tail.find("PK\6\7") != std::string::npos;
    return out;
  }
  if (offset + size > source.size()) return out;
  const std::string directory =
      source.take(offset, static_cast<std::size_t>(std::min<std::uint64_t>(size, kDirectoryMax)));
  out.sound = true;
  bool encrypted = false;
  std::size_t at = 0, checked = 0;
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(entries, kEntriesMax); ++i) {
    if (at + 46 > directory.size()) {
      out.sound = out.sound && size > directory.size();
      break;
    }
    const std::string_view row = std::string_view(directory).substr(at);
    if (!row.starts_with("PK\1\2")) {
      out.sound = false;
      break;
    }
    const std::size_t name_size = little_endian(row, 28, 2);
    ZipMember member{little_endian(row, 42, 4),
                     little_endian(row, 20, 4),
                     little_endian(row, 24, 4),
                     static_cast<std::uint32_t>(little_endian(row, 16, 4)),
                     static_cast<unsigned>(little_endian(row, 10, 2)),
                     (little_endian(row, 8, 2) & 1) != 0};
    const std::string name(row.substr(46, name_size));
    encrypted = encrypted || member.encrypted;
    if (const auto kind = zip_kind(name, source, member, i == 0); !kind.empty()) out.media = kind;
    if (member.header >= source.size()) out.sound = false;
    const bool look = touched.empty()
                          ? i < 4
                          : overlaps(touched, member.header, member.header + 30 + name_size + member.packed);
    if (out.sound && look && checked < kMembersChecked) {
      ++checked;
      out.sound = member_sound(source, member);
    }
    at += 46 + name_size + little_endian(row, 30, 2) + little_endian(row, 32, 2);
  }
  if (encrypted) out.media = "application/x-zip-encrypted";
  return out;
}

bool check_deflate(ByteSource& source, std::uint64_t offset, int window_bits, std::size_t input_max) {
  return inflate_bytes(source.take(offset, input_max), window_bits, 4 * input_max).sound;
}

bool check_gzip(ByteSource& source) {
  const std::string head = source.take(0, 10);
  if (head.size() < 10 || head[2] != 8 || (head[3] & 0xE0) != 0) return false;
  return check_deflate(source, 0, 16 + MAX_WBITS, kStreamMax);
}

bool check_zstd(ByteSource& source) {
  const std::string input = source.take(0, kStreamMax);
  const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                             ZSTD_freeDStream);
  ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax,
                         27);  // as zstd itself; only touched as far as written
  std::string buffer(64 * 1024, '\0');
  ZSTD_inBuffer in{input.data(), input.size(), 0};
  std::uint64_t written = 0;
  while (in.pos < in.size && written < 4 * kStreamMax) {
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    const std::size_t status = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(status)) return false;
    written += out.pos;
  }
  return true;
}

bool check_xz(ByteSource& source) {
  const std::string head = source.take(0, 12);
  if (source.size() < 32 || head.size() < 12) return false;
  if (crc_of(std::string_view(head).substr(6, 2)) != little_endian(head, 8, 4)) return false;
  // Padding of whole zero words may follow the footer; a plain file has none.
  const std::string foot = source.take(source.size() - 12, 12);
  if (!foot.ends_with("YZ")) return foot.ends_with(std::string_view("\0\0\0\0", 4));
  return crc_of(std::string_view(foot).substr(4, 6)) == little_endian(foot, 0, 4);
}

bool check_7z(ByteSource& source) {
  const std::string head = source.take(0, 32);
  if (head.size() < 32 || crc_of(std::string_view(head).substr(12, 20)) != little_endian(head, 8, 4))
    return false;
  const std::uint64_t offset = little_endian(head, 12, 8), size = little_endian(head, 20, 8);
  if (size == 0) return true;
  if (offset > source.size() || size > source.size() || 32 + offset + size > source.size()) return false;
  if (size > kStreamMax) return true;
  const std::string directory = source.take(32 + offset, static_cast<std::size_t>(size));
  return directory.size() < size || crc_of(directory) == little_endian(head, 28, 4);
}

bool check_bzip2(ByteSource& source) {
  const std::string head = source.take(0, 14);
  return head.size() == 14 && head[3] >= '1' && head[3] <= '9' &&
         (std::string_view(head).substr(4, 6) == "\x31\x41\x59\x26\x53\x59" ||
          std::string_view(head).substr(4, 6) == "\x17\x72\x45\x38\x50\x90");
}

bool check_tar(ByteSource& source, Touched) {
  std::uint64_t at = 0;
  for (int i = 0; i < 16 && at + 512 <= source.size(); ++i) {
    const std::string head = source.take(at, 512);
    if (head.size() < 512) return source.exhausted();
    if (head.find_first_not_of('\0') == std::string::npos) return true;
    unsigned sum = 0;
    for (std::size_t k = 0; k < 512; ++k)
      sum += k >= 148 && k < 156 ? ' ' : static_cast<unsigned char>(head[k]);
    std::uint64_t stored = 0, size = 0;
    for (std::size_t k = 148; k < 156 && head[k] >= '0' && head[k] <= '7'; ++k)
      stored = stored * 8 + static_cast<unsigned>(head[k] - '0');
    for (std::size_t k = 124; k < 135 && head[k] >= '0' && head[k] <= '7'; ++k)
      size = size * 8 + static_cast<unsigned>(head[k] - '0');
    if (stored != sum) return false;
    at += 512 + (size + 511) / 512 * 512;
  }
  return true;
}

}  // namespace vedette::files
