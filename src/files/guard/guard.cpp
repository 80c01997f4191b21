#include "files/guard/guard.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/fanotify.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <random>

#include "base/log.h"

namespace vedette::files {
namespace {

constexpr auto kTick = std::chrono::milliseconds(50);
constexpr std::size_t kJobs = 8192;
constexpr std::size_t kReadsAtOnce = 512;
constexpr std::uint64_t kReleaseRounds = 200;  // ticks

// Is `path` the folder itself or below it?
bool below(const std::string& path, const std::string& folder) {
  return path == folder || folder == "/" || path.starts_with(folder + "/");
}

std::string key_of(const std::shared_ptr<const SeenActor>& actor) {
  return actor ? actor->own_key : "unknown";
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
}

MeasureLimits unforeseeable() {
  MeasureLimits limits;
  std::random_device device;
  limits.seed = std::uint64_t{device()} << 32 | device();
  return limits;
}

}  // namespace

Guard::Guard(GuardOptions options, const Clock& clock, GuardListener& listener)
    : options_(std::move(options)),
      clock_(clock),
      listener_(listener),
      measuring_(unforeseeable()),
      judge_(default_thresholds()) {}

Guard::~Guard() { stop(); }

Result<void> Guard::check_places() {
  std::error_code error;
  auto vault = std::filesystem::weakly_canonical(options_.vault, error).string();
  if (error) return fail(ErrorCode::kInvalid, options_.vault.string() + ": " + error.message());
  for (const auto& tree : options_.trees) {
    auto path = std::filesystem::canonical(tree, error).string();
    if (error) return fail(ErrorCode::kInvalid, tree + ": " + error.message());
    if (path != tree) return fail(ErrorCode::kInvalid, tree + " must be given as " + path);
    if (!std::filesystem::is_directory(path)) return fail(ErrorCode::kInvalid, path + " is no folder");
    for (const char* system :
         {"/", "/proc", "/sys", "/dev", "/run", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/boot"}) {
      if (path == system || (system[1] != '\0' && below(path, system)))
        return fail(ErrorCode::kInvalid,
                    path + " belongs to the system; choose the folders that hold people's files");
    }
    // An open of a vault file would then wait for the one who keeps the vault.
    if (below(vault, path))
      return fail(ErrorCode::kInvalid,
                  fmt::format("the vault {} lies inside the protected tree {}; choose a place "
                              "outside (on the same file system where it can share blocks)",
                              vault, path));
    if (below(path, vault))
      return fail(ErrorCode::kInvalid, fmt::format("the tree {} lies inside the vault", path));
  }
  return {};
}

Result<void> Guard::start() {
  if (options_.trees.empty()) return fail(ErrorCode::kInvalid, "no folder to protect was given");
  TRY(check_places());
  auto descriptors = raise_descriptor_limit();
  // The kernel refuses an open whose descriptor the guard has no room for: a good part stays free for those
  // on their way, and another for what was removed (remember()).
  known_ = std::make_unique<KnownFiles>(std::min(options_.pins_max, descriptors / 3));
  TRY_ASSIGN(vault_, Vault::open(options_.vault, options_.limits, clock_));
  take_up_incidents();
  take_up_pins();
  TRY_ASSIGN(canaries_, Canaries::open(options_.vault));
  auto gate = FanotifyGate::open(clock_);
  if (!gate &&
      (gate.error().code() == ErrorCode::kForbidden || gate.error().code() == ErrorCode::kUnsupported))
    return start_observing(gate.error());
  TRY_ASSIGN(gate_, std::move(gate));
  auto probe = TaskProbe::open();
  if (probe) {
    probe_ = *std::move(probe);
  } else {
    log::info("files.guard", "tasks are looked up in /proc: opens take longer",
              {{"reason", probe.error().full()}});
  }
  actors_ = std::make_unique<ActorReader>(clock_, probe_.get());
  strands_ = std::make_unique<Strands>(options_.workers, kJobs);
  start_ranges();
  // The reader runs before the first mark is set: whoever opens from then on gets an answer.
  reader_ = std::jthread([this](const std::stop_token& stop) { read_loop(stop); });
  housekeeper_ = std::jthread([this](const std::stop_token& stop) { housekeeping(stop); });
  syncer_ = std::jthread([this](const std::stop_token& stop) {
    for (int i = 1; !stop.stop_requested(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      if (i % 10 == 0) vault_->sync();
    }
    vault_->sync();
  });
  for (const auto& tree : options_.trees) {
    TRY_ASSIGN(auto marked, gate_->mark_tree(tree));
    directories_ += marked;
  }
  if (ranges_) sweeper_ = std::jthread([this](const std::stop_token& stop) { sweep(stop); });
  // Behind the marks: whoever opens one from its first moment on is seen.
  if (options_.canaries) {
    TRY_ASSIGN(auto placed, canaries_->place(options_.trees));
    log::info("files.guard", "bait files lie in the trees", {{"count", std::to_string(placed)}});
  }
  started_ = true;
  return {};
}

void Guard::stop() {
  // Ended in order: what belongs to an incident is in the vault, the rest need not be held any more.
  if (started_.exchange(false) && keeper_) keeper_->end();
  sweeper_ = {};
  reader_ = {};  // nobody new; those who wait are let through when their requests go
  range_reader_ = {};
  if (strands_) strands_->stop();
  housekeeper_ = {};
  syncer_ = {};
  std::lock_guard lock(mutex_);
  pending_.clear();
  for (auto& open : open_) open->held.clear();
}

void Guard::read_loop(const std::stop_token& stop) {
  run_before_others();
  FanotifyGate::Batch batch;
  std::vector<Opening> openings;
  while (!stop.stop_requested()) {
    if (auto waited = gate_->wait(kTick, batch); !waited) {
      log::error("files.guard", "the gate cannot be read any more", {{"error", waited.error().full()}});
      return;  // the ticks stop, the watchdog acts
    }
    if (ranges_answer()) ++ticks_;
    // First everybody who only reads, then who they were, then what needs judging.
    for (const auto& request : batch.opens) openings.push_back(sort_open(request));
    for (auto& opening : openings)
      if (opening.intent == OpenIntent::kRead) take_read(opening);
    gate_->read_names(batch);
    if (batch.overflow) {
      ++lost_;
      notice("events_lost", "The kernel's queue of file events was full: some changes were not seen");
    }
    for (const auto& event : batch.names) take_names(event);
    for (const auto& opening : openings)
      if (opening.intent != OpenIntent::kRead && !opening.request->answered()) take_write(opening);
    openings.clear();
    batch.opens.clear();
  }
}

Guard::Opening Guard::sort_open(const Request& request) {
  Opening out{request, std::nullopt, OpenIntent::kUnknown};
  auto task = probe_ ? probe_->find(request->tid()) : std::nullopt;
  if ((task ? task->facts.process == ::getpid() : own_task(request->tid())) ||
      (!options_.exclude.empty() && excluded(request->path()))) {
    request->answer(true);
    return out;
  }
  ++opens_;
  if (task) {
    out.facts = task->facts;
    if (!task->worker) out.intent = intent_of(task->call, task->arguments);
  } else {
    out.intent = read_open_intent(request->tid());
  }
  if (out.intent == OpenIntent::kRead) request->answer(true);
  request->may_truncate = out.intent == OpenIntent::kTruncate || out.intent == OpenIntent::kUnknown;
  return out;
}

Guard::ActorPtr Guard::actor_of(const Opening& opening) {
  return opening.facts ? actors_->actor_of(opening.request->tid(), *opening.facts)
                       : actors_->actor_of(opening.request->tid());
}

void Guard::take_read(Opening& opening) {
  auto actor = actor_of(opening);
  bool many = false;
  {
    std::lock_guard lock(reads_mutex_);
    reads_.push_back({std::move(opening.request), std::move(actor)});
    many = reads_.size() % kReadsAtOnce == 0;
  }
  // Each holds a descriptor: housekeeping alone would come too late.
  if (many) strands_->post("reads", [this] { absorb_reads(); });
}

void Guard::take_write(const Opening& opening) {
  const auto& request = opening.request;
  auto actor = actor_of(opening);
  ++writes_;
  if (opening.intent == OpenIntent::kUnknown) ++unknown_;
  {
    std::lock_guard lock(mutex_);
    pending_.push_back(request);
  }
  auto key = key_of(actor);
  if (!strands_->post(key, [this, request, actor, key] { write_open(request, actor, key); })) {
    ++let_through_;
    request->answer(true);
    notice("let_through", "Too many opens wait: one was let through without a pre-image", request->path());
  }
}

void Guard::take_names(const NameEvent& event) {
  if (own_task(event.tid)) return;
  if (!options_.exclude.empty() && excluded(event.path.empty() ? event.old_path : event.path)) return;
  auto actor = actors_->actor_of(event.tid);
  auto key = key_of(actor);
  if (!actor) {
    // The process is gone already ("rm" in a shell loop). Whoever opened the file last is the best guess, or
    // a process that had the same key: what stands above it in the lineage is right in any case.
    absorb_reads();
    if (auto user = known_->last_user(event.file); !user.empty()) {
      key = std::move(user);
      actor = actors_->last_with(key);
    }
  }
  if (!strands_->post(
          key, [this, event, actor, key] { changed(event, actor, key); }, Strands::Order::kDoneAlready)) {
    ++lost_;
    notice("events_lost", "Too many changes wait to be judged: one was not looked at", event.path);
  }
}

void Guard::absorb_reads() {
  std::lock_guard order(absorb_mutex_);
  std::vector<Read> reads;
  {
    std::lock_guard lock(reads_mutex_);
    reads.swap(reads_);
  }
  for (auto& read : reads) {
    struct stat status{};
    if (::fstat(read.request->fd(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const Inode inode{status.st_dev, status.st_ino};
    auto path = known_->opened_again(inode, read.actor ? read.actor->own_key : std::string());
    if (!path) {
      path = read.request->path();
      auto id = file_id_of(read.request->fd());
      if (id.empty()) continue;
      auto pin = std::make_shared<UniqueFd>(::fcntl(read.request->fd(), F_DUPFD_CLOEXEC, 3));
      if (keeper_) keeper_->keep(id, pin->get());
      known_->opened(id, *path, std::move(pin), inode);
      if (read.actor) known_->used(id, read.actor->own_key);
    }
    if (!read.actor) continue;
    std::lock_guard lock(judge_mutex_);
    judge_.saw_read(*read.actor, *path, static_cast<std::uint64_t>(status.st_size), read.request->at());
  }
}

void Guard::housekeeping(const std::stop_token& stop) {
  std::uint64_t round = 0;
  while (!stop.stop_requested()) {
    std::this_thread::sleep_for(kTick);
    auto now = clock_.steady();
    std::vector<Request> late;
    {
      std::lock_guard lock(mutex_);
      std::erase_if(pending_, [&](const Request& request) {
        if (request->answered()) return true;
        auto limit = request->held ? options_.hold_max : options_.answer_deadline;
        if (now - request->at() < limit) return false;
        late.push_back(request);
        return true;
      });
    }
    for (const auto& request : late) {
      if (!request->answer(true)) continue;
      ++let_through_;
      notice("let_through",
             request->held ? "An open was held as long as the policy allows and was let through"
                           : "The answer to an open took too long: it was let through without a pre-image",
             request->path());
    }
    absorb_reads();
    if (++round % kReleaseRounds == 0) release_old_pins();
  }
}

void Guard::notice(std::string kind, std::string text, std::string path) {
  listener_.on_notice({std::move(kind), std::move(text), std::move(path)});
}

Guard::Status Guard::status() const {
  Status out;
  out.directories = directories_;
  out.opens = opens_;
  out.writes = writes_;
  out.unknown_intents = unknown_;
  out.images = images_;
  out.judged = judged_;
  out.let_through = let_through_;
  out.lost_batches = lost_;
  out.deeds = deeds_written_;
  out.keeper = keeper_ && keeper_->alive();
  out.probe = probe_ != nullptr;
  out.observes_only = observer_ != nullptr;
  out.learned = !observer_ || observing_;
  out.stretches = ranges_ != nullptr;
  out.stretches_asked = stretches_asked_;
  out.stretches_kept = stretches_kept_;
  if (canaries_) out.canaries = canaries_->paths().size();
  if (known_) out.pins = known_->size();
  if (vault_) out.vault = vault_->status();
  std::lock_guard lock(mutex_);
  out.incidents = open_.size();
  out.large_files = covered_.size();
  for (const auto& open : open_) out.held += open->held.size();
  return out;
}

}  // namespace vedette::files
