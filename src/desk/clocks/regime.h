// Regime: the deadlines that one law, or one internal rule, sets for an incident, as a dated and cited value.
//
// Source of the form: content/regimes/*.toml and docs/clocks.md. `verified` is what a person has said who
// compared the file with the law's text; a clock made from anything else is shown with that status. Plain
// values.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/zone.h"
#include "desk/clocks/counting.h"
#include "desk/clocks/two_languages.h"

namespace vedette::desk {

enum class RegimeKind { kLaw, kInternal };  // "law", "internal"
std::string_view to_string(RegimeKind kind);

// What starts a clock. kSent: the report of another step of the regime went out.
enum class ClockStart { kDetected, kAware, kRequestReceived, kFinished, kSent };
// "detected", "aware", "request_received", "finished", "sent"
std::string_view to_string(ClockStart start);

// What is said of an incident by yes or no, and decides which steps apply.
enum class IncidentFlag { kBeyondCapacity, kUrgent };  // "beyond_capacity", "urgent"
std::string_view to_string(IncidentFlag flag);

struct RegimeStep {
  std::string id = {};
  TwoLanguages name = {};
  ClockStart start = ClockStart::kDetected;
  std::string after = {};  // kSent: the id of that step, which stands before this one
  Period period = {};
  std::vector<IncidentFlag> when = {}, unless = {};  // all of `when`, none of `unless`
  std::vector<TwoLanguages> recipients = {};
  TwoLanguages form = {};  // what is to be sent
  std::string citation = {};
};

struct Regime {
  std::string id = {};
  TwoLanguages name = {}, applies_to = {};
  RegimeKind kind = RegimeKind::kLaw;
  bool verified = false;
  std::optional<std::chrono::local_days> verified_on = {};
  std::string citation = {};
  std::optional<std::chrono::local_days> in_force_from = {}, in_force_to = {};  // both days included
  std::string zone = {};                                                        // IANA
  std::string holidays = {};  // id of a file of holidays; needed where a step counts working days
  std::vector<RegimeStep> steps = {};

  const RegimeStep* step(std::string_view id) const;
};

// `file` is for messages. kInvalid and kLimit name file, line, key and what to do.
Result<Regime> parse_regime(std::string_view toml, std::string_view file);

}  // namespace vedette::desk
