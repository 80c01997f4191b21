#include "model/content.h"

#include "base/assert.h"

namespace vedette::content {

std::string_view content_file(std::string_view path) {
  const EmbeddedFile* found = nullptr;
  for (const auto& file : content_files()) {
    if (file.path == path) found = &file;
  }
  VEDETTE_ASSERT(found != nullptr);
  return found->bytes;
}

}  // namespace vedette::content
