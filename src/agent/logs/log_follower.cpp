#include "agent/logs/log_follower.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <filesystem>

#include "agent/logs/journal_source.h"
#include "agent/logs/log_record.h"
#include "agent/logs/tail_source.h"
#include "base/log.h"

namespace vedette::agent {
namespace {

constexpr std::string_view kJournal = "journal";
constexpr std::size_t kBlindMax = 20;

std::string mark_of(const std::string& name) { return "read/" + name; }

// A file that was rotated is the tail's, under the name it had.
bool is_old_copy(const std::string& path) {
  for (const std::string_view ending : {".gz", ".xz", ".zst", ".bz2"})
    if (path.ends_with(ending)) return true;
  const auto end = path.find_last_not_of("0123456789.-_T");
  std::error_code error;
  return end != std::string::npos && end + 1 < path.size() &&
         std::filesystem::is_regular_file(path.substr(0, end + 1), error);
}

}  // namespace

LogFollower::LogFollower(Options options, Spool& spool, const Clock& clock, std::function<void()> added)
    : options_(std::move(options)), spool_(spool), clock_(clock), added_(std::move(added)) {}
LogFollower::~LogFollower() { stop(); }

void LogFollower::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}
void LogFollower::stop() { thread_ = {}; }

void LogFollower::set_sources(LogSources sources) {
  {
    std::lock_guard lock(mutex_);
    wanted_ = std::move(sources);
  }
  woken_.notify_all();
}

LogFollower::View LogFollower::view() const {
  std::lock_guard lock(mutex_);
  return view_;
}

void LogFollower::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (turn()) continue;
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, stop, options_.interval, [&] { return wanted_.has_value(); });
  }
}

// A log begins where its mark says; without one from its end, where it was there before its pattern.
void LogFollower::follow(const std::string& name, const std::string& format, bool from_end) {
  if (logs_.contains(name)) return;
  Followed log;
  log.format = format;
  const bool is_journal = name == kJournal, audit = format == "audit";
  auto mark = spool_.mark(mark_of(name));
  if (!mark && mark.error().code() != ErrorCode::kNotFound) {
    unseen_.push_back(mark.error().full());  // where it would begin is not known: looked at again
    return;
  }
  if (is_journal) {
    log.source = std::make_unique<JournalSource>(options_.journal_folder, mark.value_or(""));
  } else if (mark) {
    auto resumed = TailSource::resume(name, *mark, audit, clock_);
    if (resumed)
      log.source = *std::move(resumed);
    else
      log::error("agent.logs", "a log is read from its beginning",
                 {{"file.path", name}, {"error.message", resumed.error().full()}});
  }
  if (!log.source) {
    using enum logs::FileTail::From;
    log.source = std::make_unique<TailSource>(name, from_end && !mark ? kEnd : kBegin, audit, clock_);
  }
  log.saved = mark.value_or("");
  log.saved_at = clock_.steady();
  logs_.emplace(name, std::move(log));
}

