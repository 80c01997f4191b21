// PDF (ISO 32000), compound files ([MS-CFB]), SQLite, PostgreSQL heap pages, ELF, OpenPGP (RFC 9580).
#include <algorithm>
#include <charconv>

#include "files/judge/type_checks.h"

namespace vedette::files {
namespace {

constexpr std::size_t kPagesChecked = 128;

bool pdf_object_at(ByteSource& source, std::uint64_t offset) {
  const std::string bytes = source.take(offset, 32);
  const auto obj = bytes.find("obj");
  if (obj == std::string::npos) return false;
  return std::all_of(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(obj), [](unsigned char c) {
    return (c >= '0' && c <= '9') || c == ' ' || c == '\r' || c == '\n';
  });
}

// A deflated stream that a touched range lies in must still inflate.
bool pdf_stream_sound(ByteSource& source, const ByteRange& range) {
  constexpr std::uint64_t kBack = 32 * 1024;
  const std::uint64_t from = range.from > kBack ? range.from - kBack : 0;
  const std::string before = source.take(from, static_cast<std::size_t>(range.from - from) + 16);
  std::size_t at = before.rfind("stream");
  if (at == std::string::npos || (at >= 3 && before.compare(at - 3, 3, "end") == 0)) return true;
  const std::string dictionary = before.substr(at > 512 ? at - 512 : 0, std::min<std::size_t>(at, 512));
  const auto object = dictionary.rfind("obj");
  const std::string_view own = std::string_view(dictionary).substr(object == std::string::npos ? 0 : object);
  // Only one filter, and no encryption we would have to undo first.
  if (own.find("/FlateDecode") == std::string_view::npos || own.find("DCT") != std::string_view::npos ||
      own.find("ASCII") != std::string_view::npos) {
    return true;
  }
  at += 6;
  if (at < before.size() && before[at] == '\r') ++at;
  if (at < before.size() && before[at] == '\n') ++at;
  return check_deflate(source, from + at, 15, 64 * 1024);
}

// SQLite's variable-length integer; 0 bytes where it runs out.
std::size_t varint(std::string_view bytes, std::size_t at, std::uint64_t& value) {
  value = 0;
  for (std::size_t i = 0; i < 9 && at + i < bytes.size(); ++i) {
    const auto c = static_cast<unsigned char>(bytes[at + i]);
    if (i == 8) {
      value = value << 8 | c;
      return 9;
    }
    value = value << 7 | (c & 127);
    if ((c & 128) == 0) return i + 1;
  }
  return 0;
}

// A row of a table: payload size, row number, then a header whose column types must add up to the payload.
bool sqlite_row_sound(std::string_view page, std::size_t at) {
  std::uint64_t payload = 0, row = 0, header = 0, type = 0;
  std::size_t n = varint(page, at, payload);
  if (n == 0 || payload > 1'000'000'000) return false;
  at += n;
  n = varint(page, at, row);
  if (n == 0) return false;
  at += n;
  n = varint(page, at, header);
  if (n == 0 || header > payload || header < n) return false;
  if (at + header > page.size()) return true;  // a header that goes on in an overflow page
  const std::size_t end = at + static_cast<std::size_t>(header);
  std::uint64_t sum = header;
  for (at += n; at < end; at += n) {
    n = varint(page, at, type);
    if (n == 0 || type == 10 || type == 11) return false;
    static constexpr std::uint64_t kSizes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
    sum += type < 10 ? kSizes[type] : (type - 12) / 2;
  }
  return sum == payload;
}

bool sqlite_page_sound(std::string_view page, std::uint64_t pages, bool first) {
  const std::size_t at = first ? 100 : 0;
  if (page.find_first_not_of('\0') == std::string_view::npos) return true;
  const unsigned kind = static_cast<unsigned char>(page[at]);
  if (kind == 2 || kind == 5 || kind == 10 || kind == 13) {
    const std::uint64_t free = big_endian(page, at + 1, 2), content = big_endian(page, at + 5, 2);
    const std::uint64_t cells = big_endian(page, at + 3, 2);
    if (free >= page.size() || content > page.size() || cells * 2 + 8 > page.size()) return false;
    for (std::size_t i = 0; kind == 13 && i < cells; ++i) {
      const std::uint64_t cell = big_endian(page, at + 8 + 2 * i, 2);
      if (cell < 8 || cell >= page.size() || !sqlite_row_sound(page, static_cast<std::size_t>(cell)))
        return false;
    }
    return true;
  }
  // An overflow or free page begins with the number of the next; a pointer map with a kind of 1 to 5.
  return big_endian(page, 0, 4) <= pages || (kind >= 1 && kind <= 5 && big_endian(page, 1, 4) <= pages);
}

bool postgresql_page_sound(std::string_view page) {
  if (page.find_first_not_of('\0') == std::string_view::npos) return true;
  const std::uint64_t lower = little_endian(page, 12, 2), upper = little_endian(page, 14, 2),
                      special = little_endian(page, 16, 2), version = little_endian(page, 18, 2);
  return version == 0x2004 && lower >= 24 && lower <= upper && upper <= special && special <= 8192;
}

}  // namespace

bool check_pdf(ByteSource& source, Touched touched) {
  const std::uint64_t tail_size = std::min<std::uint64_t>(source.size(), 2048);
  const std::string tail = source.take(source.size() - tail_size, static_cast<std::size_t>(tail_size));
  const auto mark = tail.rfind("startxref");
  if (mark == std::string::npos || tail.find("%%EOF", mark) == std::string::npos) return false;
  const auto digit = tail.find_first_of("0123456789", mark);
  std::uint64_t offset = 0;
  if (digit != std::string::npos) std::from_chars(tail.data() + digit, tail.data() + tail.size(), offset);
  const std::string table = source.take(offset, 64 * 1024);
  const auto begin = table.find_first_not_of(" \r\n\t");
  if (begin == std::string::npos) return false;
  if (table.compare(begin, 4, "xref") == 0) {
    // Rows of 20 bytes: "0000000017 00000 n". Those that lead into what was touched, and a few others.
    std::size_t looked = 0;
    for (std::size_t at = begin; looked < 48 && (at = table.find(" n", at + 2)) != std::string::npos;) {
      if (at < 16) continue;
      std::uint64_t object = 0;
      const auto parsed = std::from_chars(table.data() + at - 16, table.data() + at - 6, object);
      if (parsed.ptr != table.data() + at - 6) continue;
      if (!touched.empty() && !overlaps(touched, object, object + 8)) continue;
      ++looked;
      if (object < source.size() && object > 0 && !pdf_object_at(source, object)) return source.exhausted();
    }
  } else if (!pdf_object_at(source, offset + begin)) {
    return false;
  }
  for (const ByteRange& range : touched.first(std::min<std::size_t>(touched.size(), 6))) {
    if (!pdf_stream_sound(source, range)) return false;
  }
  return true;
}

bool check_ole2(ByteSource& source) {
  const std::string head = source.take(0, 512);
  if (head.size() < 512 || little_endian(head, 28, 2) != 0xFFFE) return false;
  const std::uint64_t shift = little_endian(head, 30, 2);
  if (shift != 9 && shift != 12) return false;
  const std::uint64_t sector = std::uint64_t{1} << shift;
  const std::uint64_t directory = (little_endian(head, 48, 4) + 1) << shift;
  if (directory + sector > source.size() + sector) return false;
  const std::string root = source.take(directory, 128);
  return root.starts_with(std::string_view("R\0o\0o\0t\0", 8)) || (root.size() == 128 && root[66] == 5);
}

bool check_sqlite(ByteSource& source, Touched touched) {
  const std::string head = source.take(0, 100);
  if (head.size() < 100) return false;
  std::uint64_t page = big_endian(head, 16, 2);
  if (page == 1) page = 65'536;
  if (page < 512 || (page & (page - 1)) != 0 || head[18] > 2 || head[19] > 2 || head[21] != 64) return false;
  const std::uint64_t pages = source.size() / page;
  std::size_t checked = 0;
  const ByteRange front{0, 8 * page};
  for (const ByteRange& range : touched.empty() ? Touched(&front, 1) : touched) {
    for (std::uint64_t i = range.from / page; i * page < range.to && i < pages; ++i) {
      if (++checked > kPagesChecked) return true;
      const std::string bytes = source.take(i * page, static_cast<std::size_t>(page));
      if (bytes.size() < page) return true;
      if (!sqlite_page_sound(bytes, pages, i == 0)) return false;
    }
  }
  return true;
}

bool check_postgresql(ByteSource& source, Touched touched) {
  std::size_t checked = 0;
  const ByteRange front{0, 8 * 8192};
  for (const ByteRange& range : touched.empty() ? Touched(&front, 1) : touched) {
    for (std::uint64_t i = range.from / 8192; i * 8192 < range.to && (i + 1) * 8192 <= source.size(); ++i) {
      if (++checked > kPagesChecked) return true;
      const std::string bytes = source.take(i * 8192, 8192);
      if (bytes.size() < 8192) return true;
      if (!postgresql_page_sound(bytes)) return false;
    }
  }
  return true;
}

bool check_elf(ByteSource& source) {
  const std::string head = source.take(0, 64);
  if (head.size() < 52 || head[4] < 1 || head[4] > 2 || head[5] < 1 || head[5] > 2) return false;
  const auto field = [&](std::size_t at, std::size_t width) {
    return head[5] == 1 ? little_endian(head, at, width) : big_endian(head, at, width);
  };
  const bool wide = head[4] == 2;
  const std::uint64_t programs = wide ? field(32, 8) : field(28, 4),
                      sections = wide ? field(40, 8) : field(32, 4);
  return programs < source.size() && sections < source.size();
}

bool check_openpgp(ByteSource& source) {
  const std::string head = source.take(0, 24);
  if (head.size() < 16) return false;
  const unsigned char tag = static_cast<unsigned char>(head[0]);
  std::size_t body = 2;
  unsigned kind = 0;
  if ((tag & 0xC0) == 0xC0) {
    kind = tag & 63;
  } else if ((tag & 0xC0) == 0x80) {
    kind = tag >> 2 & 15;
    if ((tag & 3) == 1) body = 3;
    if ((tag & 3) > 1) return false;
  }
  const unsigned version = static_cast<unsigned char>(head[body]);
  const unsigned second = static_cast<unsigned char>(head[body + 1]);
  if (kind == 3) {  // symmetric-key encrypted session key: cipher, then how the key is made from the words
    const unsigned s2k = static_cast<unsigned char>(head[body + 2]);
    return (version == 4 && second <= 13 && (s2k == 0 || s2k == 1 || s2k == 3 || s2k == 4)) || version == 5 ||
           version == 6;
  }
  if (kind == 1) {  // public-key encrypted session key: key id, algorithm
    const unsigned algorithm = static_cast<unsigned char>(head[body + 9]);
    return version == 3 && (algorithm <= 3 || (algorithm >= 16 && algorithm <= 28));
  }
  return false;
}

}  // namespace vedette::files
