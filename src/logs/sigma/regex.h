// Regular expressions of rules. The specification's flavour is PCRE; RE2 runs it in linear time where it can
// say the same, and PCRE2, with limits, where it cannot (look-around, back references, atomic groups).
//
// translate_regex decides once, at reading; Regex runs what it decided. Any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "logs/sigma/rule.h"

namespace vedette::logs::sigma {

struct RegexFlags {
  bool ignore_case = false, multi_line = false, dot_all = false;  // i, m, s
};

struct Translated {
  Comparison comparison = Comparison::kRegex;  // or kRegexBacktracking
  std::string text;                            // what Predicate::text holds
};
inline constexpr std::size_t kRegexBytesMax = 64u << 10;
// Why not, in words for the person who wrote it.
std::expected<Translated, std::string> translate_regex(std::string_view pattern, RegexFlags flags);

class Regex {
 public:
  static std::expected<Regex, std::string> compile(Comparison comparison, std::string_view text);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();
  // Somewhere in `text`. A search that reaches PCRE2's limits (kRegexStepsMax) does not find and is counted.
  bool found_in(std::string_view text) const;

 private:
  struct Engines;
  explicit Regex(std::unique_ptr<Engines> engines);
  std::unique_ptr<Engines> engines_;
};

inline constexpr std::uint32_t kRegexStepsMax = 200'000;
// Searches of this process that were given up at that limit.
std::uint64_t regexes_given_up();

}  // namespace vedette::logs::sigma
