// Examiner: what one fetch means for one site. The state machine of the watch, without threads and without
// I/O.
//
// It takes what was remembered, the profile and the fetch, and says what is to be remembered, stored,
// reported and done next. CRITICAL and WARN are confirmed by a second fetch, except findings marked at_once.
// A fetch that failed, a server error, a challenge or login page is about availability and never about
// content; one such answer to the confirming fetch leaves the suspicion waiting for the next. What is
// confirmed counts as observed by the fetch that first saw it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "net/fetcher.h"
#include "sites/judge/judge.h"
#include "sites/watch/site_store.h"
#include "sites/watch/site_watch.h"

namespace vedette::sites {

struct Observation {
  net::FetchResult fetch;
  bool conditional = false;  // If-None-Match or If-Modified-Since was sent
  bool confirming = false;   // unconditional, from another connection and user agent
  std::string asked{};       // the site's address when the fetch began
  WallTime seen_at{};        // when the answer was there; WallTime{}: now
};

struct Examined {
  Outcome outcome;
  bool profile_changed = false;
  bool keep_page =
      false;             // the body is to be stored and a snapshot row added (id in outcome.check->snapshot)
  bool confirm = false;  // the next fetch is the confirming one
  bool render = false;   // suspicion: look at it in a browser
  std::chrono::milliseconds next_after{};
};

struct ExaminerOptions {
  int learn_target = 8;
  std::chrono::milliseconds learn_interval{15'000}, confirm_after{5'000}, failure_retry{10'000};
  std::chrono::minutes learn_every{2};  // a learnt profile is taught again at most so often
  std::chrono::minutes keep_every{60};  // a page that is as learnt is kept at most so often
  AvailabilityPolicy availability;
};

// `site` and `memory` are as stored; `profile` is taught in place. `ignored`: places the operator chose to
// ignore.
Examined examine(const Site& site, const SiteMemory& memory, Profile& profile,
                 const std::vector<std::string>& ignored, const Observation& observation,
                 const ExaminerOptions& options, const Clock& clock);

// The state shown, from what is remembered: also after a window ends or a question closes.
SiteState state_of(const Site& site, const SiteMemory& memory, WallTime now, int learn_target);

Asset asset_of(const Site& site);

// Drops findings at ignored places (digits in a place do not count) and lowers the verdict to what is left.
void drop_ignored(Judgement& judgement, const std::vector<std::string>& ignored);

// The conditions of a judged page, with the pages before and after as evidence.
std::vector<Condition> conditions_of(const Judgement& judgement, const std::string& before_sha256,
                                     const std::string& after_sha256);

}  // namespace vedette::sites
