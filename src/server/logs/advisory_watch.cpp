#include "server/logs/advisory_watch.h"

#include "base/log.h"
#include "base/text/utf8.h"
#include "base/thread_name.h"
#include "logs/read/json_event.h"
#include "model/refusal.h"

namespace vedette::server {
namespace {

constexpr std::size_t kPart = 10'000;
constexpr auto kRefresh = std::chrono::seconds(60);  // spans begin and end by themselves
constexpr auto kRetry = std::chrono::seconds(30);

logs::WatchKind watch_kind(desk::ObservableType type) {
  using enum desk::ObservableType;
  switch (type) {
    case kIpv4:
    case kIpv6:
      return logs::WatchKind::kAddress;
    case kUrl:
      return logs::WatchKind::kUrl;
    case kEmail:
      return logs::WatchKind::kMail;
    case kFile:
      return logs::WatchKind::kHash;
    case kDomain:
    case kAccount:
    case kProcess:
      break;
  }
  return logs::WatchKind::kName;
}

// One host and one indicator of a look back.
struct Met {
  logs::LogHit newest = {};
  std::uint64_t events = 0;
};

}  // namespace

std::shared_ptr<const logs::WatchList> watch_list_of(const std::vector<desk::Advisories::Watched>& watched) {
  std::vector<logs::AdvisoryFacts> facts;
  std::vector<logs::WatchEntry> entries;
  for (const auto& one : watched) {
    const auto& advisory = one.advisory;
    facts.push_back({"advisory:" + advisory.id, advisory.title, advisory.reference, advisory.authority,
                     advisory.severity});
    for (const auto& indicator : one.indicators) {
      if (entries.size() == logs::WatchList::kEntriesMax) break;
      logs::WatchEntry entry{.advisory = facts.size() - 1, .shown = desk::shown_indicator(indicator)};
      for (const auto& term : indicator.all) entry.all.push_back({watch_kind(term.type), term.value});
      entries.push_back(std::move(entry));
    }
  }
  return logs::WatchList::make(std::move(facts), std::move(entries));
}

AdvisoryWatch::AdvisoryWatch(desk::Advisories& advisories, logs::LogWatch& watch, store::EventStore& events,
                             const Clock& clock, AdvisoryWatchOptions options)
    : advisories_(advisories), watch_(watch), events_(events), clock_(clock), options_(options) {
  advisories_.on_change([this] {
    changed_ = true;
    {
      std::lock_guard lock(wake_mutex_);
      asked_ = true;
    }
    woken_.notify_all();
  });
}

AdvisoryWatch::~AdvisoryWatch() {
  stop();
  advisories_.on_change({});
}

Result<void> AdvisoryWatch::start() {
  TRY(refresh());
  thread_ = std::jthread([this](const std::stop_token& stop) {
    name_thread("look-back");
    run(stop);
  });
  return {};
}

void AdvisoryWatch::stop() { thread_ = {}; }

void AdvisoryWatch::tick() {
  const auto now = clock_.steady();
  if (!changed_.exchange(false) && now < next_refresh_) return;
  next_refresh_ = now + kRefresh;
  if (auto made = refresh(); !made) {
    changed_ = true;
    log::error("logs", "the watch list could not be made from the advisories",
               {{"error.message", made.error().full()}});
  }
}

Result<void> AdvisoryWatch::refresh() {
  std::lock_guard lock(refresh_mutex_);
  TRY_ASSIGN(auto watched, advisories_.watched(clock_.wall()));
  watch_.use_watch_list(watch_list_of(watched));
  return {};
}

void AdvisoryWatch::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(wake_mutex_);
      woken_.wait_for(lock, stop, kRetry, [this] { return asked_; });
      asked_ = false;
    }
    for (;;) {
      auto looked = look_back_once(stop);
      if (!looked)
        log::warn("logs", "a look back for an advisory failed", {{"error.message", looked.error().full()}});
      if (!looked || !*looked || stop.stop_requested()) break;
    }
  }
}

Result<bool> AdvisoryWatch::look_back_once(const std::stop_token& stop) {
  if (stop.stop_requested()) return false;
  TRY_ASSIGN(auto next, advisories_.next_look_back());
  if (!next) return false;
  auto looked = look_back(*next, stop);
  // Withdrawn meanwhile: nothing is left to be said.
  if (!looked && looked.error().code() == ErrorCode::kNotFound) return true;
  if (!looked) {
    auto failed = next->look_back;
    failed.state = desk::LookBackState::kFailed;
    failed.trouble = looked.error().full().substr(0, 500);
    failed.finished_at = clock_.wall();
    TRY(advisories_.looked(next->id, failed));
    return std::unexpected(std::move(looked).error());
  }
  return true;
}

Result<void> AdvisoryWatch::look_back(const desk::Advisory& advisory, const std::stop_token& stop) {
  TRY_ASSIGN(auto watched, advisories_.watched(advisory.id));
  const auto list = watch_list_of({watched});
  const auto until = clock_.steady() + options_.time_max;
  const auto oldest = clock_.wall() - std::chrono::hours(24 * advisory.look_back.days);
  auto state = advisory.look_back;
  state = {.state = desk::LookBackState::kRunning, .days = state.days};
  TRY(advisories_.looked(advisory.id, state));
  std::map<std::pair<std::string, std::string>, Met> met;
  std::vector<desk::AdvisoryHit> hits;
  logs::JsonEvent reader;
  logs::WatchScratch scratch;
  auto before = std::numeric_limits<std::uint64_t>::max();
  bool whole = false, cut = false;
  while (!whole && !cut) {
    // Left as running: the next start begins anew.
    if (stop.stop_requested()) return {};
    TRY_ASSIGN(auto part, events_.back(before, kPart));
    whole = part.empty();
    for (const auto& row : part) {
      before = row.id;
      if (row.received < oldest) {
        whole = true;
        break;
      }
      state.reached = row.received;
      ++state.events;
      logs::EventView event;
      (void)reader.read(row.fields.empty() ? row.raw : row.fields, event);
      const auto& found = list->match(event, scratch);
      if (!found.empty()) ++state.hits;
      for (const auto& one : found) {
        if (hits.size() < desk::AdvisoryRules::kHits)
          hits.push_back({row.id, row.time, row.host, row.source, *one.indicator});
        const auto key = std::pair(row.host.empty() ? row.source : row.host, *one.indicator);
        if (met.size() >= kFindingsMax && !met.contains(key)) continue;
        auto& known = met[key];
        if (known.events++ == 0) {
          auto excerpt = repair_utf8(std::string_view(row.raw).substr(0, logs::LogWatch::kExcerptBytesMax));
          excerpt.resize(
              valid_utf8_prefix(std::string_view(excerpt).substr(0, logs::LogWatch::kExcerptBytesMax)));
          known.newest = {nullptr, list,   row.host, *one.indicator, row.source,
                          excerpt, row.id, row.time, one.advisory};
        }
      }
    }
    cut = !whole && (state.events >= options_.events_max || clock_.steady() >= until);
    if (!whole && !cut) TRY(advisories_.looked(advisory.id, state));
  }
  std::vector<Finding> findings;
  for (const auto& [key, one] : met)
    findings.push_back(logs::looked_back(one.newest, one.events, state.reached.value_or(oldest), clock_));
  state.state = whole ? desk::LookBackState::kDone : desk::LookBackState::kCut;
  state.finished_at = clock_.wall();
  return advisories_.looked(advisory.id, state, hits, findings);
}

}  // namespace vedette::server
