#include "files/judge/thresholds.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/assert.h"
#include "model/content.h"

namespace vedette::files {
namespace {

enum class Range { kScore, kShare, kCount };

struct Row {
  std::string_view name;
  double Thresholds::* field;
  Range range;
};

constexpr std::array kRows{
    Row{"suspicious", &Thresholds::suspicious, Range::kScore},
    Row{"attack", &Thresholds::attack, Range::kScore},
    Row{"became_random", &Thresholds::became_random, Range::kScore},
    Row{"became_encoded", &Thresholds::became_encoded, Range::kScore},
    Row{"broken_in_place", &Thresholds::broken_in_place, Range::kScore},
    Row{"payload_random", &Thresholds::payload_random, Range::kScore},
    Row{"foreign_type", &Thresholds::foreign_type, Range::kScore},
    Row{"copied_random", &Thresholds::copied_random, Range::kScore},
    Row{"copied_crypt", &Thresholds::copied_crypt, Range::kScore},
    Row{"type_lost", &Thresholds::type_lost, Range::kScore},
    Row{"canary_content", &Thresholds::canary_content, Range::kScore},
    Row{"weak_max", &Thresholds::weak_max, Range::kScore},
    Row{"text_lost", &Thresholds::text_lost, Range::kScore},
    Row{"renamed", &Thresholds::renamed, Range::kScore},
    Row{"note", &Thresholds::note, Range::kScore},
    Row{"canary_name", &Thresholds::canary_name, Range::kScore},
    Row{"spread", &Thresholds::spread, Range::kScore},
    Row{"rename_burst", &Thresholds::rename_burst, Range::kScore},
    Row{"rename_burst_files", &Thresholds::rename_burst_files, Range::kCount},
    Row{"rename_burst_types", &Thresholds::rename_burst_types, Range::kCount},
    Row{"rename_burst_seconds", &Thresholds::rename_burst_seconds, Range::kCount},
    Row{"session_share", &Thresholds::session_share, Range::kShare},
    Row{"tree_share", &Thresholds::tree_share, Range::kShare},
    Row{"half_life_files", &Thresholds::half_life_files, Range::kCount},
    Row{"half_life_hours", &Thresholds::half_life_hours, Range::kCount},
    Row{"tree_half_life_files", &Thresholds::tree_half_life_files, Range::kCount},
    Row{"tree_half_life_hours", &Thresholds::tree_half_life_hours, Range::kCount},
    Row{"note_directories_min", &Thresholds::note_directories_min, Range::kCount},
};

Result<double> number_of(const Row& row, const toml::table& table, std::string_view name) {
  const auto wrong = [&](const toml::node& node, std::string_view why) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{}:{}: {}: {}", name, node.source().begin.line, row.name, why));
  };
  for (const auto& [key, node] : table) {
    if (key != "value" && key != "reason")
      return wrong(node, fmt::format("\"{}\" is not known here", key.str()));
  }
  const auto* reason = table.get("reason");
  const auto text = reason ? reason->value_exact<std::string>() : std::nullopt;
  if (!text || text->size() < 10) return wrong(reason ? *reason : table, "a reason in words is missing");
  const auto* node = table.get("value");
  const auto value = node && node->is_number() ? node->value<double>() : std::nullopt;
  if (!value) return wrong(node ? *node : table, "a number \"value\" is missing");
  if (!std::isfinite(*value)) return wrong(*node, "must be finite");
  switch (row.range) {
    case Range::kScore:
      if (*value <= 0 || *value > 10) return wrong(*node, "must be above 0 and at most 10");
      break;
    case Range::kShare:
      if (*value < 0 || *value > 1) return wrong(*node, "must be from 0 to 1");
      break;
    case Range::kCount:
      if (*value < 1 || *value > 1e6) return wrong(*node, "must be from 1 to 1000000");
      break;
  }
  return *value;
}

}  // namespace

Result<Thresholds> parse_thresholds(std::string_view text, std::string_view name) {
  toml::table root;
  try {
    root = toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{}:{}: {}", name, error.source().begin.line, error.description()));
  }
  Thresholds out;
  for (const auto& [key, node] : root) {
    const auto row =
        std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.name == key.str(); });
    const auto line = node.source().begin.line;
    if (row == kRows.end())
      return fail(ErrorCode::kInvalid, fmt::format("{}:{}: \"{}\" is no threshold", name, line, key.str()));
    const auto* table = node.as_table();
    if (!table)
      return fail(ErrorCode::kInvalid,
                  fmt::format("{}:{}: \"{}\" must be a table with value and reason", name, line, key.str()));
    TRY_ASSIGN(out.*(row->field), number_of(*row, *table, name));
  }
  for (const Row& row : kRows) {
    if (!root.contains(row.name))
      return fail(ErrorCode::kInvalid, fmt::format("{}: \"{}\" is missing", name, row.name));
  }
  const auto impossible = [&](std::string_view what) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{}:{}: {}", name, root.get("attack")->source().begin.line, what));
  };
  if (out.suspicious >= out.attack) return impossible("suspicious must be below attack");
  if (out.weak_max >= out.attack)
    return impossible("weak_max must be below attack: weak evidence never decides alone");
  return out;
}

const Thresholds& default_thresholds() {
  static const Thresholds thresholds = [] {
    auto parsed = parse_thresholds(content::content_file("files/thresholds.toml"), "thresholds.toml");
    VEDETTE_ASSERT(parsed.has_value());
    return *parsed;
  }();
  return thresholds;
}

}  // namespace vedette::files
