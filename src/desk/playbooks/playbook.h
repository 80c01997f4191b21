// Playbook: what is to be done about one kind of incident, step by step, as a plain value. Read from
// content/playbooks/*.toml, from an organisation's own files of the same form, or from CACAO 2.0 (cacao.h).
//
// Phases are those of NIST SP 800-61r2 from the first analysis on; preparation is not part of an incident.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "desk/clocks/two_languages.h"

namespace vedette::desk {

enum class PlaybookPhase { kAnalysis, kContainment, kEradication, kRecovery, kReview };
std::string_view to_string(
    PlaybookPhase phase);  // "analysis", "containment", "eradication", "recovery", "review"
std::optional<PlaybookPhase> playbook_phase_from(std::string_view text);
inline constexpr std::array kPlaybookPhases{PlaybookPhase::kAnalysis, PlaybookPhase::kContainment,
                                            PlaybookPhase::kEradication, PlaybookPhase::kRecovery,
                                            PlaybookPhase::kReview};

// Who is meant to do it: one of the incident's roles, or the analyst on duty.
inline constexpr std::array<std::string_view, 5> kTaskRoles{"analyst", "commander", "deputy", "scribe",
                                                            "liaison"};

struct PlaybookStep {
  std::string id = {};
  PlaybookPhase phase = PlaybookPhase::kAnalysis;
  std::string role = "analyst";  // of kTaskRoles
  TwoLanguages title = {};
  TwoLanguages what = {};      // what to do, with which means
  TwoLanguages evidence = {};  // what to keep as evidence; empty: nothing in particular
  int due_minutes = 0;         // after the playbook was chosen; 0: no time of its own
  bool operator==(const PlaybookStep&) const = default;
};

struct Playbook {
  std::string id = {};
  TwoLanguages name = {}, summary = {};
  // Which alerts suggest it: kinds ("encryption_attack") and ATT&CK techniques, by which alerts of log rules
  // are told apart
  // ("T1486", which is also its sub-techniques).
  std::vector<std::string> kinds = {}, attack = {};
  std::vector<PlaybookStep> steps = {};
  std::string source = {};  // "built_in", "own" or "imported"
  bool operator==(const Playbook&) const = default;
};

struct PlaybookLimits {
  static constexpr std::size_t kSteps = 64, kKinds = 64, kTextBytes = 2'000;
};

// `file` names it in refusals (kInvalid), which say file, line, key and what to do.
Result<Playbook> parse_playbook(std::string_view toml, std::string_view file);

// How strongly alerts of these kinds and techniques suggest it: how many of them it names. 0: not at all.
std::size_t suggested_by(const Playbook& playbook, const std::vector<std::string>& kinds,
                         const std::vector<std::string>& techniques);

}  // namespace vedette::desk
