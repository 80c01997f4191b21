// Reading content/holidays/*.toml and a user's files of the same form.
#include <fmt/format.h>

#include <array>

#include "desk/clocks/holidays.h"
#include "desk/clocks/toml_fields.h"

namespace vedette::desk {
namespace {

using std::chrono::local_days;

constexpr std::size_t kRulesMax = 60, kAnnouncedYearsMax = 100, kDaysOffMax = 60, kWeekendDaysMax = 3;
constexpr std::array<std::string_view, 7> kWeekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                    "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 2> kCalendars{"gregorian", "vietnamese_lunar"};
constexpr std::array<std::string_view, 2> kStatuses{"unverified", "verified"};

Result<void> read_rule(const toml::table& table, std::string_view file, Holidays::Rule& rule) {
  TomlFields fields(table, file);
  rule.id = fields.id("id");
  rule.name = fields.both("name");
  rule.lunar = fields.word("calendar", kCalendars) == 1;
  rule.month = static_cast<int>(fields.number("month", 1, 12));
  rule.day = static_cast<int>(fields.number("day", 1, rule.lunar ? 30 : 31));
  if (fields.has("days_before")) rule.days_before = static_cast<int>(fields.number("days_before", 0, 10));
  if (fields.has("days")) rule.days = static_cast<int>(fields.number("days", 1, 10));
  // 2024 is a leap year: a day that it does not have, no year has.
  std::chrono::year_month_day date{std::chrono::year(2024),
                                   std::chrono::month(static_cast<unsigned>(rule.month)),
                                   std::chrono::day(static_cast<unsigned>(rule.day))};
  if (!rule.lunar && !date.ok()) fields.refuse("day", "the month has no such day");
  return fields.finish();
}

Result<void> read_announcement(const toml::table& table, std::string_view file, Holidays::Definition& into) {
  TomlFields fields(table, file);
  auto year = static_cast<int>(fields.number("year", Holidays::kFirstYear, Holidays::kLastYear));
  Holidays::Announcement one;
  one.verified = fields.word("status", kStatuses) == 1;
  one.citation = fields.text("citation");
  if (one.verified && !fields.date("verified_on"))
    fields.refuse("verified_on",
                  "is missing; write the day on which somebody compared this list with its source");
  const auto elsewhere = [&](local_days day) {
    return std::chrono::year_month_day(day).year() != std::chrono::year(year);
  };
  const auto on_weekend = [&](local_days day) {
    return into.weekend[std::chrono::weekday(day).c_encoding()];
  };
  for (auto day : fields.dates("off", kDaysOffMax)) {
    if (elsewhere(day))
      fields.refuse("off", "a day is not of this year; each year has an [[announced]] of its own");
    one.off.insert(day);
  }
  for (auto day : fields.dates("works", kDaysOffMax)) {
    if (elsewhere(day))
      fields.refuse("works", "a day is not of this year; each year has an [[announced]] of its own");
    if (!on_weekend(day)) fields.refuse("works", "a day is no weekend day and works in any case; remove it");
    one.works.insert(day);
  }
  if (!fields.has("off"))
    fields.refuse(
        "off",
        "is missing; list every day off of the year that is no weekend: the list replaces what is computed");
  if (!into.announced.emplace(year, std::move(one)).second)
    fields.refuse("year", "is announced twice; keep one of them");
  return fields.finish();
}

}  // namespace

Result<Holidays> parse_holidays(std::string_view toml, std::string_view file) {
  TRY_ASSIGN(auto root, read_toml(toml, file));
  TomlFields fields(root, file);
  Holidays::Definition out;
  out.id = fields.id("id");
  out.name = fields.both("name");
  auto weekend = fields.words("weekend", kWeekdays);
  for (auto day : weekend) out.weekend[day] = true;
  if (weekend.size() > kWeekendDaysMax)
    fields.refuse("weekend", "has more than three days; a working day must remain");
  out.substitute = fields.flag("substitute", false);
  for (const auto* table : fields.tables("holiday", kRulesMax))
    fields.take(read_rule(*table, file, out.rules.emplace_back()));
  int days_off = 0;
  for (const auto& rule : out.rules) days_off += rule.days_before + rule.days;
  if (days_off > static_cast<int>(kDaysOffMax))
    fields.refuse("holiday", fmt::format("come to more than {} days a year", kDaysOffMax));
  for (const auto* table : fields.tables("announced", kAnnouncedYearsMax))
    fields.take(read_announcement(*table, file, out));
  TRY(fields.finish());
  return Holidays(std::move(out));
}

}  // namespace vedette::desk
