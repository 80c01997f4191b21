// FileJudge: tells an encryption run from work, one change at a time. Pure: no I/O, no clock of its own.
//
// Deeds are summed per actor, per session, per parent process and per directory; sums decay with the number
// of files seen, not only with time, so that a slow attack adds up. One rule decides both detection and false
// alarms. Memory is bounded (the least recently touched sums go first). One thread at a time calls it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "files/actor.h"
#include "files/judge/file_change.h"
#include "files/judge/thresholds.h"
#include "model/message.h"

namespace vedette::files {

enum class Verdict { kQuiet, kSuspicious, kAttack };

struct Judgement {
  Verdict verdict = Verdict::kQuiet;
  double change_score = 0;     // of this change alone
  double actor_score = 0;      // of the actor after it
  double directory_score = 0;  // of the directory after it
  // Keys of the other actors whose strong evidence stands in the sum that decided: a process and a session
  // for each file are one attack. Empty unless it is an attack; at most Sums::kContributorsMax.
  std::vector<std::string> partners;
  std::vector<Message> reasons;  // the heaviest first, at most 5
  // The actor has just given files of several types one new ending: what it writes is best seen file by file.
  bool rename_burst = false;
};

class FileJudge {
 public:
  explicit FileJudge(Thresholds thresholds);
  ~FileJudge();

  Judgement judge(const Actor& actor, const FileChange& change);
  // The actor opened a protected file for reading. Optional, but it is what tells "a copy of each file it
  // read" from new files of its own. Cheap; call it for every read-open.
  void saw_read(const Actor& actor, const std::string& path, std::uint64_t size, SteadyTime at);
  // The person said "this was me": the actor's and its directories' sums start again.
  void forgive(const std::string& actor_key);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::files
