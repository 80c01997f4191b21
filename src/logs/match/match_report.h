// A match as people and programs read it: which rule, which event, and which of its values held.
//
// Events are hostile: control characters never reach a terminal, a spreadsheet never sees a formula, a
// browser never sees markup. Slow (it asks the plain evaluator), for events that matched only. Pure; any
// thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "logs/event.h"
#include "logs/match/scan.h"
#include "logs/sigma/rule.h"

namespace vedette::logs::match {

struct MatchedField {
  std::string field, value;  // field "": found as a keyword
};
// Values because of which the rule holds: those that its conditions outside negations asked for. At most
// kMatchedFieldsMax, each value cut to kMatchedValueBytesMax.
inline constexpr std::size_t kMatchedFieldsMax = 32, kMatchedValueBytesMax = 4096;
std::vector<MatchedField> matched_fields(const sigma::Rule& rule, const EventView& event);

// {"rule":{…},"input":…,"position":…,"time":…,"matched":{…},"event":{…}} and a line end. Values of the event
// keep their kind; a name that comes several times has a list.
void append_json(const sigma::Rule& rule, const EventView& event, const ScanPosition& position,
                 std::string& out);
// A few lines for a terminal.
void append_text(const sigma::Rule& rule, const EventView& event, const ScanPosition& position,
                 std::string& out);

// The same of what a correlation found: {"correlation":{…},"time":…,"group":{…},"value":…}.
void append_json(const sigma::CorrelatedMatch& match, std::string& out);
void append_text(const sigma::CorrelatedMatch& match, std::string& out);

// One line of a timeline.
struct TimelineRow {
  std::optional<WallTime> time;
  Severity severity = Severity::kMedium;
  std::string title, rule_id, techniques, host, user, matched, input;
  std::uint64_t position = 0;
};
TimelineRow timeline_row(const sigma::Rule& rule, const EventView& event, const ScanPosition& position);
TimelineRow timeline_row(const sigma::CorrelatedMatch& match);

// The first of the fields that usually name the host (or the user) of an event.
std::string host_of(const EventView& event);
std::string user_of(const EventView& event);
// Well-formed UTF-8 in one line, control characters as spaces, at most `bytes_max` of it.
std::string one_line(std::string_view text, std::size_t bytes_max);

}  // namespace vedette::logs::match
