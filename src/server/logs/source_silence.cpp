#include "server/logs/source_silence.h"

#include "base/id.h"
#include "base/log.h"

namespace vedette::server {

Result<std::unique_ptr<SourceSilence>> SourceSilence::open(store::Database& database, FindingSink& sink,
                                                           const Clock& clock,
                                                           std::chrono::seconds silent_after) {
  std::unique_ptr<SourceSilence> out(new SourceSilence(database, sink, clock, silent_after));
  TRY(database.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT id, name, last_at, told FROM log_sources"));
    for (const auto& row : rows)
      out->sources_[row.text(0)] = {.name = row.text(1),
                                    .last_at = from_unix_ms(row.integer(2)),
                                    .heard = out->last_look_,
                                    .told = row.integer(3) != 0};
    return {};
  }));
  return out;
}

void SourceSilence::look(const std::vector<Heard>& heard) {
  const auto now = clock_.wall();
  const auto steady = clock_.steady();
  const auto since_look = std::chrono::floor<WallTime::duration>(steady - last_look_);
  std::size_t unwatched = 0;
  for (const auto& one : heard) {
    if (one.last_at < now - kForgetAfter) continue;
    if (sources_.size() >= kSourcesMax && !sources_.contains(one.id)) {
      ++unwatched;
      continue;
    }
    auto& source = sources_[one.id];
    if (source.last_at != one.last_at || source.events != one.events) {
      source.changed = true;
      source.heard = steady - std::clamp(now - one.last_at, WallTime::duration(0), since_look);
    }
    source.name = one.name;
    source.last_at = one.last_at;
    source.events = one.events;
  }
  unwatched_ = unwatched;
  last_look_ = steady;
  report(now);
  std::vector<Remembered> remembered;
  for (const auto& [id, source] : sources_)
    if (source.told && source.events == 0) remembered.push_back({id, source.name, source.last_at});
  {
    const std::lock_guard lock(mutex_);
    remembered_ = std::move(remembered);
  }
  if (steady < next_keep_) return;
  next_keep_ = steady + kKeepEvery;
  keep(now);
}

std::vector<SourceSilence::Remembered> SourceSilence::remembered() const {
  const std::lock_guard lock(mutex_);
  return remembered_;
}

void SourceSilence::report(WallTime now) {
  std::vector<Finding> findings;
  std::vector<Source*> turned;
  for (auto& [id, source] : sources_) {
    const bool silent = clock_.steady() - source.heard > silent_after_;
    // Who was silent before the start speaks again only with an event.
    if (silent == source.told || (source.told && source.events == 0)) continue;
    findings.push_back(finding(id, source, silent, now));
    turned.push_back(&source);
  }
  if (findings.empty()) return;
  if (auto reported = sink_.report(findings); !reported) {
    log::error("logs", "a silent source could not be reported", {{"error.message", reported.error().full()}});
    return;
  }
  for (auto* source : turned) {
    source->told = !source->told;
    source->changed = true;
  }
  next_keep_ = {};
}

Finding SourceSilence::finding(const std::string& id, const Source& source, bool silent, WallTime now) const {
  Finding out;
  out.uid = new_id(clock_);
  out.watch = Watch::kLogs;
  out.kind = "source_silent";
  out.state = silent ? FindingState::kPresent : FindingState::kResolved;
  out.severity = Severity::kMedium;
  out.confidence = 90;
  out.asset = {"service", id, source.name};
  const std::map<std::string, std::string> arguments{{"source", source.name},
                                                     {"since", to_rfc3339(source.last_at)},
                                                     {"events", std::to_string(source.events)}};
  out.title = {"logs.source_silent.title", arguments};
  const char* why = !silent              ? "logs.source_silent.back"
                    : source.events == 0 ? "logs.source_silent.reason_before"
                                         : "logs.source_silent.reason";
  out.reason = {why, arguments};
  out.next_step = {"logs.source_silent.next", arguments};
  out.dedup_key = "logs/silent/" + id;
  out.observed_at = now;
  return out;
}

void SourceSilence::keep(WallTime now) {
  auto kept = database_.write([&](store::Session& session) -> Result<void> {
    for (const auto& [id, source] : sources_) {
      const bool forgotten = source.last_at < now - kForgetAfter;
      if (!source.changed && !forgotten) continue;
      TRY(session.execute("DELETE FROM log_sources WHERE id = ?", {id}));
      if (!forgotten)
        TRY(session.execute(
            "INSERT INTO log_sources (id, name, last_at, told) VALUES (?, ?, ?, ?)",
            {id, source.name, to_unix_ms(source.last_at), static_cast<std::int64_t>(source.told)}));
    }
    return {};
  });
  if (!kept) {
    log::error("logs", "when sources last spoke could not be stored",
               {{"error.message", kept.error().full()}});
    return;
  }
  std::erase_if(sources_, [&](const auto& one) { return one.second.last_at < now - kForgetAfter; });
  for (auto& [id, source] : sources_) source.changed = false;
}

}  // namespace vedette::server
