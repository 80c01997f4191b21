// Incident: a case that people work on, as a plain value: what it is, how far its handling is, and the facts
// that legal clocks run from.
//
// States are the phases of NIST SP 800-61 (containment, eradication, recovery); TLP is FIRST's Traffic Light
// Protocol 2.0. Times are UTC.
#pragma once

#include "desk/clocks/clocks.h"
#include "desk/desk.h"

namespace vedette::desk {

enum class IncidentState { kNew, kTriaged, kContained, kEradicated, kRecovered, kClosed };
// "new", "triaged", "contained", "eradicated", "recovered", "closed"
std::string_view to_string(IncidentState state);
std::optional<IncidentState> incident_state_from(std::string_view text);

enum class Tlp { kRed, kAmberStrict, kAmber, kGreen, kClear };
std::string_view to_string(Tlp tlp);  // "red", "amber+strict", "amber", "green", "clear"
std::optional<Tlp> tlp_from(std::string_view text);

struct IncidentRoles {  // ids of people (desk/roster/person.h); empty: nobody
  std::string commander = {}, deputy = {}, scribe = {}, liaison = {};
  bool operator==(const IncidentRoles&) const = default;
};

struct Incident {
  std::string id = {};
  std::string reference = {};  // "2026-0001": the year it was opened, then a number
  std::int64_t revision = 0;
  std::string title = {}, summary = {};
  Severity severity = Severity::kMedium;
  Tlp tlp = Tlp::kAmber;
  IncidentState state = IncidentState::kNew;
  std::vector<std::string> regimes = {};  // ids of a RegimeSet
  IncidentFacts facts = {};
  IncidentRoles roles = {};
  std::string merged_into = {}, split_from = {};  // ids of incidents
  WallTime created_at{}, updated_at{};
  std::string created_by = {};
  std::optional<WallTime> closed_at = {};
  std::string closed_by = {}, close_note = {};
  bool operator==(const Incident&) const = default;
};

struct IncidentLimits {
  static constexpr std::size_t kTitleBytes = 200, kTextBytes = 10'000, kRegimes = 20, kAlerts = 500;
  static constexpr std::int64_t kOpen = 5'000;  // not closed, not merged
  static constexpr std::chrono::minutes kAhead{
      1};  // how far a time may lie ahead: clocks of two machines differ
};

// What was done, noted or found out. Never changed, never removed.
struct IncidentEntry {
  std::string id = {}, incident_id = {};
  WallTime at{};                             // when it was written down
  std::optional<WallTime> happened_at = {};  // of a note about something earlier
  std::string kind = {};                     // "opened", "changed", "moved", "note", "linked", "report"…
  std::string actor = {};
  Message text = {};
};

// A report of a regime's step that went out.
struct SentReport {
  ClockKey key = {};
  WallTime sent_at{};
  WallTime recorded_at{};
  std::string by = {};
  std::string note = {};  // the recipient's receipt or number
};
SentReports sent_times(const std::vector<SentReport>& reports);

// kInvalid names the field: lengths, regimes that the set does not know, times in the future or out of order.
Result<void> check_incident(const Incident& incident, const RegimeSet& set, WallTime now);

// "severity: low → high; detected_at: … → …": what differs, by the API's names; empty when nothing does.
std::string differences(const Incident& before, const Incident& after);

}  // namespace vedette::desk
