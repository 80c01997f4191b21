// The guard's answer to an open for writing. Runs on the actor's strand.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "files/guard/guard.h"

namespace vedette::files {
namespace {

// An actor that keeps so many files open for writing is looked at before they are closed.
constexpr std::size_t kOpenWrites = 2, kOpenWritesKept = 256;
// How long the next file waits for what is written to this one, by what there is against the actor: names
// and the like, a burst of names, or content as well.
constexpr auto kAwait = std::chrono::milliseconds(2), kAwaitMax = std::chrono::milliseconds(60),
               kAwaitBurst = std::chrono::milliseconds(200), kAwaitLong = std::chrono::milliseconds(500);
constexpr auto kRoomRetry = std::chrono::milliseconds(20);

std::int64_t ctime_ns(const struct stat& status) {
  return status.st_ctim.tv_sec * 1'000'000'000 + status.st_ctim.tv_nsec;
}

bool is_at(const std::string& path, const Inode& inode) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 && Inode{status.st_dev, status.st_ino} == inode;
}

constexpr std::size_t kNearAncestors = 3;

// Where several actors did one deed, whoever is the same program of the same user, started by the same
// process, is another of them, although its session is new.
bool of_one_family(const Actor& actor, const FileIncident& incident) {
  if (incident.partners.empty() || actor.uid != incident.actor.uid ||
      actor.process.executable != incident.actor.process.executable)
    return false;
  for (std::size_t i = 0; i < std::min(kNearAncestors, actor.ancestors.size()); ++i)
    for (std::size_t j = 0; j < std::min(kNearAncestors, incident.actor.ancestors.size()); ++j)
      if (actor.ancestors[i].pid == incident.actor.ancestors[j].pid &&
          actor.ancestors[i].start_ticks == incident.actor.ancestors[j].start_ticks)
        return true;
  return false;
}

}  // namespace

// Somebody waits until the answer: what need not come before it comes behind it.
void Guard::write_open(const Request& request, const ActorPtr& actor, const std::string& key) {
  const auto known = answer_write(request, actor, key);
  if (known && known->pin && keeper_) keeper_->keep(known->id, known->pin->get());
  absorb_reads();
}

// The file, where it was not held yet.
std::shared_ptr<Known> Guard::answer_write(const Request& request, const ActorPtr& actor,
                                           const std::string& key) {
  struct stat status{};
  if (::fstat(request->fd(), &status) != 0 || !S_ISREG(status.st_mode)) {
    request->answer(true);
    return nullptr;
  }
  if (actor) {
    if (hold(request, *actor, key)) return nullptr;
    check_open_writes(actor, key, kOpenWrites);
    await_writes(request, actor, key);
  }
  if (actor && hold(request, *actor, key)) return nullptr;

  const Inode inode{status.st_dev, status.st_ino};
  auto known = known_->pinned(inode);
  const bool anew = known == nullptr;
  // Its handle and its path are dear to ask the kernel for; while it is pinned, they are known.
  const auto id = anew ? file_id_of(request->fd()) : known->id;
  if (id.empty()) {
    request->answer(true);
    return nullptr;
  }
  auto path = !anew && is_at(known->path, inode) ? known->path : request->path();
  auto pin = anew ? std::make_shared<UniqueFd>(::fcntl(request->fd(), F_DUPFD_CLOEXEC, 3)) : nullptr;
  known = known_->opened(id, std::move(path), std::move(pin), inode);
  if (!keep_before(request, *known, status, actor, key)) return anew ? known : nullptr;
  known->writer = key;
  known->written = false;
  known_->used(id, key);
  {
    std::lock_guard lock(mutex_);
    auto& list = open_writes_[key];
    if (std::ranges::find(list, id) == list.end() && list.size() < kOpenWritesKept) list.push_back(id);
  }
  request->answer(true);
  return anew ? known : nullptr;
}

// What the file was before this actor began. False: the request was answered meanwhile.
bool Guard::keep_before(const Request& request, Known& known, const struct stat& status,
                        const ActorPtr& actor, const std::string& key) {
  const bool ours = known.writer == key;
  if (!(ours && known.created) && !(ours && known.image != 0 && vault_->has(known.image))) {
    known.size_before = static_cast<std::uint64_t>(status.st_size);
    known.ctime_ns = ctime_ns(status);
    known.created = false;
    known.image = 0;
    known.no_image.clear();
    known.print.reset();
    if (!take_image(request, known, actor, key)) return false;
  }
  return !request->may_truncate || keep_whole(request, known);
}

Result<Image> Guard::keep_image(const Request& request, const Known& known, const ActorPtr& actor,
                                const std::string& key) {
  auto image = vault_->keep(request->fd(), known.path, known.id, key,
                            actor ? lineage_of(*actor) : std::vector<ProcessId>{});
  if (image || image.error().code() != ErrorCode::kUnsupported) return image;
  return keep_large(request, known, actor, key);
}

