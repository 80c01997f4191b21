#include "server/logs/source_habits.h"

#include <algorithm>
#include <cmath>

#include "base/id.h"
#include "base/log.h"
#include "base/text/utf8.h"

namespace vedette::server {
namespace {

using logs::Departure;
using logs::HourlySeries;

constexpr std::chrono::seconds kLookGapMax{90};  // between two looks, and of the clocks against each other
constexpr std::uint32_t kUnreadMore = 200, kStrangeMore = 300;  // thousandths
constexpr std::uint32_t kMeanHours = 7 * 24;
constexpr double kShareKept = 0.001;
constexpr std::size_t kKindsTold = 3, kKindBytesTold = 60;
constexpr std::size_t kStoredAtOnce = 250;
constexpr std::int64_t kForgetAfterHours = HourlySeries::kWeeks * HourlySeries::kWeek;

std::int64_t hour_of(WallTime time) {
  return std::chrono::floor<std::chrono::hours>(time).time_since_epoch().count();
}

std::string percent(double share) { return fmt::format("{:.0f}%", 100 * share); }

std::string range_text(const logs::Usual& usual) {
  return fmt::format("{} ({}–{})", usual.median, usual.lowest, usual.highest);
}

std::string share_text(const logs::Usual& usual) {
  return fmt::format("{} ({}–{})", percent(usual.median / 1000.0), percent(usual.lowest / 1000.0),
                     percent(usual.highest / 1000.0));
}

std::uint32_t counted(std::uint64_t now, std::uint64_t before) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(now - std::min(now, before), HourlySeries::kLargest));
}

}  // namespace

void SourceHabits::look(const std::vector<Heard>& heard) {
  const std::lock_guard lock(mutex_);
  const auto wall = clock_.wall();
  const auto steady = clock_.steady();
  const auto hour = hour_of(wall);
  const bool first = hour_ == 0;
  const auto since = std::chrono::floor<std::chrono::milliseconds>(steady - last_steady_);
  // A clock that was set, or a look that came late, and nobody knows what belongs to which hour.
  const bool smooth = !first && std::chrono::abs((wall - last_wall_) - since) <= kLookGapMax;
  last_wall_ = wall;
  last_steady_ = steady;
  whole_ = whole_ && smooth;
  if (hour != hour_) {
    const bool next = smooth && since <= kLookGapMax && hour == hour_ + 1;
    if (next && whole_) close_hour();
    hour_ = hour;
    whole_ = next;
    for (auto& [id, source] : sources_) {
      source.begin = source.now;
      source.whole = true;
    }
  }
  // What was counted since the last look belongs to the hour that was: at most ten seconds of it to the next.
  std::size_t without = 0;
  for (const auto& one : heard) {
    if (sources_.size() >= kSourcesMax && !sources_.contains(one.id)) {
      ++without;
      continue;
    }
    auto& source = sources_[one.id];
    source.name = one.name;
    source.now = one;
  }
  without_ = without;
  report();
  keep();
}

void SourceHabits::close_hour() {
  for (auto& [id, source] : sources_)
    if (source.whole) judge(source);
  std::erase_if(sources_, [&](auto& one) {
    auto& [id, source] = one;
    for (std::int64_t back = 0; back < kForgetAfterHours; ++back)
      if (const auto count = source.events.at(hour_ - back); count != 0 && count != HourlySeries::kUnknown)
        return false;
    // Who has just come has no hour yet.
    if (source.events.known() == 0 && source.now.events > 0) return false;
    forgotten_.push_back(id);
    return true;
  });
}

