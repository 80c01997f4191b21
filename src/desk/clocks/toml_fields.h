// One table of a person's TOML file, read key by key: what is missing, of the wrong form or unknown becomes
// one refusal that names file, line, key and what to do. The first refusal stands; the readers after it give
// an empty value, so that a loader reads straight on and asks finish() at the end.
//
// For the .cpp files of loaders: it includes the TOML library. One thread.
#pragma once

#include <toml++/toml.h>

#include <chrono>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "desk/clocks/two_languages.h"

namespace vedette::desk {

inline constexpr std::size_t kClockFileBytesMax = 256 * 1024;
inline constexpr std::size_t kClockTextBytesMax = 2000;

// kInvalid: no TOML; kLimit: larger than kClockFileBytesMax.
Result<toml::table> read_toml(std::string_view text, std::string_view file);

class TomlFields {
 public:
  TomlFields(const toml::table& table, std::string_view file) : table_(table), file_(file) {}

  bool has(std::string_view key) const { return table_.contains(key); }
  std::string text(std::string_view key);
  std::string id(std::string_view key);     // a to z, 0 to 9 and _, at most 40
  TwoLanguages both(std::string_view key);  // key.vi and key.en
  std::int64_t number(std::string_view key, std::int64_t least, std::int64_t most);
  bool flag(std::string_view key, bool otherwise);
  std::size_t word(std::string_view key, std::span<const std::string_view> words);  // which of them
  std::vector<std::size_t> words(std::string_view key, std::span<const std::string_view> words);
  // A list of texts, each once; none when it is not there.
  std::vector<std::string> texts(std::string_view key, std::size_t most);
  std::optional<std::chrono::local_days> date(std::string_view key);  // empty when it is not there
  std::string zone(std::string_view key);                             // IANA
  // The day of `verified_on`, which is there exactly when the file says that it is verified. `against`: with
  // what somebody compared it, for the message.
  std::optional<std::chrono::local_days> verified_on(bool verified, std::string_view against);
  std::vector<std::chrono::local_days> dates(std::string_view key, std::size_t most);
  // The tables of [[key]]; none when it is not there.
  std::vector<const toml::table*> tables(std::string_view key, std::size_t most);

  void refuse(std::string_view key, std::string_view what);  // of this table, unless one stands already
  void take(const Result<void>& inner);                      // the refusal of a table below this one
  Result<void> finish();

 private:
  const toml::node* find(std::string_view key);

  const toml::table& table_;
  std::string_view file_;
  std::set<std::string, std::less<>> known_;
  std::optional<Error> refusal_;
};

}  // namespace vedette::desk
