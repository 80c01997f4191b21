// The program's version, from CMakeLists.txt.
#pragma once

#include <string_view>

namespace vedette::server {

std::string_view version();

}  // namespace vedette::server
