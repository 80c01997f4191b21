// The form in which text is searched: lower case, without diacritics (đ is d), so that "bao mat" finds "Báo
// Mật".
#pragma once

#include <string>
#include <string_view>

namespace vedette::desk {

std::string search_text(std::string_view text);  // UTF-8; at most the first 2,000 bytes

}  // namespace vedette::desk
