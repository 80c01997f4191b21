// What PatternSet holds. Belongs to patterns.cpp and patterns_load.cpp.
#pragma once

#include <re2/re2.h>
#include <re2/set.h>

#include <map>
#include <optional>

#include "logs/read/patterns.h"

namespace vedette::logs {

inline constexpr std::size_t kPatternGroupsMax = 24;

struct Pattern {
  struct Group {
    std::string field;
    bool address = false;  // `field` is the side
    bool number = false;
  };
  std::string service, name, category, type, action, outcome, reason;
  std::unique_ptr<RE2> regex;
  std::vector<Group> groups;  // by number of the group, from 1
  int session = -1;           // group that names the session
  int time = -1;              // group that holds the time, where no header of the line tells it
  bool remember = false, suspect = false, recall = false, forget = false;
  enum class When : std::uint8_t { kAlways, kKnown, kSuspect } when = When::kAlways;
  bool of_session() const { return remember || suspect || recall || forget || when != When::kAlways; }
};

// The patterns that are tried together: of the services of one program.
struct PatternGroup {
  std::vector<const Pattern*> patterns;  // in the order in which they count
  std::unique_ptr<RE2::Set> set;
};

struct PatternSet::Impl {
  std::vector<std::unique_ptr<Pattern>> patterns;
  // Programs of the same services share one.
  std::map<std::string, std::shared_ptr<PatternGroup>, std::less<>> by_program;
  PatternGroup plain, every;  // messages of an unknown program; of every program
  std::vector<Example> examples;
};

}  // namespace vedette::logs
