#include "desk/clocks/holidays.h"

#include "desk/clocks/lunar.h"

namespace vedette::desk {
namespace {

using std::chrono::days;
using std::chrono::local_days;

std::optional<local_days> date_in(const Holidays::Rule& rule, int year) {
  if (rule.lunar) return lunar_day(year, rule.month, rule.day);
  std::chrono::year_month_day date{std::chrono::year(year),
                                   std::chrono::month(static_cast<unsigned>(rule.month)),
                                   std::chrono::day(static_cast<unsigned>(rule.day))};
  if (!date.ok()) return std::nullopt;  // 29 February
  return local_days(date);
}

int year_of(local_days day) { return static_cast<int>(std::chrono::year_month_day(day).year()); }

}  // namespace

Holidays::Holidays(Definition definition) : definition_(std::move(definition)) {
  std::set<local_days> named;
  // A lunar date of one year may fall into the next, and so may a substitute day.
  for (int year = kFirstYear - 1; year <= kLastYear; ++year) {
    for (const auto& rule : definition_.rules) {
      auto date = date_in(rule, year);
      for (int i = -rule.days_before; date && i < rule.days; ++i) named.insert(*date + days(i));
    }
  }
  std::set<local_days> off = named;
  if (definition_.substitute) {
    for (auto day : named) {
      if (!weekend(day)) continue;
      auto instead = day + days(1);
      while (weekend(instead) || off.contains(instead)) instead += days(1);
      off.insert(instead);
    }
  }
  for (auto day : off) {
    if (!weekend(day) && !definition_.announced.contains(year_of(day)) && year_of(day) >= kFirstYear &&
        year_of(day) <= kLastYear)
      computed_.insert(day);
  }
}

bool Holidays::weekend(local_days day) const {
  return definition_.weekend[std::chrono::weekday(day).c_encoding()];
}

bool Holidays::works(local_days day) const {
  auto announced = definition_.announced.find(year_of(day));
  if (announced == definition_.announced.end()) return !weekend(day) && !computed_.contains(day);
  if (announced->second.works.contains(day)) return true;
  return !weekend(day) && !announced->second.off.contains(day);
}

bool Holidays::assumed(int year) const {
  auto announced = definition_.announced.find(year);
  return announced == definition_.announced.end() || !announced->second.verified;
}

}  // namespace vedette::desk
