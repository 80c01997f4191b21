// From an event of the kernel to a change the judge understands. Runs on the actor's strand.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/fanotify.h>
#include <sys/stat.h>

#include "files/guard/guard.h"
#include "files/judge/measure.h"

namespace vedette::files {
namespace {

constexpr std::uint64_t kQuick = 256 * 1024;  // bytes that are measured in less than a slice of time

Deed deed_of(ChangeKind kind, const std::string& path, const FileId& file) {
  Deed deed;
  deed.kind = kind;
  deed.path = path;
  deed.file = file;
  return deed;
}

void take_content(FileChange& change, Result<ContentChange> content) {
  if (content) {
    change.content = *std::move(content);
  } else {
    change.content_unknown = content.error().full();
  }
}

}  // namespace

// Whoever is above suspicion is judged of large files when there is time.
Unhurried Guard::at_leisure(const std::string& key, std::uint64_t size) const {
  return Unhurried(size > kQuick && standing_of(key).score <= 0);
}

void Guard::changed(const NameEvent& event, const ActorPtr& actor, const std::string& key) {
  absorb_reads();
  if (event.directory) {
    // A folder that was renamed is renamed back by a rollback, so that the paths below it fit again.
    if ((event.mask & FAN_RENAME) == 0 || event.path.empty() || event.old_path.empty()) return;
    auto deed = deed_of(ChangeKind::kRenamed, event.path, event.file);
    deed.old_path = event.old_path;
    deed.actor = key;
    remember(std::move(deed));
    return;
  }
  // Merged events: what can be merged can only have happened in this order.
  if ((event.mask & FAN_CREATE) != 0 && !known_->find(event.file)) {
    auto known = known_->opened(event.file, event.path, nullptr);
    known->created = true;
    known->writer = key;
    known_->used(event.file, key);
    std::lock_guard lock(mutex_);
    if (made_.size() >= kMadeMax) made_.erase(made_.begin());
    made_[event.file] = {event.path, key, actor ? lineage_of(*actor) : std::vector<ProcessId>{}};
  }
  if ((event.mask & FAN_CLOSE_WRITE) != 0) closed(event, actor, key);
  if ((event.mask & FAN_RENAME) != 0) renamed(event, actor, key);
  if ((event.mask & FAN_DELETE) != 0) deleted(event, actor, key);
}

void Guard::closed(const NameEvent& event, const ActorPtr& actor, const std::string& key) {
  auto since = clock_.steady();
  auto known = known_->find(event.file);
  {
    std::lock_guard lock(mutex_);
    if (auto found = open_writes_.find(known ? known->writer : key); found != open_writes_.end()) {
      std::erase(found->second, event.file);
      if (found->second.empty()) open_writes_.erase(found);
    }
  }
  if (known) {
    // Opened for writing and left as it was: its copy may go.
    if (!content_changed(*known, event.path.empty() ? known->path : event.path, actor, key, since) &&
        known->image != 0)
      vault_->settle(known->image);
    return;
  }
  FileChange change;
  change.path = event.path;
  change.content_unknown = "it was opened before the guard looked";
  judge(std::move(change), deed_of(ChangeKind::kModified, event.path, event.file), actor, key, since);
}

bool Guard::content_changed(Known& known, const std::string& path, const ActorPtr& actor,
                            const std::string& key, SteadyTime since) {
  struct stat now{};
  if (!known.pin || ::fstat(known.pin->get(), &now) != 0) return false;
  auto ctime = now.st_ctim.tv_sec * 1'000'000'000 + now.st_ctim.tv_nsec;
  if (ctime == known.ctime_ns) return false;  // nothing was written
  FileChange change;
  change.path = path;
  change.size_after = static_cast<std::uint64_t>(now.st_size);
  change.at = since;
  const auto unhurried = at_leisure(key, change.size_after);
  Deed deed = deed_of(ChangeKind::kModified, path, known.id);
  if (known.created) {
    if (now.st_size == 0) return true;  // not yet
    change.kind = deed.kind = ChangeKind::kCreated;
    take_content(change, describe_file(known.pin->get(), measuring_));
    known.created = false;
    std::lock_guard lock(mutex_);
    made_.erase(known.id);
  } else {
    change.size_before = known.size_before;
    deed.image = known.image;
    if (known.print) {
      take_content(change, measure_since(*known.print, known.pin->get()));
      if (auto print = fingerprint_of(known.pin->get())) known.print = *std::move(print);
    } else if (auto before = known.image == 0 ? Result<UniqueFd>(fail(ErrorCode::kNotFound, known.no_image))
                                              : vault_->content(known.image)) {
      take_content(change, measure_change(before->get(), known.pin->get(), measuring_));
    } else {
      change.content_unknown = before.error().message();
    }
  }
  if (change.size_after > options_.limits.file_bytes_max) cover(known.pin->get());
  known.ctime_ns = ctime;
  known.written = true;
  judge(std::move(change), std::move(deed), actor, key, since);
  return true;
}

void Guard::renamed(const NameEvent& event, const ActorPtr& actor, const std::string& key) {
  auto since = clock_.steady();
  auto moved = known_->find(event.file);
  if (event.path.empty()) {  // out of the trees: it is whole, but no longer ours
    known_->removed(event.file);
    return;
  }
  auto replaced = known_->at(event.path);
  if (replaced && replaced->id == event.file) replaced = nullptr;
  FileChange change;
  change.path = event.path;
  change.old_path = event.old_path;
  change.at = since;
  auto deed = deed_of(ChangeKind::kRenamed, event.path, event.file);
  deed.old_path = event.old_path;
  UniqueFd opened;
  int after = moved && moved->pin ? moved->pin->get() : -1;
  if (after < 0 && (replaced || event.old_path.empty())) {
    opened.reset(::open(event.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    after = opened.get();
  }
  struct stat now{};
  if (after >= 0 && ::fstat(after, &now) == 0) change.size_after = static_cast<std::uint64_t>(now.st_size);
  const auto unhurried = at_leisure(key, change.size_after);
  if (replaced && replaced->pin) {
    change.kind = deed.kind = ChangeKind::kReplaced;
    struct stat before{};
    if (::fstat(replaced->pin->get(), &before) == 0)
      change.size_before = static_cast<std::uint64_t>(before.st_size);
    if (after >= 0) take_content(change, measure_change(replaced->pin->get(), after, measuring_));
    deed.pin = replaced->pin;
    deed.replaced = replaced->id;
    known_->removed(replaced->id);
  } else if (event.old_path.empty()) {
    change.kind = deed.kind = ChangeKind::kCreated;
    if (after >= 0) take_content(change, describe_file(after, measuring_));
  } else {
    change.kind = ChangeKind::kRenamed;
    change.size_before = change.size_after;
  }
  if (after >= 0 && event.old_path.empty() && change.size_after > options_.limits.file_bytes_max)
    cover(after);
  known_->renamed(event.file, event.path);
  {
    std::lock_guard lock(mutex_);
    if (auto made = made_.find(event.file); made != made_.end()) made->second.path = event.path;
  }
  judge(std::move(change), std::move(deed), actor, key, since);
}

void Guard::deleted(const NameEvent& event, const ActorPtr& actor, const std::string& key) {
  auto since = clock_.steady();
  auto known = known_->find(event.file);
  bool own_file = known && known->created && known->writer == key;
  known_->removed(event.file);
  {
    std::lock_guard lock(mutex_);
    made_.erase(event.file);
    covered_.erase(event.file);
  }
  if (own_file && keeper_) keeper_->forget(event.file);
  if (own_file) return;  // made and thrown away by the same actor: nobody's loss
  FileChange change;
  change.kind = ChangeKind::kDeleted;
  change.path = event.path;
  change.at = since;
  auto deed = deed_of(ChangeKind::kDeleted, event.path, event.file);
  struct stat status{};
  if (known && known->pin && ::fstat(known->pin->get(), &status) == 0) {
    change.size_before = static_cast<std::uint64_t>(status.st_size);
    const auto unhurried = at_leisure(key, change.size_before);
    take_content(change, describe_removed(known->pin->get(), measuring_));
    deed.pin = known->pin;
  } else {
    change.content_unknown = "nobody had opened it before";
  }
  judge(std::move(change), std::move(deed), actor, key, since);
}

void Guard::judge(FileChange change, Deed deed, const ActorPtr& actor, const std::string& key,
                  SteadyTime since) {
  static const Actor nobody;
  const Actor& who = actor ? *actor : nobody;
  Judgement judgement;
  if (canaries_) {
    const bool replaced = change.kind == ChangeKind::kReplaced;
    deed.canary = change.canary =
        canaries_->contains(replaced ? deed.replaced : deed.file, replaced ? change.path : change.old_path);
    if (change.kind == ChangeKind::kRenamed) canaries_->renamed(deed.file, change.path);
  }
  {
    std::lock_guard lock(judge_mutex_);
    judgement = judge_.judge(who, change);
  }
  ++judged_;
  {
    std::lock_guard lock(mutex_);
    if (judgement.actor_score <= 0 && !judgement.rename_burst) {
      standings_.erase(key);
    } else {
      if (standings_.size() >= kStandingsMax) standings_.erase(standings_.begin());
      standings_[key] = {judgement.actor_score, judgement.rename_burst};
    }
  }
  deed.actor = key;
  deed.score = judgement.change_score;
  deed.size_before = change.size_before;
  deed.size_after = change.size_after;
  if (change.content) {
    deed.type_before = change.content->type_before;
    deed.type_after = change.content->type_after;
  }
  if (actor) deed.lineage = lineage_of(*actor);
  auto image = deed.image;
  remember(std::move(deed));
  if (image != 0) vault_->settle(image, judgement.verdict == Verdict::kQuiet);
  if (judgement.verdict == Verdict::kAttack && !allowed(who, change.path))
    convict(who, key, judgement, since);
}

}  // namespace vedette::files
