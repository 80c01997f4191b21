// Reading content/regimes/*.toml and a user's files of the same form.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "desk/clocks/regime.h"
#include "desk/clocks/toml_fields.h"

namespace vedette::desk {
namespace {

constexpr std::size_t kStepsMax = 32, kRecipientsMax = 16;
constexpr std::array kKinds{RegimeKind::kLaw, RegimeKind::kInternal};
constexpr std::array kStarts{ClockStart::kDetected, ClockStart::kAware, ClockStart::kRequestReceived,
                             ClockStart::kFinished, ClockStart::kSent};
constexpr std::array kUnits{PeriodUnit::kAtOnce,    PeriodUnit::kHours,       PeriodUnit::kDays,
                            PeriodUnit::kWholeDays, PeriodUnit::kWorkingDays, PeriodUnit::kMonths};
constexpr std::array kFlags{IncidentFlag::kBeyondCapacity, IncidentFlag::kUrgent};
constexpr std::array<std::string_view, 2> kRegimeStatuses{"unverified", "verified"};

template <class Enum, std::size_t N>
std::array<std::string_view, N> words_of_all(const std::array<Enum, N>& values) {
  std::array<std::string_view, N> out;
  std::ranges::transform(values, out.begin(), [](Enum value) { return to_string(value); });
  return out;
}

std::vector<IncidentFlag> flags(TomlFields& fields, std::string_view key) {
  std::vector<IncidentFlag> out;
  for (auto index : fields.words(key, words_of_all(kFlags))) out.push_back(kFlags[index]);
  return out;
}

Period read_period(TomlFields& fields) {
  Period out;
  std::vector<std::string_view> given;
  for (auto unit : kUnits) {
    if (fields.has(to_string(unit))) given.push_back(to_string(unit));
  }
  if (given.size() != 1) {
    fields.refuse(given.empty() ? "hours" : given.back(),
                  fmt::format("give the period once, by one of: {}", fmt::join(words_of_all(kUnits), ", ")));
    return out;
  }
  for (auto unit : kUnits) {
    if (given[0] != to_string(unit)) continue;
    out.unit = unit;
    if (unit != PeriodUnit::kAtOnce) {
      out.amount = static_cast<int>(fields.number(given[0], 1, amount_max(unit)));
    } else if (!fields.flag(given[0], false)) {
      fields.refuse(given[0], "write true, or a period in its place");
    }
  }
  return out;
}

Result<void> read_step(const toml::table& table, std::string_view file, const Regime& regime,
                       RegimeStep& step) {
  TomlFields fields(table, file);
  step.id = fields.id("id");
  if (regime.step(step.id)) fields.refuse("id", "is the id of two steps; rename one");
  step.name = fields.both("name");
  step.start = kStarts[fields.word("start", words_of_all(kStarts))];
  if (step.start == ClockStart::kSent) {
    step.after = fields.id("after");
    if (!regime.step(step.after)) fields.refuse("after", "is no step above this one");
  }
  step.period = read_period(fields);
  if (step.period.unit == PeriodUnit::kWorkingDays && regime.holidays.empty())
    fields.refuse("working_days", "needs `holidays` at the head of the file, e.g. holidays = \"vn\"");
  step.when = flags(fields, "when");
  step.unless = flags(fields, "unless");
  for (const auto* recipient : fields.tables("recipient", kRecipientsMax)) {
    TomlFields inner(*recipient, file);
    step.recipients.push_back(inner.both("name"));
    fields.take(inner.finish());
  }
  if (step.recipients.empty())
    fields.refuse("recipient", "is missing; write [[step.recipient]] and its name.vi, name.en");
  step.form = fields.both("form");
  step.citation = fields.text("citation");
  return fields.finish();
}

}  // namespace

Result<Regime> parse_regime(std::string_view toml, std::string_view file) {
  TRY_ASSIGN(auto root, read_toml(toml, file));
  TomlFields fields(root, file);
  Regime out;
  out.id = fields.id("id");
  out.name = fields.both("name");
  out.applies_to = fields.both("applies_to");
  out.kind = kKinds[fields.word("kind", words_of_all(kKinds))];
  out.verified = fields.word("status", kRegimeStatuses) == 1;
  out.verified_on = fields.verified_on(out.verified, "its source");
  out.citation = fields.text("citation");
  out.in_force_from = fields.date("in_force_from");
  out.in_force_to = fields.date("in_force_to");
  if (out.in_force_from && out.in_force_to && *out.in_force_to < *out.in_force_from)
    fields.refuse("in_force_to", "is before in_force_from");
  out.zone = fields.zone("zone");
  if (fields.has("holidays")) out.holidays = fields.id("holidays");
  for (const auto* table : fields.tables("step", kStepsMax)) {
    RegimeStep step;
    fields.take(read_step(*table, file, out, step));
    out.steps.push_back(std::move(step));
  }
  if (out.steps.empty()) fields.refuse("step", "is missing; write at least one [[step]]");
  TRY(fields.finish());
  return out;
}

}  // namespace vedette::desk
