// What a file is by its content, and whether the structure of that type is sound.
//
// A magic number alone proves nothing: an attacker keeps or forges it. So each type that matters checks what
// only a real file has: a zip's directory and checksums, a JPEG's markers, the pages of a database. What was
// changed is checked first: `touched` names where. Types with no such check are known by their magic and are
// sound by that.
//
// Foreign bytes: at most the source's budget is read, every walk has a limit, the time is linear in it. Where
// the budget ends before a fault is found, the structure passes as sound. Thread-safe: no state.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "files/judge/byte_source.h"

namespace vedette::files {

struct ByteRange {
  std::uint64_t from = 0, to = 0;  // [from, to)
  bool operator==(const ByteRange&) const = default;
};

struct FileType {
  std::string media;  // media type, "" when unknown
  bool sound = false;
};

// At most the first 64 of `touched` are looked at; empty means a sample of the whole.
FileType identify(ByteSource& source, std::span<const ByteRange> touched);

// How programs treat files of a type.
enum class TypeTrait {
  kUnknown,
  kText,        // people and programs edit it
  kDocument,    // saved as a whole by an application
  kMedia,       // pictures, sound, video: the payload is never edited in place
  kCompressed,  // archives and compressed streams: written once
  kDatabase,    // changed in place by its engine
  kProgram,
  kCrypt,  // what people encrypt with themselves: OpenPGP, encrypted zip, age, KeePass
};
TypeTrait trait_of(std::string_view media);
// A known ending of file names (".docx", ".sqlite", ".bak"); lower case, with the dot.
bool known_extension(std::string_view extension);

}  // namespace vedette::files
