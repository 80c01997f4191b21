// A guard that may not use fanotify: it sees what changes, a moment later, and tells. Nobody is held or
// named.
#include <fmt/format.h>
#include <sys/fanotify.h>

#include "base/log.h"
#include "files/guard/guard.h"
#include "files/judge/evidence.h"

namespace vedette::files {
namespace {

constexpr auto kTick = std::chrono::milliseconds(50);

// Where nobody is named, whatever happens in one folder is one unknown actor's doing: its sum is the
// folder's.
Guard::ActorPtr nobody_in(std::string_view folder) {
  Actor actor;
  actor.cgroup = fmt::format("somebody in {}", folder);
  return std::make_shared<const SeenActor>(std::move(actor));
}

}  // namespace

Result<void> Guard::start_observing(const Error& why) {
  auto observer =
      TreeObserver::open(options_.trees, [this](const std::string& path) { return excluded(path); }, clock_);
  if (!observer)
    return fail(observer.error().code(),
                fmt::format("{}; and without it: {}", why.full(), observer.error().full()));
  observer_ = *std::move(observer);
  directories_ = observer_->directories();
  reader_ = std::jthread([this](const std::stop_token& stop) { observe_loop(stop); });
  syncer_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      vault_->sync();
    }
  });
  started_ = true;
  notice("observe_only",
         "This guard only observes (inotify): opens are not held, no copies are kept, nobody is stopped or "
         "named, "
         "and nothing can be restored. What it needs is not allowed here: " +
             why.full());
  return {};
}

void Guard::observe_loop(const std::stop_token& stop) {
  std::vector<TreeObserver::Seen> seen;
  bool said = false;
  for (bool learning = true; !stop.stop_requested();) {
    ++ticks_;
    learning = learning && observer_->learn();
    bool overflow = false;
    if (auto done = observer_->next(learning ? std::chrono::milliseconds(0) : kTick, seen, overflow); !done) {
      log::error("files.guard", "file events cannot be read any more", {{"error", done.error().full()}});
      return;  // the ticks stop, the watchdog acts
    }
    observing_ = !learning;
    if (overflow) {
      ++lost_;
      notice("events_lost", "The kernel's queue of file events was full: everything is looked at again");
    }
    if (observer_->unlearned() > 0 && !std::exchange(said, true))
      notice("events_lost",
             "Some files could not be learned (no right to read them, or too many): they are not watched");
    for (auto& one : seen) {
      ++ticks_;
      const auto actor = nobody_in(directory_of(one.change.path));
      judge(std::move(one.change), std::move(one.deed), actor, actor->own_key, clock_.steady());
    }
    seen.clear();
  }
}

// All that is observed below a tree is one incident until somebody says that it is over: nobody can tell
// apart who did it, and a thousand folders must not be a thousand alerts. True when there was one.
bool Guard::join_observed(const std::string& key, const Judgement& judgement) {
  constexpr std::size_t kPartnersMax = 4'096;
  std::lock_guard lock(mutex_);
  for (auto& open : open_) {
    auto& incident = open->incident;
    if (open->over || incident.state != IncidentState::kObserved || incident.actor.process.pid != 0) continue;
    const auto before = incident.partners.size();
    const auto join = [&](const std::string& one) {
      if (incident.partners.size() < kPartnersMax && one != incident.actor_key &&
          std::ranges::find(incident.partners, one) == incident.partners.end())
        incident.partners.push_back(one);
    };
    std::ranges::for_each(judgement.partners, join);
    join(key);
    if (incident.partners.size() != before) vault_->record(incident);
    ++open->revision;
    return true;
  }
  return false;
}

}  // namespace vedette::files