// False: the request was answered meanwhile, because of its deadline.
bool Guard::take_image(const Request& request, Known& known, const ActorPtr& actor, const std::string& key) {
  bool said = false;
  while (!request->answered()) {
    auto image = keep_image(request, known, actor, key);
    // Where not all of it is kept, what is done to it can be judged all the same.
    const auto remember_print = [&] {
      if (auto print = fingerprint_of(request->fd())) known.print = *std::move(print);
    };
    if (image) {
      ++images_;
      known.image = image->id;
      if (image->ranges) remember_print();
      return true;
    }
    known.no_image = image.error().message();
    if (image.error().code() != ErrorCode::kLimit) {
      remember_print();
      notice("no_pre_image", "No pre-image could be kept: " + image.error().full(), known.path);
      return true;
    }
    if (!std::exchange(said, true))
      notice("vault_full",
             options_.hold_when_full
                 ? "The vault is full of copies that may still be needed: a writer has to wait"
                 : "The vault is full of copies that may still be needed: a writer goes on without one",
             known.path);
    if (!options_.hold_when_full) return true;
    std::this_thread::sleep_for(kRoomRetry);
  }
  return false;
}

Guard::Standing Guard::standing_of(const std::string& key) const {
  std::lock_guard lock(mutex_);
  auto found = standings_.find(key);
  return found == standings_.end() ? Standing{} : found->second;
}

// A file that was there before, that this actor has open, and that nothing was written to yet; or, where
// that is asked, that is not closed yet.
bool Guard::has_unwritten(const std::string& key, bool or_unclosed) const {
  std::vector<FileId> ids;
  {
    std::lock_guard lock(mutex_);
    if (auto found = open_writes_.find(key); found != open_writes_.end()) ids = found->second;
  }
  return std::ranges::any_of(ids, [&](const FileId& id) {
    auto known = known_->find(id);
    struct stat now{};
    if (!known || !known->pin || known->created || known->image == 0) return false;
    return or_unclosed ||
           (!known->written && ::fstat(known->pin->get(), &now) == 0 && ctime_ns(now) == known->ctime_ns);
  });
}

// Against whom there is something already has one file at a time open for writing, until it is seen what he
// writes: eight threads must not have eight files before the first is judged. Whoever just keeps files open
// is held up only for a moment. After a burst of renames the first closed file may decide, so the next one
// waits for that close, and not only for the first bytes.
void Guard::await_writes(const Request& request, const ActorPtr& actor, const std::string& key) {
  struct Waits {
    std::atomic<std::size_t>& count;
    const std::size_t before = count++;
    ~Waits() { --count; }
  } waits{long_waits_};
  // Some workers stay free for everybody else.
  const bool may_wait_long = waits.before < options_.workers / 2;
  for (std::chrono::milliseconds waited{0}; !request->answered(); waited += kAwait) {
    strands_->catch_up(key);
    const auto [score, burst] = standing_of(key);
    const bool content = score >= default_thresholds().suspicious;
    const auto most = !may_wait_long ? kAwaitMax : content ? kAwaitLong : burst ? kAwaitBurst : kAwaitMax;
    if ((score <= 0 && !burst) || waited >= most || !has_unwritten(key, burst)) return;
    std::this_thread::sleep_for(kAwait);
    check_open_writes(actor, key, 1);
  }
}

void Guard::check_open_writes(const ActorPtr& actor, const std::string& key, std::size_t from) {
  std::vector<FileId> ids;
  {
    std::lock_guard lock(mutex_);
    auto found = open_writes_.find(key);
    if (found == open_writes_.end() || found->second.size() < from) return;
    ids = found->second;
  }
  for (const auto& id : ids) {
    auto known = known_->find(id);
    if (known && known->writer == key) content_changed(*known, known->path, actor, key, clock_.steady());
  }
}

// An actor under an incident waits; true if it does.
bool Guard::hold(const Request& request, const Actor& actor, const std::string& key) {
  std::lock_guard lock(mutex_);
  for (auto& open : open_) {
    if (open->over || open->incident.state == IncidentState::kObserved) continue;
    const auto& root = open->incident.root;
    bool member = open->incident.actor_key == key ||
                  std::ranges::find(open->incident.partners, key) != open->incident.partners.end() ||
                  of_one_family(actor, open->incident);
    auto is_root = [&](const ProcessInfo& process) {
      return root.pid != 0 && process.pid == root.pid && process.start_ticks == root.start_ticks;
    };
    member |= is_root(actor.process) || std::ranges::any_of(actor.ancestors, is_root);
    if (!member) continue;
    request->held = true;
    open->held.push_back(request);
    return true;
  }
  return false;
}

}  // namespace vedette::files
