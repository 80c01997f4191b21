// Performance: how soon alerts were answered and closed, how often they were false, and how often a step of
// an escalation was missed.
//
// Of each alert only its last cycle is known: an alert that is raised anew, or given back, loses the times
// before. Alerts merged into another count with that one. All times in milliseconds.
#pragma once

#include <vector>

#include "desk/desk.h"
#include "store/database.h"

namespace vedette::desk {

// Nearest rank (the value that at least p percent do not exceed) of what has an end; `count` 0: all are 0.
struct Spread {
  std::int64_t count = 0, mean = 0, p50 = 0, p95 = 0, p99 = 0;
};
Spread spread_of(std::vector<std::int64_t> values);

struct AnswerTimes {
  Severity severity = Severity::kInformational;
  std::int64_t alerts = 0;      // raised in the time asked for
  std::int64_t unanswered = 0;  // of these neither acknowledged nor closed yet: not in `acknowledge`
  std::int64_t open = 0;        // of these not closed yet: not in `close`
  Spread acknowledge;           // raised until acknowledged, or closed when nobody acknowledged before
  Spread close;                 // raised until closed
};

// Closed alerts of one sort; of the log watch those of one rule.
struct FalseAlarms {
  Watch watch = Watch::kSites;
  std::string kind, rule;  // `rule`: its id, or empty
  Message title;           // of the alert closed last
  std::int64_t closed = 0, false_positive = 0;
};

struct Performance {
  std::vector<AnswerTimes> answers;       // gravest first, those without alerts left out
  std::vector<FalseAlarms> false_alarms;  // most closed first, at most kFalseAlarmsShown
  std::int64_t missed_escalations = 0;    // reports of the auditor
};
inline constexpr std::size_t kFalseAlarmsShown = 200;

// Alerts raised (false alarms: closed) from `from` until before `to`. Reads every alert of that time once.
// Thread-safe; blocks.
Result<Performance> performance(store::Database& database, WallTime from, WallTime to);

}  // namespace vedette::desk
