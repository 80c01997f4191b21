// Correlator: runs the correlations of a rule set over the matches of its rules, on the events' own time.
//
// Sources deliver what they have seen, each in bad order within itself and ahead of or behind the others. So
// matches wait until the watermark has passed them, and are then taken in the order of their times:
//
//   watermark = min(now, newest event of each source that is heard) - lateness
//
// where `now` is the time of receipt, and a source is heard while it delivered within `lateness` and its
// newest event is not older than that: one that is silent or far behind does not hold the others back, and
// one whose clock is ahead does not carry the watermark away. What comes no later than `lateness` is so found
// exactly as if everything had come in order. A watermark never goes back.
//
// A match behind the watermark is `late`. It waits with the others of its source that are late, until that
// source's own newest event is `lateness` ahead or the source is silent, and then counts in its group: as in
// order where the group has seen nothing newer (a host that delivers the events of an hour it was away),
// otherwise where it belongs in the group's window (window.h). What the window does not reach back to any
// more is counted (`left_out`).
//
// When a window's condition holds, that is one CorrelatedMatch, and the next of this group is told a timespan
// later at the earliest, also where the group was let go meanwhile (of the last told_max groups that is
// known). A correlated match is itself a match for correlations over it, with its group's fields. An event
// that lacks a field of `group-by`, or the counted field, belongs to no group and is counted
// (`ungrouped`).
//
// Limits: pending_max matches wait (then the oldest are taken early: `early`), groups_max groups a
// correlation (then the one silent longest is forgotten: `forgotten`), sources_max sources (those that come
// later are taken for one: `joined` deliveries). None of them is silent. One thread at a time; the rule set
// and pipelines are borrowed.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <limits>
#include <list>
#include <map>
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
    std::size_t pending_max = 200'000, groups_max = 200'000, sources_max = 10'000, told_max = 10'000;
  };
  struct Counters {
    std::uint64_t matches = 0, late = 0, ungrouped = 0;
    std::uint64_t left_out = 0, early = 0, forgotten = 0, overflowed = 0, joined = 0;
    // What a bound took away: a correlation may have missed something.
    std::uint64_t lost() const { return left_out + early + forgotten + overflowed + joined; }
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
  // What one source delivered together, in any order; its newest event also where nothing was seen in it.
  struct Delivery {
    std::string_view source;
    std::optional<WallTime> newest{};
    WallTime received{};
    std::vector<Sightings> seen{};
  };
  void take_in(Delivery delivery);
  // Everything received before `now` was taken in: moves the watermark and takes what it has passed.
  void advance(WallTime now);
  // No more will come: takes all that waits.
  void finish();
  // Where there is one source, and its events' times are all the clock there is.
  void add(Sightings seen);
  void add(std::size_t rule, const EventView& event, WallTime time) {
    if (wants(rule)) add(see(rule, event, time));
  }
  // Of what is older, an event is late.
  WallTime watermark() const;
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
    std::uint32_t source;
    Sighting seen;
    bool operator>(const Pending& other) const {
      return std::pair(time_ms, number) > std::pair(other.time_ms, other.number);
    }
  };
  using Queue = std::priority_queue<Pending, std::vector<Pending>, std::greater<>>;
  struct Source {
    std::int64_t newest_ms = kNever, heard_ms = kNever;
    Queue late;
    // Up to here its late matches were taken; nothing: it is not behind.
    std::optional<std::int64_t> behind_ms{};
  };
  struct Group {
    Group(std::string group_key, std::size_t key_hash, const Correlation& correlation)
        : key(std::move(group_key)), hash(key_hash), window(correlation) {}
    std::string key;
    std::size_t hash;  // of the key
    Window window;
    std::uint32_t source = 0;  // that touched it last
  };
  // A group's place among two hundred thousand: nothing of the group itself is looked at unless it is the
  // one.
  struct Place {
    std::size_t hash;
    std::list<Group>::iterator group;
  };
  struct Wanted {
    std::size_t hash;
    std::string_view key;
  };
  struct PlaceHash {
    using is_transparent = void;
    std::size_t operator()(const Place& place) const { return place.hash; }
    std::size_t operator()(const Wanted& wanted) const { return wanted.hash; }
  };
  struct PlaceEqual {
    using is_transparent = void;
    bool operator()(const Place& a, const Place& b) const { return a.group == b.group; }
    bool operator()(const Wanted& a, const Place& b) const {
      return a.hash == b.hash && a.key == b.group->key;
    }
    bool operator()(const Place& a, const Wanted& b) const { return (*this)(b, a); }
  };
  struct State {
    std::list<Group> groups;  // the one silent longest first
    boost::unordered_flat_set<Place, PlaceHash, PlaceEqual> by_key;
    // Groups that were let go after their condition had held, and when it did; the oldest first.
    using Told = std::list<std::pair<std::string, std::vector<std::int64_t>>>;
    Told told;
    std::unordered_map<std::string_view, Told::iterator> told_by_key;
  };

  std::vector<std::string> names_of(const Correlation& correlation, std::size_t position,
                                    const std::string& name) const;
  std::uint32_t source_of(std::string_view name);
  bool is_silent(const Source& source) const;
  void take_late(Source& source);
  void take_early(Source& delivering);
  void process(const Pending& pending);
  void chain(std::size_t correlation, const CorrelatedMatch& match, std::uint32_t source);
  Window& window_of(const Pending& pending);
  void let_go_oldest(State& state);
  void remember_told(State& state, const Group& group);

  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();
  const RuleSet& rules_;
  const std::vector<Pipeline>& pipelines_;
  const Limits limits_;
  std::vector<std::vector<Use>> uses_, chained_;  // by rule, by correlation
  std::vector<State> states_;
  std::vector<Source> sources_;  // the first: those there was no room for
  std::map<std::string, std::uint32_t, std::less<>> source_numbers_;
  Queue pending_;                  // not late
  std::size_t pending_count_ = 0;  // with the late ones of all sources
  std::uint64_t number_ = 0;
  std::int64_t now_ms_ = kNever, watermark_ms_ = kNever;
  std::vector<CorrelatedMatch> found_;
  Counters counters_;
};

}  // namespace vedette::logs::sigma
