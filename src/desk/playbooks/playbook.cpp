#include "desk/playbooks/playbook.h"

#include <algorithm>

#include "desk/clocks/toml_fields.h"

namespace vedette::desk {
namespace {

constexpr std::array<std::string_view, 5> kPlaybookPhaseWords{"analysis", "containment", "eradication",
                                                              "recovery", "review"};
constexpr std::int64_t kDueMinutesMax = 90LL * 24 * 60;

TwoLanguages both_if_there(TomlFields& fields, std::string_view key) {
  return fields.has(key) ? fields.both(key) : TwoLanguages{};
}

Result<void> read_playbook_step(const toml::table& table, std::string_view file, const Playbook& playbook,
                                PlaybookStep& step) {
  TomlFields fields(table, file);
  step.id = fields.id("id");
  if (std::ranges::find(playbook.steps, step.id, &PlaybookStep::id) != playbook.steps.end())
    fields.refuse("id", "is the id of two steps; rename one");
  step.phase = kPlaybookPhases[fields.word("phase", kPlaybookPhaseWords)];
  step.role = kTaskRoles[fields.word("role", kTaskRoles)];
  step.title = fields.both("title");
  step.what = fields.both("what");
  step.evidence = both_if_there(fields, "evidence");
  if (fields.has("due_minutes"))
    step.due_minutes = static_cast<int>(fields.number("due_minutes", 1, kDueMinutesMax));
  return fields.finish();
}

// "T1486" is also "T1486.001".
bool is_technique(std::string_view wanted, std::string_view found) {
  return found == wanted ||
         (found.size() > wanted.size() && found.starts_with(wanted) && found[wanted.size()] == '.');
}

}  // namespace

std::string_view to_string(PlaybookPhase phase) {
  return kPlaybookPhaseWords[static_cast<std::size_t>(phase)];
}
std::optional<PlaybookPhase> playbook_phase_from(std::string_view text) {
  auto found = std::ranges::find(kPlaybookPhaseWords, text);
  if (found == kPlaybookPhaseWords.end()) return std::nullopt;
  return static_cast<PlaybookPhase>(found - kPlaybookPhaseWords.begin());
}

Result<Playbook> parse_playbook(std::string_view toml, std::string_view file) {
  TRY_ASSIGN(auto root, read_toml(toml, file));
  TomlFields fields(root, file);
  Playbook out;
  out.id = fields.id("id");
  out.name = fields.both("name");
  out.summary = fields.both("summary");
  out.kinds = fields.texts("kinds", PlaybookLimits::kKinds);
  out.attack = fields.texts("attack", PlaybookLimits::kKinds);
  for (const auto* table : fields.tables("step", PlaybookLimits::kSteps)) {
    PlaybookStep step;
    fields.take(read_playbook_step(*table, file, out, step));
    out.steps.push_back(std::move(step));
  }
  if (out.steps.empty()) fields.refuse("step", "is missing; write at least one [[step]]");
  TRY(fields.finish());
  return out;
}

std::size_t suggested_by(const Playbook& playbook, const std::vector<std::string>& kinds,
                         const std::vector<std::string>& techniques) {
  auto score = static_cast<std::size_t>(std::ranges::count_if(kinds, [&](const std::string& kind) {
    return std::ranges::find(playbook.kinds, kind) != playbook.kinds.end();
  }));
  score += static_cast<std::size_t>(std::ranges::count_if(techniques, [&](const std::string& found) {
    return std::ranges::any_of(playbook.attack,
                               [&](const std::string& wanted) { return is_technique(wanted, found); });
  }));
  return score;
}

}  // namespace vedette::desk
