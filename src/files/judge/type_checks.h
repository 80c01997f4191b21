// The structure checks of file_type.cpp, one per type. Each returns whether the structure is sound where it
// was looked at. Internal to the judge.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "files/judge/byte_source.h"
#include "files/judge/file_type.h"

namespace vedette::files {

using Touched = std::span<const ByteRange>;

bool overlaps(Touched touched, std::uint64_t from, std::uint64_t to);

// Archives and streams. check_zip also names the kind: OOXML, ODF, EPUB, JAR, encrypted.
FileType check_zip(ByteSource& source, Touched touched);
bool check_deflate(ByteSource& source, std::uint64_t offset, int window_bits, std::size_t input_max);
bool check_gzip(ByteSource& source);
bool check_zstd(ByteSource& source);
bool check_xz(ByteSource& source);
bool check_7z(ByteSource& source);
bool check_bzip2(ByteSource& source);
bool check_tar(ByteSource& source, Touched touched);

// Media.
bool check_jpeg(ByteSource& source, Touched touched);
bool check_png(ByteSource& source, Touched touched);
bool check_gif(ByteSource& source);
bool check_riff(ByteSource& source);
bool check_mp4(ByteSource& source);
bool check_mp3(ByteSource& source, Touched touched);
bool check_flac(ByteSource& source);

// Documents, databases, programs.
bool check_pdf(ByteSource& source, Touched touched);
bool check_ole2(ByteSource& source);
bool check_sqlite(ByteSource& source, Touched touched);
bool check_postgresql(ByteSource& source, Touched touched);
bool check_elf(ByteSource& source);
bool check_openpgp(ByteSource& source);

// Text: "" when the head, the tail or a touched range is not text.
std::string text_type(ByteSource& source, Touched touched);

}  // namespace vedette::files
