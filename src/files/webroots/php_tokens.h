// PHP source as tokens, as far as the web-shell watch needs them. Comments and white space are dropped,
// constant strings decoded. Forgiving: whatever is cut off or malformed ends where the text ends. Linear.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vedette::files {

struct PhpToken {
  enum class Kind : char {
    kName,       // identifier, keyword, qualified name
    kVariable,   // "$name" with its dollar
    kString,     // a constant string, decoded
    kTemplate,   // a string with variables in it, as written without quotes
    kBackticks,  // `command`
    kNumber,
    kMark,  // one character
  };
  Kind kind = Kind::kMark;
  std::string text;
  bool is(char mark) const { return kind == Kind::kMark && text.size() == 1 && text[0] == mark; }
};

// What stands between <?php, <?= or <? and ?> (or the end), each closed by ';'.
std::vector<std::string> php_sections(std::string_view bytes);
std::vector<PhpToken> php_tokens(std::string_view code);

}  // namespace vedette::files
