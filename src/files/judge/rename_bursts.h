// RenameBursts: who has just given files of several types the same new ending, and whether what stands in
// one of them has turned into noise since.
//
// Renames cannot be held back, so a program that renames first and encrypts afterwards, in many threads, has
// changed a name a thread before its first content is seen. A burst alone says nothing (people rename by the
// hundred); it says that the first file that turns into noise is not an accident of one file. It stands for
// `seconds`, since whoever is slower changes few names before the third file is seen. Bounded: the actor who
// came first goes first. One thread at a time.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>

#include "base/clock.h"

namespace vedette::files {

struct RenameBurst {
  double files = 0;    // this many of them with one new ending ...
  double types = 0;    // ... that had so many different endings before ...
  double seconds = 0;  // ... within so long
};

class RenameBursts {
 public:
  explicit RenameBursts(RenameBurst least) : least_(least) {}

  struct Rename {
    std::string from, to;     // paths
    std::string ending, had;  // with the dot; `had` is "" where nobody knows it
    SteadyTime at{};
  };
  // True where the burst stands and the content of one of its files is noise already.
  bool renamed(const std::string& actor, Rename rename);
  // `path` has another name, one that speaks of nothing.
  void left(const std::string& actor, const std::string& path);
  // `path` turned into noise. True where it is a file of a burst that stands.
  bool turned(const std::string& actor, const std::string& path, SteadyTime at);
  bool stands(const std::string& actor, SteadyTime at) const;
  void forget(const std::string& actor);

 private:
  struct File {
    Rename rename;
    bool noise = false;
  };
  using Files = std::deque<File>;  // oldest first
  bool stands(const Files& files, const std::string& ending, SteadyTime at) const;
  bool fresh(const File& file, SteadyTime at) const;

  const RenameBurst least_;
  std::unordered_map<std::string, Files> actors_;
  std::deque<std::string> order_;  // of actors_, oldest first
};

}  // namespace vedette::files
