// Patterns: what the messages of services mean (content/logs/*.toml): a failed log-in, a denied access, from
// where, as whom.
//
// A file describes one service: which programs log its messages, and patterns in RE2 syntax whose named
// groups are fields: (?P<user__name>…) is `user.name`. {address}, {port}, {user} and the like stand for
// common pieces (patterns.cpp). A group `…__address` gives also `.ip` or `.domain`. Of the patterns that
// match, the first in the file counts. Every file carries lines that must match and lines that must not.
//
// Some services tell one failure in several lines. A pattern may `remember` its fields for its session (the
// group `session`, else the process), be a `suspect` (a failure only if the session does not go on well),
// `recall` what was remembered, hold only `when` the session is "known" or "suspect", and `forget` it.
//
// Time is linear in the message and the patterns of its service (one automaton a service). PatternSet is
// immutable: any thread. PatternMatcher holds the sessions of one stream: one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "logs/read/field_list.h"

namespace vedette::logs {

struct Pattern;
struct PatternGroup;

class PatternSet {
 public:
  static constexpr std::size_t kMessageBytesMax =
      16 * 1024;  // of a longer message its beginning is looked at
  static constexpr std::size_t kPatternsMax = 4000;

  // (file name, TOML text). kInvalid names file and pattern.
  static Result<PatternSet> parse(std::span<const std::pair<std::string_view, std::string_view>> sources);
  static Result<PatternSet> built_in();  // of content/logs
  PatternSet(PatternSet&&) noexcept;
  PatternSet& operator=(PatternSet&&) noexcept;
  ~PatternSet();

  // The lines inside the files, for the tests.
  struct Example {
    std::string file, pattern;  // pattern "": no pattern with an outcome "failure" may match
    std::string program, line;
    std::vector<std::pair<std::string, std::string>> fields;
  };
  const std::vector<Example>& examples() const;
  std::size_t size() const;
  bool knows(std::string_view program) const;
  struct Impl;  // patterns_impl.h

 private:
  friend class PatternMatcher;
  explicit PatternSet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class PatternMatcher {
 public:
  static constexpr std::size_t kSessionsMax = 4096;  // the oldest is forgotten, and counted

  explicit PatternMatcher(const PatternSet& set) : set_(set) {}
  // Adds the fields of the pattern that matches a message of `program`; "": it is not known which program
  // wrote it. False: none does. `message` must live as long as `fields` are used.
  bool apply(std::string_view program, std::string_view message, FieldList& fields);
  // What the last pattern that matched says is the time (its group `time`); "" where it says none.
  std::string_view matched_time() const { return time_; }
  std::uint64_t sessions_forgotten() const { return forgotten_; }

 private:
  struct Session {
    std::vector<std::pair<std::string_view, std::string>> fields;
    bool suspect = false;
  };
  const Pattern* match(const PatternGroup& group, std::string_view message, const FieldList& fields);
  Session& session(const std::string& key);
  void recall(const Session& session, FieldList& fields) const;

  const PatternSet& set_;
  std::unordered_map<std::string, Session> sessions_;
  std::deque<std::string> order_;
  std::string key_;        // of the session of the pattern that matched
  std::vector<int> hits_;  // these two only to use their memory again
  std::vector<std::string_view> captured_;
  std::uint64_t forgotten_ = 0;
  std::string_view time_;
};

}  // namespace vedette::logs
