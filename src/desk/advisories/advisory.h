// Advisory: what an authority warned of, with its indicators, as a plain value and as rows. Functions that
// take a Session run inside the caller's transaction or snapshot.
//
// An advisory is in force from when it is confirmed until it is withdrawn or its time is over. Its look back
// is the search for it in what was stored before: waiting → running → done, cut (a limit ended it) or failed.
// It waits until the advisory is confirmed.
#pragma once

#include "desk/advisories/indicator.h"
#include "desk/desk.h"
#include "model/severity.h"

namespace vedette::desk {

enum class LookBackState { kNone, kWaiting, kRunning, kDone, kCut, kFailed };
// "none", "waiting", "running", "done", "cut", "failed"
std::string_view to_string(LookBackState state);

struct LookBack {
  LookBackState state = LookBackState::kNone;
  std::int64_t days = 0;                 // as asked for
  std::optional<WallTime> reached = {};  // everything received after this was looked at
  std::int64_t events = 0;               // that were looked at
  std::int64_t hits = 0;                 // events that held an indicator
  std::optional<WallTime> finished_at = {};
  std::string trouble = {};  // kFailed: why
};

struct Advisory {
  std::string id = {};
  std::string title = {}, reference = {}, authority = {}, source = {};  // source: how it came
  Tlp tlp = Tlp::kAmber;
  Severity severity = Severity::kHigh;
  AdvisoryFormat format = AdvisoryFormat::kCsv;
  std::string sha256 = {};  // of the file
  std::optional<WallTime> valid_from = {}, valid_until = {};
  WallTime made_at{};
  std::string made_by = {};
  bool by_person = true;  // false: it came by mail or through a token
  std::optional<WallTime> confirmed_at = {};
  std::string confirmed_by = {};
  std::optional<WallTime> withdrawn_at = {};
  std::string withdrawn_by = {}, withdrawn_why = {};
  std::int64_t indicators = 0;
  std::int64_t not_used_count = 0;
  std::vector<NotUsed> not_used = {};
  LookBack look_back = {};
};

// An event of before that holds an indicator.
struct AdvisoryHit {
  std::uint64_t event_id = 0;  // in the event store
  WallTime at{};
  std::string host = {}, source = {}, indicator = {};  // indicator: defanged
};

struct AdvisoryRules {
  static constexpr std::size_t kNameBytes = 200, kReasonBytes = 2'000, kHits = 500;
  static constexpr std::int64_t kAllIndicators = 200'000;  // of all that are in force
  static constexpr std::int64_t kLookBackDays = 365;
};

// "evil[.]example and 203[.]0[.]113[.]7": for the person.
std::string shown_indicator(const Indicator& indicator);

Result<Advisory> load_advisory(store::Session& session, const std::string& id);  // kNotFound
// Newest first; at most 200.
Result<Listing<Advisory>> list_advisories(store::Session& session, const std::string& cursor,
                                          std::size_t limit);
// In force at `now` by their own span; oldest first.
Result<std::vector<Advisory>> advisories_in_force(store::Session& session, WallTime now);
// Of those that are confirmed, and neither withdrawn nor over at `now`.
Result<std::int64_t> indicators_in_force(store::Session& session, WallTime now);
Result<void> insert_advisory(store::Session& session, const Advisory& advisory,
                             const std::vector<Indicator>& indicators);
// Confirmation, withdrawal and look back.
Result<void> save_advisory(store::Session& session, const Advisory& advisory);
// In the order of the file; `from` is the place of the first.
Result<std::vector<Indicator>> load_indicators(store::Session& session, const std::string& advisory_id,
                                               std::int64_t from, std::int64_t limit);

Result<std::vector<AdvisoryHit>> load_advisory_hits(store::Session& session, const std::string& advisory_id);
Result<void> replace_advisory_hits(store::Session& session, const std::string& advisory_id,
                                   const std::vector<AdvisoryHit>& hits);
// The one that waits longest for its look back; also one that was interrupted.
Result<std::optional<Advisory>> next_look_back(store::Session& session);

}  // namespace vedette::desk
