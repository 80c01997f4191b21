// ShellRules: the traits of web shells in a file, by the rules of content/yara (YARA 4). Each rule has a
// weight; a file whose traits weigh kShell or more together is taken for a web shell.
//
// A file is looked at as it is, and once more as plain code (plain_code.h): comments gone, constant strings
// put together, what a variable carries from the request followed. Rules marked `plain` look at the plain
// code only, so that a comment or an article about shells is none. One scan is bounded in bytes and in time.
// Immutable after compile(); scan() may be called by any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::files {

struct ShellTrait {
  std::string rule;  // its name in content/yara
  int weight = 0;
  std::string excerpt;  // what matched, readable, at most 240 bytes
};

struct ShellScan {
  std::vector<ShellTrait> traits;  // heaviest first
  bool incomplete = false;         // cut at the size cap, or the time was up
  int weight() const;
  bool shell() const { return weight() >= kShell; }
  static constexpr int kShell = 100;
};

class ShellRules {
 public:
  static constexpr std::size_t kBytesMax = 16u << 20;
  static constexpr int kSecondsMax = 5;

  static Result<std::unique_ptr<ShellRules>> compile();
  // `sources` are (name, text): other rules than those of the program, for tests.
  static Result<std::unique_ptr<ShellRules>> compile(
      const std::vector<std::pair<std::string, std::string>>& sources);
  ~ShellRules();
  ShellRules(const ShellRules&) = delete;
  ShellRules& operator=(const ShellRules&) = delete;

  ShellScan scan(std::string_view bytes) const;
  std::size_t size() const;  // rules

 private:
  struct Compiled;
  explicit ShellRules(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace vedette::files