void LogFollower::look_for_files() {
  std::map<std::string, std::string> wanted;
  unseen_.clear();
  std::size_t beyond = 0;
  for (const auto& files : sources_.files) {
    const std::string known = "pattern/" + files.pattern;
    const auto seen = spool_.mark(known);
    if (!seen && seen.error().code() != ErrorCode::kNotFound) {
      unseen_.push_back(seen.error().full());
      continue;
    }
    glob_t found{};
    const int result = ::glob(files.pattern.c_str(), GLOB_NOSORT, nullptr, &found);
    if (result != 0 && result != GLOB_NOMATCH)
      unseen_.push_back(files.pattern + ": a folder of it cannot be read");
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      const std::string path = found.gl_pathv[i];
      std::error_code error;
      if (is_old_copy(path) || !std::filesystem::is_regular_file(path, error) || wanted.contains(path))
        continue;
      if (wanted.size() >= kFilesMax) {
        ++beyond;
        continue;
      }
      wanted[path] = files.format;
      follow(path, files.format, !seen);
    }
    ::globfree(&found);
    pending_.marks.push_back({known, "seen"});
  }
  if (beyond > 0)
    unseen_.push_back(fmt::format("{} files beyond the {} that are followed", beyond, kFilesMax));
  if (sources_.journal) {
    wanted.emplace(kJournal, kJournal);
    follow(std::string(kJournal), std::string(kJournal), true);
  }
  // A file that is away for a moment (rotation) is its tail's to wait for.
  std::erase_if(logs_, [&](auto& one) {
    if (wanted.contains(one.first)) return false;
    if (one.first == kJournal) return true;
    return std::ranges::none_of(sources_.files, [&](const LogFiles& files) {
      return files.pattern == one.first || files.pattern.find_first_of("*?[") != std::string::npos;
    });
  });
  // Those of wildcards stay while there is room for them.
  for (auto one = logs_.begin(); one != logs_.end() && logs_.size() > 2 * kFilesMax;)
    one = wanted.contains(one->first) ? std::next(one) : logs_.erase(one);
}

bool LogFollower::read(const std::string& name, Followed& log) {
  LogPiece piece;
  auto done = log.source->read(kPieceBytes, piece);
  std::string error = done ? "" : done.error().full();
  if (error != log.error && !error.empty())
    log::warn("agent.logs", "a log cannot be read", {{"error.message", error}});
  log.error = std::move(error);
  if (piece.gaps > 0) pending_.bodies.push_back(log_gap_record(name, piece.gaps));
  if (!piece.text.empty()) {
    pending_.bodies.push_back(log_record(name, log.format, options_.zone, piece.text));
    pending_.bytes += pending_.bodies.back().size();
  }
  now_.events += piece.events;
  now_.gaps += piece.gaps;
  now_.cut += piece.cut;
  auto position = log.source->position();
  const bool again = clock_.steady() - log.saved_at >= kMarkAgain;
  if (!position.empty() && (position != log.saved || again)) {
    pending_.marks.push_back({mark_of(name), position});
    log.saved = std::move(position);
    log.saved_at = clock_.steady();
  }
  return piece.text.size() >= kPieceBytes;
}

bool LogFollower::keep() {
  if (pending_.bodies.empty() && pending_.marks.empty()) return true;
  const bool any = !pending_.bodies.empty();
  auto kept = spool_.add(pending_.bodies, pending_.marks);
  if (!kept) {
    if (now_.paused.empty())
      log::warn("agent.logs", "logs are not read on for now", {{"error.message", kept.error().full()}});
    now_.paused = kept.error().full();
    return false;
  }
  if (!now_.paused.empty()) log::info("agent.logs", "logs are read on");
  now_.paused.clear();
  pending_ = {};
  if (any) added_();
  return true;
}

void LogFollower::show() {
  now_.files = logs_.size() - (logs_.contains(std::string(kJournal)) ? 1 : 0);
  now_.journal = logs_.contains(std::string(kJournal));
  now_.blind = unseen_;
  for (const auto& [name, log] : logs_)
    if (!log.error.empty() && now_.blind.size() < kBlindMax) now_.blind.push_back(log.error);
  std::lock_guard lock(mutex_);
  view_ = now_;
}

bool LogFollower::turn() {
  bool more = false;
  // What did not fit before goes first: how far was read is behind it.
  if (keep()) {
    {
      std::lock_guard lock(mutex_);
      if (wanted_) {
        if (*wanted_ != sources_) logs_.clear();
        sources_ = *std::exchange(wanted_, std::nullopt);
        next_look_ = {};
      }
    }
    if (clock_.steady() >= next_look_) {
      next_look_ = clock_.steady() + kLookForFiles;
      look_for_files();
    }
    for (auto& [name, log] : logs_) {
      more = read(name, log) || more;
      if (pending_.bytes < kTurnBytes) continue;
      if (!keep()) break;
    }
    more = keep() && more;
  }
  show();
  return more;
}

}  // namespace vedette::agent
