// A file that was built into the program (content/, console/dist). The bytes live as long as the program.
#pragma once

#include <span>
#include <string_view>

namespace vedette {

struct EmbeddedFile {
  std::string_view path;  // below the embedded folder, with '/'
  std::string_view bytes;
};

}  // namespace vedette
