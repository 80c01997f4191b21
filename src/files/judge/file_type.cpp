#include "files/judge/file_type.h"

#include <algorithm>
#include <array>
#include <set>

#include "files/judge/type_checks.h"
#include "model/content.h"

namespace vedette::files {
namespace {

struct Magic {
  std::uint64_t offset;
  std::string_view bytes;
  std::string_view media;
  TypeTrait trait;
};

using enum TypeTrait;
using namespace std::string_view_literals;

// What identify() tells by a magic number alone. Types with a check of their own stand in structured().
constexpr std::array kMagics{
    Magic{0, "Salted__"sv, "application/x-openssl-salted", kCrypt},
    Magic{0, "age-encryption.org/v1"sv, "application/x-age", kCrypt},
    Magic{0, "LUKS\xBA\xBE"sv, "application/x-luks", kCrypt},
    Magic{0, "\x03\xD9\xA2\x9A"sv, "application/x-keepass", kCrypt},
    Magic{0, "Rar!\x1A\x07"sv, "application/vnd.rar", kCompressed},
    Magic{0, "\x04\x22\x4D\x18"sv, "application/x-lz4", kCompressed},
    Magic{0, "MSCF\0\0\0\0"sv, "application/vnd.ms-cab-compressed", kCompressed},
    Magic{0, "PACK\0\0\0\2"sv, "application/x-git-pack", kCompressed},
    Magic{0, "\377tOc\0\0\0\2"sv, "application/x-git-index", kDatabase},
    Magic{0, "DIRC\0\0\0"sv, "application/x-git-index", kDatabase},
    Magic{0, "!<arch>\n"sv, "application/x-archive", kProgram},
    Magic{0, "\xED\xAB\xEE\xDB"sv, "application/x-rpm", kCompressed},
    Magic{0, "wOFF"sv, "font/woff", kMedia},
    Magic{0, "wOF2"sv, "font/woff2", kMedia},
    Magic{0, "OTTO\0"sv, "font/otf", kMedia},
    Magic{0, "\0\1\0\0\0"sv, "font/ttf", kMedia},
    Magic{0, "II*\0"sv, "image/tiff", kMedia},
    Magic{0, "MM\0*"sv, "image/tiff", kMedia},
    Magic{0, "8BPS\0"sv, "image/vnd.adobe.photoshop", kDocument},
    Magic{0, "OggS\0"sv, "application/ogg", kMedia},
    Magic{0, "\x1A\x45\xDF\xA3"sv, "video/x-matroska", kMedia},
    Magic{0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11"sv, "video/x-ms-asf", kMedia},
    Magic{0, "!BDN"sv, "application/vnd.ms-outlook-pst", kDatabase},
    Magic{4, "Standard Jet DB"sv, "application/x-msaccess", kDatabase},
    Magic{4, "Standard ACE DB"sv, "application/x-msaccess", kDatabase},
    Magic{0, "\x37\x7F\x06\x82"sv, "application/x-sqlite-wal", kDatabase},
    Magic{0, "\x37\x7F\x06\x83"sv, "application/x-sqlite-wal", kDatabase},
    Magic{0, "\xD9\xD5\x05\xF9\x20\xA1\x63\xD7"sv, "application/x-sqlite-journal", kDatabase},
    Magic{0, "LPKSHHRH"sv, "application/x-journal", kDatabase},
    Magic{0, "PAR1"sv, "application/vnd.apache.parquet", kDatabase},
    Magic{0, "\x89HDF\r\n\x1A\n"sv, "application/x-hdf5", kDatabase},
    Magic{0, "KDMV"sv, "application/x-vmdk", kDatabase},
    Magic{0, "QFI\xFB"sv, "application/x-qcow2", kDatabase},
    Magic{0, "\xCA\xFE\xBA\xBE\0\0"sv, "application/java-vm", kProgram},
    Magic{0, "\0asm\1\0\0\0"sv, "application/wasm", kProgram},
    Magic{0, "AC10"sv, "image/vnd.dwg", kDocument},
    Magic{0, "SIMPLE  ="sv, "image/fits", kDocument},
};

struct Checked {
  std::string_view media;
  TypeTrait trait;
};
constexpr std::array kChecked{
    Checked{"application/pdf", kDocument},
    Checked{"application/x-ole-storage", kDocument},
    Checked{"application/epub+zip", kDocument},
    Checked{"application/zip", kCompressed},
    Checked{"application/java-archive", kCompressed},
    Checked{"application/gzip", kCompressed},
    Checked{"application/zlib", kCompressed},
    Checked{"application/zstd", kCompressed},
    Checked{"application/x-xz", kCompressed},
    Checked{"application/x-7z-compressed", kCompressed},
    Checked{"application/x-bzip2", kCompressed},
    Checked{"application/x-tar", kCompressed},
    Checked{"application/vnd.sqlite3", kDatabase},
    Checked{"application/x-postgresql-heap", kDatabase},
    Checked{"application/x-elf", kProgram},
    Checked{"application/vnd.microsoft.portable-executable", kProgram},
    Checked{"application/pgp-encrypted", kCrypt},
    Checked{"application/x-zip-encrypted", kCrypt},
    Checked{"application/xml", kText},
    Checked{"application/json", kText},
    Checked{"application/x-pem-file", kText},
    Checked{"image/svg+xml", kText},
};

FileType structured(ByteSource& source, Touched touched, std::string_view head) {
  const auto is = [&](std::string_view magic) { return head.starts_with(magic); };
  if (is("PK\3\4") || is("PK\5\6")) return check_zip(source, touched);
  if (head.substr(0, 1024).find("%PDF-") != std::string_view::npos && !is("PK"))
    return {"application/pdf", check_pdf(source, touched)};
  if (is("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")) return {"application/x-ole-storage", check_ole2(source)};
  if (is("\xFF\xD8\xFF")) return {"image/jpeg", check_jpeg(source, touched)};
  if (is("\x89PNG\r\n\x1A\n")) return {"image/png", check_png(source, touched)};
  if (is("GIF87a") || is("GIF89a")) return {"image/gif", check_gif(source)};
  if (is("RIFF") && head.size() >= 12) {
    const std::string_view kind = head.substr(8, 4);
    if (kind == "WEBP") return {"image/webp", check_riff(source)};
    if (kind == "WAVE") return {"audio/x-wav", check_riff(source)};
    if (kind == "AVI ") return {"video/x-msvideo", check_riff(source)};
  }
  if (head.size() >= 12) {
    const std::string_view box = head.substr(4, 4);
    if (box == "ftyp" || box == "moov" || (box == "mdat" && head[0] == 0) || (box == "wide" && head[3] == 8))
      return {head.substr(4, 8) == "ftypqt  " ? "video/quicktime" : "video/mp4", check_mp4(source)};
  }
  if (is("ID3")) return {"audio/mpeg", check_mp3(source, touched)};
  if (is("fLaC")) return {"audio/flac", check_flac(source)};
  if (is("\x1F\x8B")) return {"application/gzip", check_gzip(source)};
  if (is("\x28\xB5\x2F\xFD")) return {"application/zstd", check_zstd(source)};
  if (is("\xFD"
         "7zXZ\0"sv))
    return {"application/x-xz", check_xz(source)};
  if (is("7z\xBC\xAF\x27\x1C")) return {"application/x-7z-compressed", check_7z(source)};
  if (is("BZh")) return {"application/x-bzip2", check_bzip2(source)};
  if (is("SQLite format 3\0"sv)) return {"application/vnd.sqlite3", check_sqlite(source, touched)};
  if (is("\x7F"
         "ELF"))
    return {"application/x-elf", check_elf(source)};
  if (head.size() > 262 && head.substr(257, 5) == "ustar")
    return {"application/x-tar", check_tar(source, touched)};
  return {};
}

// Types without a magic number of their own, or with one of two bytes, which random bytes hit: believed only
// when their structure is sound.
FileType by_structure(ByteSource& source, Touched touched, std::string_view head) {
  if (head.size() >= 64 && head.starts_with("MZ")) {
    const std::uint64_t header = little_endian(head, 60, 4);
    if (source.take(header, 4) == "PE\0\0"sv) return {"application/vnd.microsoft.portable-executable", true};
  }
  if (head.starts_with("BM") && little_endian(head, 2, 4) == source.size()) return {"image/bmp", true};
  if (head.size() >= 4 && (static_cast<unsigned char>(head[0]) == 0xFF) && check_mp3(source, touched))
    return {"audio/mpeg", true};
  if (head.size() >= 24 && source.size() % 8192 == 0 && little_endian(head, 18, 2) == 0x2004)
    return {"application/x-postgresql-heap", check_postgresql(source, touched)};
  if (head.size() >= 2 && (static_cast<unsigned char>(head[0]) & 0x8F) == 8 && head[0] >= 0x38 &&
      big_endian(head, 0, 2) % 31 == 0 && (head[1] & 0x20) == 0 && check_deflate(source, 0, 15, 64 * 1024)) {
    return {"application/zlib", true};
  }
  if (check_openpgp(source)) return {"application/pgp-encrypted", true};
  return {};
}

const std::set<std::string, std::less<>>& extensions() {
  static const std::set<std::string, std::less<>> known = [] {
    std::set<std::string, std::less<>> out;
    const std::string_view text = content::content_file("files/extensions.txt");
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      std::string_view line = text.substr(at, end - at);
      line = line.substr(0, line.find('#'));
      for (std::size_t from = 0; (from = line.find_first_not_of(' ', from)) != std::string_view::npos;) {
        const std::size_t to = std::min(line.find(' ', from), line.size());
        out.emplace("." + std::string(line.substr(from, to - from)));
        from = to;
      }
      at = end + 1;
    }
    return out;
  }();
  return known;
}

}  // namespace

bool overlaps(Touched touched, std::uint64_t from, std::uint64_t to) {
  return std::any_of(touched.begin(), touched.end(),
                     [&](const ByteRange& range) { return range.from < to && from < range.to; });
}

FileType identify(ByteSource& source, std::span<const ByteRange> touched) {
  touched = touched.first(std::min<std::size_t>(touched.size(), 64));
  const std::string head = source.take(0, 1024);
  if (head.empty()) return {};
  FileType type = structured(source, touched, head);
  if (type.media.empty()) {
    for (const Magic& magic : kMagics) {
      if (head.size() >= magic.offset && std::string_view(head).substr(magic.offset).starts_with(magic.bytes))
        return {std::string(magic.media), true};
    }
    type = by_structure(source, touched, head);
  }
  if (type.media.empty()) {
    type.media = text_type(source, touched);
    type.sound = !type.media.empty();
    return type;
  }
  if (source.exhausted()) type.sound = true;
  return type;
}

TypeTrait trait_of(std::string_view media) {
  if (media.empty()) return kUnknown;
  for (const Checked& row : kChecked) {
    if (row.media == media) return row.trait;
  }
  for (const Magic& row : kMagics) {
    if (row.media == media) return row.trait;
  }
  if (media.starts_with("text/")) return kText;
  if (media.starts_with("image/") || media.starts_with("audio/") || media.starts_with("video/"))
    return kMedia;
  return kDocument;  // OOXML, ODF and others that a zip names
}

bool known_extension(std::string_view extension) {
  if (extensions().contains(extension)) return true;
  // Rotation and versions: ".1", ".20261124".
  return extension.size() > 1 &&
         std::all_of(extension.begin() + 1, extension.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace vedette::files
