// Files above the size cap that cannot be reflinked: what is about to be overwritten is kept stretch by
// stretch.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/log.h"
#include "files/guard/guard.h"

namespace vedette::files {
namespace {

constexpr auto kTick = std::chrono::milliseconds(50);
constexpr auto kRoomRetry = std::chrono::milliseconds(20);
// An open that was on its way when its file was marked raises no events: for so long all of the file is kept
// instead.
constexpr auto kMarkSettles = std::chrono::seconds(1);
constexpr auto kStuck = std::chrono::seconds(5);
constexpr int kDepth = 256;

}  // namespace

void Guard::start_ranges() {
  auto gate = RangeGate::open(clock_);
  if (!gate) {
    log::info("files.guard", "files above the size cap have a copy only where blocks can be shared",
              {{"reason", gate.error().full()}});
    return;
  }
  ranges_ = *std::move(gate);
  range_reader_ = std::jthread([this](const std::stop_token& stop) { range_loop(stop); });
}

bool Guard::ranges_answer() {
  if (!ranges_) return true;
  const auto now = clock_.steady();
  if (const auto ticks = range_ticks_.load(); ticks != range_ticks_seen_ || range_ticks_at_ == SteadyTime{}) {
    range_ticks_seen_ = ticks;
    range_ticks_at_ = now;
  }
  return now - range_ticks_at_ < kStuck;
}

void Guard::range_loop(const std::stop_token& stop) {
  run_before_others();
  std::vector<RangeRequest> requests;
  while (!stop.stop_requested()) {
    if (auto waited = ranges_->wait(kTick, requests); !waited) {
      log::error("files.guard", "the gate of stretches cannot be read any more",
                 {{"error", waited.error().full()}});
      return;  // the ticks stop, the watchdog acts
    }
    ++range_ticks_;
    for (const auto& request : requests) take_access(request);
  }
}

void Guard::take_access(const RangeRequest& request) {
  const auto& access = request.access;
  if (own_task(access->tid())) {
    access->answer(true);
    return;
  }
  ++stretches_asked_;
  const auto file = file_id_of(access->fd());
  // What lies behind may be changed as well (see written_range()).
  if (!vault_->wants_range(file, {request.range.offset, Range::kToTheEnd})) {
    access->answer(true);
    return;
  }
  auto written = std::optional(request.range);
  if (auto task = probe_ ? probe_->find(access->tid()) : std::nullopt; task && !task->worker)
    written = written_range(task->call, task->arguments, request.range);
  if (!written || !vault_->wants_range(file, *written)) {
    access->answer(true);
    return;
  }
  const RangeRequest wide{access, *written};
  if (!strands_->post("stretches of " + file, [this, wide, file] { keep_access(wide, file); }))
    keep_access(wide, file);
}

void Guard::keep_access(const RangeRequest& request, const FileId& file) {
  const auto& access = request.access;
  const auto wanted = [&] { return clock_.steady() - access->at() < options_.answer_deadline; };
  while (true) {
    auto kept = vault_->keep_range(file, access->fd(), request.range, wanted);
    if (kept) break;
    if (kept.error().code() == ErrorCode::kLimit && options_.hold_when_full && wanted()) {
      std::this_thread::sleep_for(kRoomRetry);
      continue;
    }
    vault_->spoil_range(file, request.range);
    notice("no_pre_image",
           "A part of a large file was overwritten before it could be kept: " + kept.error().full(),
           access->path());
    break;
  }
  ++stretches_kept_;
  access->answer(true);
}

void Guard::sweep(const std::stop_token& stop) {
  namespace fs = std::filesystem;
  for (const auto& tree : options_.trees) {
    std::error_code error;
    fs::recursive_directory_iterator at(tree, fs::directory_options::skip_permission_denied, error), end;
    for (; !error && at != end && !stop.stop_requested(); at.increment(error)) {
      if (at.depth() >= kDepth) at.disable_recursion_pending();
      const auto path = at->path().string();
      struct stat status{};
      if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
          static_cast<std::uint64_t>(status.st_size) <= options_.limits.file_bytes_max || excluded(path))
        continue;
      if (UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)); file)
        cover(file.get());
    }
    if (error)
      log::warn("files.guard", "a tree could not be searched for large files",
                {{"tree", tree}, {"error", error.message()}});
  }
}

void Guard::cover(int fd) {
  struct stat status{};
  if (!ranges_ || ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<std::uint64_t>(status.st_size) <= options_.limits.file_bytes_max)
    return;
  const auto file = file_id_of(fd);
  bool known = false;
  {
    std::lock_guard lock(mutex_);
    if (file.empty() || covered_.contains(file) || covered_.size() >= kCoveredMax) return;
    auto shares = shares_.find(status.st_dev);
    known = shares != shares_.end();
    if (known && shares->second) return;
  }
  if (!known) {
    const bool shares = vault_->shares_blocks_with(fd);
    std::lock_guard lock(mutex_);
    shares_[status.st_dev] = shares;
    if (shares) return;
  }
  auto marked = ranges_->mark(fd);
  std::lock_guard lock(mutex_);
  if (marked) {
    covered_[file] = clock_.steady();
  } else if (!std::exchange(not_covered_said_, true)) {
    log::warn("files.guard", "stretches of a large file cannot be kept",
              {{"path", read_link(fmt::format("/proc/self/fd/{}", fd))}, {"error", marked.error().full()}});
  }
}

bool Guard::covered_before(const FileId& file, SteadyTime at) const {
  std::lock_guard lock(mutex_);
  auto found = covered_.find(file);
  return found != covered_.end() && at - found->second > kMarkSettles;
}

Result<Image> Guard::keep_large(const Request& request, const Known& known, const ActorPtr& actor,
                                const std::string& key) {
  cover(request->fd());
  if (!ranges_)
    return fail(ErrorCode::kUnsupported,
                fmt::format("the file is larger than {} MiB", options_.limits.file_bytes_max >> 20));
  ranges_->listen(request->fd());
  TRY_ASSIGN(auto image, vault_->begin_ranges(request->fd(), known.path, known.id, key,
                                              actor ? lineage_of(*actor) : std::vector<ProcessId>{}));
  if (covered_before(known.id, request->at())) return image;
  auto kept = vault_->keep_range(known.id, request->fd(), {}, [&] { return !request->answered(); });
  if (kept) return image;
  vault_->discard(image.id);
  // What this descriptor writes is not told.
  if (kept.error().code() != ErrorCode::kLimit || !options_.hold_when_full) vault_->spoil_range(known.id, {});
  return std::unexpected(std::move(kept).error());
}

// What an open removes is not told as a stretch: all of it is kept first. False: the request was answered
// meanwhile.
bool Guard::keep_whole(const Request& request, const Known& known) {
  while (vault_->wants_range(known.id, {})) {
    auto kept = vault_->keep_range(known.id, request->fd(), {}, [&] { return !request->answered(); });
    if (kept) break;
    if (kept.error().code() == ErrorCode::kLimit && options_.hold_when_full && !request->answered()) {
      std::this_thread::sleep_for(kRoomRetry);
      continue;
    }
    vault_->spoil_range(known.id, {});
    notice("no_pre_image", "A large file was emptied before it could be kept: " + kept.error().full(),
           known.path);
  }
  return !request->answered();
}

}  // namespace vedette::files
