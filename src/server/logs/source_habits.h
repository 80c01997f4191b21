// SourceHabits: a source that sends far more or far less than it usually does at this hour of the week, lines
// of which suddenly many cannot be read, or events of other kinds than before, is a finding; so is its
// return. What is usual, and how far beyond it is told, stands in logs/watch/hourly_habit.h: two weeks of
// history before anything is said, and two hours one after the other before it is told.
//
// Whole hours of the wall clock count. An hour in which the server started, or in which that clock was set,
// is not known. An hour without any event is SourceSilence's to tell, but for sources it does not watch.
//
// The habits lie in the state store and are written when an hour is over, so that a restart forgets at most
// the hour it falls into. What cannot be reported or stored is tried again at the next look.
//
// look() by one thread; view() by any. Limits: kSourcesMax sources of about 5.5 KB, further ones have no
// habit and are counted; kKindsMax kinds of events each, of which the largest are kept. Forgotten after four
// weeks without an event.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "logs/watch/event_kinds.h"
#include "logs/watch/hourly_habit.h"
#include "model/finding_sink.h"
#include "store/database.h"

namespace vedette::server {

class SourceHabits {
 public:
  static constexpr std::size_t kSourcesMax = 5'000;
  static constexpr std::uint32_t kJudgedFrom = 50;  // events an hour, below which shares say nothing

  static Result<std::unique_ptr<SourceHabits>> open(store::Database& database, FindingSink& sink,
                                                    const Clock& clock);

  struct Heard {
    std::string id, name;
    // Since the server started.
    std::uint64_t events = 0, unread = 0;
    logs::EventKinds kinds{};
    bool silence_is_told = true;  // by SourceSilence
  };
  // All that were heard since the server started. Every ten seconds or so.
  void look(const std::vector<Heard>& heard);

  struct View {
    std::optional<logs::Usual> usual;  // of the hour that runs
    std::optional<std::uint32_t> last_hour;
    std::size_t hours = 0;  // of history
    logs::Departure rate{}, unread{}, kinds{};
  };
  std::map<std::string, View> view() const;
  std::size_t without_habit() const { return without_.load(); }

 private:
  enum Aspect : std::size_t { kRate, kUnread, kKinds, kAspects };
  struct Source {
    std::string name;
    logs::HourlySeries events, unread, strange;  // the last two in thousandths
    std::map<std::string, double> usual_kinds;   // shares, a slowly moving mean
    std::uint32_t kinds_hours = 0;               // that went into it, at most a week
    std::array<logs::DepartureState, kAspects> state;
    std::array<logs::Departure, kAspects> told{};
    std::array<std::string, kAspects> before, after;  // of the last hour judged, for the person
    // When the hour began, and now.
    bool whole = false;
    Heard begin, now;
    bool changed = false;
  };
  SourceHabits(store::Database& database, FindingSink& sink, const Clock& clock)
      : database_(database), sink_(sink), clock_(clock) {}
  void close_hour();
  void judge(Source& source);
  void judge_kinds(Source& source, std::uint32_t count);
  void report();
  Finding finding(const std::string& id, const Source& source, std::size_t aspect) const;
  void keep();
  static std::string pack(const Source& source);
  static bool unpack(const std::string& bytes, Source& source);

  store::Database& database_;
  FindingSink& sink_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // of the sources
  std::map<std::string, Source> sources_;
  std::vector<std::string> forgotten_;  // still in the store
  std::int64_t hour_ = 0;               // that runs; 0: before the first look
  bool whole_ = false;                  // it was looked at from its beginning, with a steady wall clock
  WallTime last_wall_{};
  SteadyTime last_steady_{};
  std::atomic<std::size_t> without_ = 0;
};

}  // namespace vedette::server
