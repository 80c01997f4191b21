// Text in the letters of ASCII, for what can carry no others (an SMS of 160 characters): "Nghiêm trọng" →
// "Nghiem trong". Characters without such a form become "?". Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace vedette {

std::string plain_letters(std::string_view text);

}  // namespace vedette
