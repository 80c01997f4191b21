// SourceSilence: a source that sent events and sends none for `silent_after` is a finding, and so is its
// return. Which sources there were and when they last spoke lies in the state store, so that one that falls
// silent while the server is started again is told as well; the time in which the server was down counts for
// nobody. Silence is measured with the steady clock: a jump of the wall clock makes nobody silent, and hides
// nobody's silence.
//
// look() by one thread; what the store has is at most kKeepEvery old. Limits: kSourcesMax sources (further
// ones are watched once others are forgotten, and counted), forgotten after kForgetAfter of silence. What
// cannot be reported or stored is tried again at the next look.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/finding_sink.h"
#include "store/database.h"

namespace vedette::server {

class SourceSilence {
 public:
  static constexpr std::size_t kSourcesMax = 10'000;
  static constexpr std::chrono::days kForgetAfter{90};
  static constexpr std::chrono::seconds kKeepEvery{60};

  static Result<std::unique_ptr<SourceSilence>> open(store::Database& database, FindingSink& sink,
                                                     const Clock& clock, std::chrono::seconds silent_after);

  struct Heard {
    std::string id, name;
    WallTime last_at{};
    std::uint64_t events = 0;  // since the server started
  };
  // All that were heard since the server started. Every ten seconds or so.
  void look(const std::vector<Heard>& heard);
  // Sources that were heard before the server started and not since, and whose silence was told.
  struct Remembered {
    std::string id, name;
    WallTime last_at{};
  };
  std::vector<Remembered> remembered() const;  // any thread
  // Sources there was no room for, at the last look.
  std::size_t unwatched() const { return unwatched_.load(); }  // any thread

 private:
  struct Source {
    std::string name;
    WallTime last_at{};
    SteadyTime heard{};  // the same moment; that of the start where it was before
    std::uint64_t events = 0;
    bool told = false, changed = false;  // its silence is told; the store has something else
  };
  SourceSilence(store::Database& database, FindingSink& sink, const Clock& clock,
                std::chrono::seconds silent_after)
      : database_(database),
        sink_(sink),
        clock_(clock),
        silent_after_(silent_after),
        last_look_(clock.steady()) {}
  void report(WallTime now);
  Finding finding(const std::string& id, const Source& source, bool silent, WallTime now) const;
  void keep(WallTime now);

  store::Database& database_;
  FindingSink& sink_;
  const Clock& clock_;
  const std::chrono::seconds silent_after_;
  std::map<std::string, Source> sources_;
  mutable std::mutex mutex_;
  std::vector<Remembered> remembered_;  // under the mutex
  SteadyTime last_look_, next_keep_{};
  std::atomic<std::size_t> unwatched_ = 0;
};

}  // namespace vedette::server
