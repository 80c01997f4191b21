// Writer: who wrote a file, as far as the watch cares: a package manager whose work is nobody's alarm, or
// anybody else.
#pragma once

#include <string>
#include <string_view>

#include "files/actor.h"

namespace vedette::files {

enum class Writer : char {
  kUnknown,  // not told, or gone before it could be read
  kOther,
  kPackages,  // dpkg, apt, rpm, dnf, yum, zypper, pacman, apk, run by root, or a script of theirs
};
std::string_view to_string(Writer writer);

// A package manager counts only as root and only by the path of its executable: anybody may name his program
// "dpkg", only root may put it there (and root can do everything anyway).
Writer writer_of(const Actor& actor);

}  // namespace vedette::files
