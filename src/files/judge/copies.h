// Copies: pairs each random new file with the loss of one original, in either order.
//
// One to one is the point: an archiver makes one file of many and may remove them all, an encryption run
// makes one of each. A pair needs the same directory, or a read of the original by the session that wrote
// the copy, and then a name made from the other's (report.docx → report.docx.locked) or the size of
// ciphertext. Each file pairs once. Memory is bounded, oldest out first. One thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "files/judge/evidence.h"

namespace vedette::files {

struct CopyPair {
  std::string original, copy;
  CopyKind kind = CopyKind::kNone;
};

class Copies {
 public:
  void saw_read(const std::string& session, const std::string& path, std::uint64_t size);
  // Both return the pair that this event completes.
  std::optional<CopyPair> appeared(const std::string& session, const std::string& path, std::uint64_t size,
                                   CopyKind kind, SteadyTime at);
  std::optional<CopyPair> lost(const std::string& session, const std::string& path, std::uint64_t size,
                               bool meaning_known, SteadyTime at);
  // A waiting copy got another name; with `to` empty, it is no copy to wait for any more.
  void renamed(const std::string& from, const std::string& to);

 private:
  struct Waiting {
    std::string session, path;
    std::uint64_t size = 0;
    CopyKind kind = CopyKind::kNone;  // kNone: a loss
    bool meaning_known = false;
    SteadyTime at{};
    bool done = false;
  };
  std::optional<CopyPair> match(const Waiting& now, bool losses);
  bool fits(const Waiting& copy, const Waiting& loss, bool copy_first) const;
  bool read_by(const std::string& session, const std::string& path) const;
  void keep(Waiting entry);

  std::deque<Waiting> waiting_;  // oldest first
  std::uint64_t first_ = 0;      // number of waiting_.front()
  std::unordered_map<std::string, std::deque<std::uint64_t>> by_directory_, by_session_, by_stem_;
  std::unordered_map<std::string, std::uint64_t> reads_;  // session and path → size
  std::deque<std::string> reads_order_;
};

}  // namespace vedette::files
