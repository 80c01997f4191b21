// Text put into HTML, between tags or into a quoted attribute: & < > " and ' as character references. Pure;
// any thread.
#pragma once

#include <string>
#include <string_view>

namespace vedette {

std::string html_escaped(std::string_view text);

}  // namespace vedette
