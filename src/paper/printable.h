// Text as both formats may hold it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "paper/document.h"

namespace vedette::paper {

// Without control characters but \n (a tab is a space) and without what XML 1.0 forbids; bytes that are no
// UTF-8 become U+FFFD.
std::string printable(std::string_view text);
Result<void> check_size(const Document& document);  // kLimit

}  // namespace vedette::paper