void SourceHabits::judge(Source& source) {
  const auto count = counted(source.now.events, source.begin.events);
  const auto unread = counted(source.now.unread, source.begin.unread);
  source.changed = true;
  const auto usual = logs::usual_at(source.events, hour_);
  if (usual && (count > 0 || !source.now.silence_is_told)) {
    source.state[kRate].add(logs::count_departs(count, *usual, {}, source.state[kRate].now()));
    source.before[kRate] = range_text(*usual);
    source.after[kRate] = std::to_string(count);
  }
  source.events.set(hour_, count);
  if (count < kJudgedFrom) {
    source.unread.set(hour_, HourlySeries::kUnknown);
    source.strange.set(hour_, HourlySeries::kUnknown);
    return;
  }
  const auto share =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(1000, std::uint64_t{1000} * unread / count));
  if (const auto before = logs::usual_at(source.unread, hour_)) {
    source.state[kUnread].add(logs::share_departs(share, *before, kUnreadMore, source.state[kUnread].now()));
    source.before[kUnread] = share_text(*before);
    source.after[kUnread] = percent(share / 1000.0);
  }
  source.unread.set(hour_, share);
  judge_kinds(source, count);
}

// How strange an hour is: the total variation distance of its kinds' shares to their usual shares, which is
// the part of the events that would have to be of another kind to make the hour a usual one.
void SourceHabits::judge_kinds(Source& source, std::uint32_t count) {
  std::map<std::string, double> shares;
  double total = 0;
  for (const auto& [kind, now] : source.now.kinds.counts()) {
    const auto before = std::min(now, source.begin.kinds.of(kind));
    if (now > before) total += shares[kind] = static_cast<double>(now - before);
  }
  if (total <= 0 || count < kJudgedFrom) return source.strange.set(hour_, HourlySeries::kUnknown);
  for (auto& [kind, share] : shares) share /= total;
  auto all = shares;
  for (const auto& [kind, share] : source.usual_kinds) all.try_emplace(kind, 0);
  std::vector<std::pair<double, std::string>> changes;
  double distance = 0;
  for (const auto& [kind, share] : all) {
    const auto usual = source.usual_kinds.contains(kind) ? source.usual_kinds.at(kind) : 0;
    distance += std::abs(share - usual) / 2;
    changes.emplace_back(std::abs(share - usual), kind);
  }
  if (source.kinds_hours == 0) {
    source.strange.set(hour_, HourlySeries::kUnknown);
  } else {
    const auto strange = static_cast<std::uint32_t>(std::min(1000.0, 1000 * distance));
    if (const auto before = logs::usual_at(source.strange, hour_)) {
      source.state[kKinds].add(
          logs::share_departs(strange, *before, kStrangeMore, source.state[kKinds].now()));
      std::ranges::sort(changes, std::ranges::greater{});
      auto& was = source.before[kKinds];
      auto& is = source.after[kKinds];
      was.clear();
      is.clear();
      for (std::size_t i = 0; i < std::min(kKindsTold, changes.size()); ++i) {
        const auto& kind = changes[i].second;
        const auto usual = source.usual_kinds.contains(kind) ? source.usual_kinds.at(kind) : 0;
        const auto name =
            kind.empty() ? "-" : kind.substr(0, valid_utf8_prefix(kind.substr(0, kKindBytesTold)));
        was += fmt::format("{}{} {}", i == 0 ? "" : ", ", name, percent(usual));
        is += fmt::format("{}{} {}", i == 0 ? "" : ", ", name, percent(all.at(kind)));
      }
    }
    source.strange.set(hour_, strange);
  }
  // A new habit is learnt within a week.
  source.kinds_hours = std::min(kMeanHours, source.kinds_hours + 1);
  const auto weight = 1.0 / source.kinds_hours;
  for (const auto& [kind, share] : all) {
    auto& usual = source.usual_kinds[kind];
    usual += weight * (share - usual);
  }
  std::erase_if(source.usual_kinds, [](const auto& one) { return one.second < kShareKept; });
  while (source.usual_kinds.size() > logs::EventKinds::kKindsMax)
    source.usual_kinds.erase(
        std::ranges::min_element(source.usual_kinds, {}, [](const auto& one) { return one.second; }));
}

