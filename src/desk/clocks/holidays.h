// Holidays: on which days an office works, as far as anybody has said so.
//
// What the law names is computed: fixed dates, dates of the Vietnamese lunar calendar (lunar.h), and a
// substitute day for each that falls on a weekend. What a government announces for a year (which five days
// Tết takes, working Saturdays in exchange for a bridge day) is a list that replaces the computed days of
// that year. A year without a list, or with one that nobody has verified, still has answers, and they say so
// (`assumed`): the file then names only days off that every announcement would keep, since one day off too
// many makes a deadline late.
//
// Source of the form: content/holidays/*.toml. Limit: computed for kFirstYear to kLastYear; outside only
// weekends are off, and everything is assumed. Immutable once read; thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "desk/clocks/two_languages.h"

namespace vedette::desk {

class Holidays {
 public:
  static constexpr int kFirstYear = 2000, kLastYear = 2099;

  struct Rule {
    std::string id = {};
    TwoLanguages name = {};
    bool lunar = false;
    int month = 1, day = 1;
    int days_before = 0, days = 1;  // the days off begin so many before the date; `days` from the date on
  };
  struct Announcement {
    bool verified = false;
    std::string citation = {};
    std::set<std::chrono::local_days> off = {};    // every day off of the year that is no weekend
    std::set<std::chrono::local_days> works = {};  // weekend days on which offices work
  };
  struct Definition {
    std::string id = {};
    TwoLanguages name = {};
    std::array<bool, 7> weekend = {};  // by std::chrono::weekday::c_encoding(): Sunday first
    bool substitute = false;           // a holiday on a weekend: the next working day is off as well
    std::vector<Rule> rules = {};
    std::map<int, Announcement> announced = {};  // by year
  };
  explicit Holidays(Definition definition);

  const std::string& id() const { return definition_.id; }
  const Definition& definition() const { return definition_; }
  bool works(std::chrono::local_days day) const;
  bool assumed(int year) const;  // no verified announcement of this year

 private:
  bool weekend(std::chrono::local_days day) const;

  Definition definition_;
  std::set<std::chrono::local_days> computed_;  // of the years without announcement, but for weekends
};

// `file` is for messages. kInvalid and kLimit name file, line, key and what to do.
Result<Holidays> parse_holidays(std::string_view toml, std::string_view file);

}  // namespace vedette::desk
