// The words of defacers in a page of a web root, by content/lexicon/defacement.toml. Says only what is new:
// a page that always wrote about hackers is not defaced. Parsed at the first use. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace vedette::files {

// The first strong phrase that `after` has and `before` has not; "" when there is none. At most 512 KiB of
// each are read.
std::string new_defacement_words(std::string_view before, std::string_view after);

}  // namespace vedette::files