void SourceHabits::report() {
  std::vector<Finding> findings;
  for (const auto& [id, source] : sources_)
    for (std::size_t aspect = 0; aspect < kAspects; ++aspect)
      if (source.state[aspect].now() != source.told[aspect]) findings.push_back(finding(id, source, aspect));
  if (findings.empty()) return;
  if (auto reported = sink_.report(findings); !reported) {
    log::error("logs", "a source beyond its habit could not be reported",
               {{"error.message", reported.error().full()}});
    return;
  }
  for (auto& [id, source] : sources_)
    for (std::size_t aspect = 0; aspect < kAspects; ++aspect)
      if (auto& told = source.told[aspect]; source.state[aspect].now() != told) {
        told = source.state[aspect].now();
        source.changed = true;
      }
}

Finding SourceHabits::finding(const std::string& id, const Source& source, std::size_t aspect) const {
  static constexpr const char* kNames[] = {"source_rate", "source_unread", "source_kinds"};
  const auto now = source.state[aspect].now();
  const std::string kind = kNames[aspect], key = "logs." + kind + '.';
  Finding out;
  out.uid = new_id(clock_);
  out.watch = Watch::kLogs;
  out.kind = kind;
  out.state = now == Departure::kNone ? FindingState::kResolved : FindingState::kPresent;
  out.severity = aspect == Aspect::kKinds ? Severity::kLow : Severity::kMedium;
  out.confidence = 70;
  out.asset = {"service", id, source.name};
  out.before = source.before[aspect];
  out.after = source.after[aspect];
  const std::map<std::string, std::string> arguments{
      {"source", source.name}, {"usual", out.before}, {"now", out.after}};
  const char* why = now == Departure::kNone ? "back" : now == Departure::kBelow ? "less" : "more";
  out.title = {key + (now == Departure::kBelow ? "title_less" : "title"), arguments};
  out.reason = {key + why, arguments};
  out.next_step = {key + (now == Departure::kBelow ? "next_less" : "next"), arguments};
  out.dedup_key = "logs/habit/" + kind + '/' + id;
  out.observed_at = clock_.wall();
  return out;
}

std::map<std::string, SourceHabits::View> SourceHabits::view() const {
  const std::lock_guard lock(mutex_);
  const auto hour = hour_of(clock_.wall());
  std::map<std::string, View> out;
  for (const auto& [id, source] : sources_) {
    auto& one = out[id];
    one.usual = logs::usual_at(source.events, hour);
    if (const auto last = source.events.at(hour - 1); last != HourlySeries::kUnknown) one.last_hour = last;
    one.hours = source.events.known();
    one.rate = source.state[kRate].now();
    one.unread = source.state[kUnread].now();
    one.kinds = source.state[kKinds].now();
  }
  return out;
}

void SourceHabits::keep() {
  std::vector<std::pair<std::string, std::string>> rows;
  std::vector<Source*> kept;
  for (auto& [id, source] : sources_) {
    if (!source.changed) continue;
    rows.emplace_back(id, pack(source));
    kept.push_back(&source);
    // The next ones come with the next look: a transaction is to be short.
    if (kept.size() == kStoredAtOnce) break;
  }
  if (rows.empty() && forgotten_.empty()) return;
  auto written = database_.write([&](store::Session& session) -> Result<void> {
    for (const auto& id : forgotten_) TRY(session.execute("DELETE FROM log_habits WHERE source = ?", {id}));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      TRY(session.execute("DELETE FROM log_habits WHERE source = ?", {rows[i].first}));
      TRY(session.execute("INSERT INTO log_habits (source, name, habit) VALUES (?, ?, ?)",
                          {rows[i].first, kept[i]->name, store::Blob{rows[i].second}}));
    }
    return {};
  });
  if (!written) {
    log::error("logs", "habits of sources could not be stored", {{"error.message", written.error().full()}});
    return;
  }
  forgotten_.clear();
  for (auto* source : kept) source->changed = false;
}

}  // namespace vedette::server
