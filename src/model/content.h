// The files of content/, built into the program. Paths are relative to content/, e.g. "text/en/sites.toml".
#pragma once

#include <span>
#include <string_view>

#include "base/embedded.h"

namespace vedette::content {

std::span<const EmbeddedFile> content_files();
// The bytes of one file. Asserts that it exists: content is part of the program.
std::string_view content_file(std::string_view path);

}  // namespace vedette::content
