// LogFollower: the logs of this host into the agent's log spool.
//
//   files of the patterns, journal ──> follower (1) ──> log spool: pieces and how far each log was read, in
//   one
//                                                       transaction, so kill -9 neither loses nor doubles
//
// Reads on when the spool has room: while it is full, or the disk takes nothing, what was not read stays
// where it is. A log that is seen for the first time with its pattern is read from its end, one that appears
// later from its beginning. What was gone before it was read is told in a record of its own.
//
// Limits: kFilesMax files (more are named as not seen), kPieceBytes a record, one turn's pieces in memory
// (kTurnBytes). set_sources() and view() by any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/logs/log_source.h"
#include "agent/logs/log_sources.h"
#include "agent/sight.h"
#include "agent/spool.h"

namespace vedette::agent {

class LogFollower {
 public:
  static constexpr std::size_t kFilesMax = 256, kPieceBytes = 256 * 1024, kTurnBytes = 1u << 20;
  static constexpr std::chrono::seconds kLookForFiles{10};
  static constexpr std::chrono::hours kMarkAgain{24};

  struct Options {
    std::chrono::milliseconds interval{1'000};  // between two looks at logs that said nothing new
    std::string zone{};                         // of times in them that tell none
    std::string journal_folder{};               // "": this system's journal
  };
  // `added` is called after something was added to the spool. References outlive it.
  LogFollower(Options options, Spool& spool, const Clock& clock, std::function<void()> added);
  ~LogFollower();

  void start();
  void stop();
  void set_sources(LogSources sources);

  struct View {
    std::size_t files = 0;
    bool journal = false;
    std::uint64_t events = 0, gaps = 0, cut = 0;  // since the start
    std::string paused;                           // why nothing is read now; "": it is
    std::vector<std::string> blind;               // logs that cannot be read, with the reason
  };
  View view() const;

  // One turn, by the follower's thread; by a test without start(). True: there is more to read now.
  bool turn();

 private:
  struct Followed {
    std::string format;
    std::unique_ptr<LogSource> source;
    std::string saved;  // position in the spool
    SteadyTime saved_at{};
    std::string error;
  };
  struct Pending {
    std::vector<std::string> bodies;
    std::vector<Spool::Mark> marks;
    std::size_t bytes = 0;
  };
  void run(const std::stop_token& stop);
  void look_for_files();
  void follow(const std::string& name, const std::string& format, bool from_end);
  bool read(const std::string& name, Followed& log);  // true: there is more
  bool keep();                                        // false: the spool takes nothing now
  void show();

  const Options options_;
  Spool& spool_;
  const Clock& clock_;
  const std::function<void()> added_;

  // The follower's own.
  std::map<std::string, Followed> logs_;  // by name: a path, or "journal"
  LogSources sources_;
  SteadyTime next_look_{};
  Pending pending_;
  std::vector<std::string> unseen_;  // beyond kFilesMax, patterns that cannot be read
  View now_;

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable_any woken_;
  std::optional<LogSources> wanted_;
  View view_;
  std::jthread thread_;
};

}  // namespace vedette::agent
