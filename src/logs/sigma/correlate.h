// Correlator: runs the correlations of a rule set over the matches of its rules, on the events' own time.
//
// Matches are kept until the latest time seen is `lateness` ahead of them, and then taken in the order of
// their times, so that what is found does not depend on the order in which sources delivered. A match that
// comes later than that is counted (`late`) and left out. In the order of time a group's window (window.h) is
// asked after each match; when its condition holds, that is one CorrelatedMatch, and the next of this group
// is told a timespan later at the earliest. A correlated match is itself a match for correlations over it,
// with its group's fields.
//
// An event that lacks a field of `group-by`, or the counted field, belongs to no group and is counted
// (`ungrouped`).
//
// Limits: pending_max matches wait (then the oldest are taken early: `early`), groups_max groups a
// correlation (then the one silent longest is forgotten: `forgotten`). None of them is silent. One thread at
// a time; the rule set and pipelines are borrowed.
#pragma once

#include <cstdint>
#include <list>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "logs/event.h"
#include "logs/sigma/load.h"
#include "logs/sigma/window.h"

namespace vedette::logs::sigma {

struct CorrelatedMatch {
  const Correlation* correlation = nullptr;
  WallTime time;                   // of the match that completed it
  double value = 0;                // the count (not above its highest bound + 1), sum, …
  std::vector<std::string> group;  // of group_by, in its order
};

class Correlator {
 public:
  struct Limits {
    std::chrono::milliseconds lateness{60'000};
    std::size_t pending_max = 200'000, groups_max = 200'000;
  };
  struct Counters {
    std::uint64_t matches = 0, late = 0, ungrouped = 0, early = 0, forgotten = 0, overflowed = 0;
  };

  Correlator(const RuleSet& rules, const std::vector<Pipeline>& pipelines, Limits limits);
  Correlator(const Correlator&) = delete;
  Correlator& operator=(const Correlator&) = delete;

  // Whether matches of this rule (index into RuleSet::rules) are of use.
  bool wants(std::size_t rule) const { return rule < uses_.size() && !uses_[rule].empty(); }
  // What one match says to the correlations that speak of its rule: for which of them, as which of its rules,
  // of which group.
  struct Sighting {
    std::size_t correlation = 0, position = 0;
    std::vector<std::string> group;
    std::string value;
  };
  struct Sightings {
    WallTime time{};
    std::vector<Sighting> of;
    std::size_t ungrouped = 0;
  };
  // Rule `rule` matched `event` at `time`. Changes nothing; any thread.
  Sightings see(std::size_t rule, const EventView& event, WallTime time) const;
  void add(Sightings seen);
  void add(std::size_t rule, const EventView& event, WallTime time) {
    if (wants(rule)) add(see(rule, event, time));
  }
  // It is `now` at the sources: takes what waits and is older than the lateness.
  void advance(WallTime now);
  // No more will come: takes all that waits.
  void finish();
  // What was found since the last call, in the order of time.
  std::vector<CorrelatedMatch> take();
  const Counters& counters() const { return counters_; }
  std::size_t groups() const;

 private:
  // A place where a rule's match goes, and the fields to read there.
  struct Use {
    std::size_t correlation = 0, position = 0;
    std::vector<std::vector<std::string>> group_fields;  // for each name of group_by, what events may call it
    std::vector<std::vector<std::string>> value_fields;
  };
  struct Pending {
    std::int64_t time_ms;
    std::uint64_t number;  // of arrival, among equal times
    Sighting seen;
    bool operator>(const Pending& other) const {
      return std::pair(time_ms, number) > std::pair(other.time_ms, other.number);
    }
  };
  struct Group {
    std::string key;
    Window window;
  };
  struct State {
    std::list<Group> groups;  // the one silent longest first
    std::unordered_map<std::string_view, std::list<Group>::iterator> by_key;
  };

  std::vector<std::string> names_of(const Correlation& correlation, std::size_t position,
                                    const std::string& name) const;
  void process(const Pending& pending);
  void chain(std::size_t correlation, const CorrelatedMatch& match);
  Window& window_of(std::size_t correlation, const std::vector<std::string>& group, std::int64_t now_ms);

  const RuleSet& rules_;
  const std::vector<Pipeline>& pipelines_;
  const Limits limits_;
  std::vector<std::vector<Use>> uses_, chained_;  // by rule, by correlation
  std::vector<State> states_;
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> pending_;
  std::uint64_t number_ = 0;
  std::int64_t newest_ms_ = INT64_MIN, taken_ms_ = INT64_MIN;
  std::vector<CorrelatedMatch> found_;
  Counters counters_;
};

}  // namespace vedette::logs::sigma
