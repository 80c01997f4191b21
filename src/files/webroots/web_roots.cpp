#include "files/webroots/web_roots.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/allocator.h"
#include "base/log.h"
#include "files/webroots/difference.h"
#include "files/webroots/discover.h"

namespace vedette::files {
namespace fs = std::filesystem;

WebRoots::WebRoots(WebRootsOptions options, const Clock& clock, FindingSink& sink, Metrics& metrics)
    : options_(std::move(options)),
      clock_(clock),
      sink_(sink),
      metrics_(metrics),
      deploys_(options_.state),
      actors_(clock) {}

WebRoots::~WebRoots() { stop(); }

Result<void> WebRoots::prepare() {
  std::error_code error;
  fs::create_directories(options_.state, error);
  fs::permissions(options_.state, fs::perms::owner_all, error);
  auto configured = options_.roots.empty() ? discover_web_roots() : options_.roots;
  if (configured.empty())
    return fail(ErrorCode::kNotFound,
                "no web server's document root was found on this host; name the folders yourself");
  TRY_ASSIGN(baseline_, Baseline::open(options_.state, clock_, metrics_));
  TRY_ASSIGN(rules_, ShellRules::compile());
  auto state = fs::weakly_canonical(options_.state, error).string();
  for (auto& config : configured) {
    auto resolved = fs::canonical(config.path, error);
    if (error || !fs::is_directory(resolved, error)) {
      troubles_.push_back({"files.webroot.blind.missing", {{"root", readable(config.path, 512)}}});
      continue;
    }
    if (resolved == "/" || (state + "/").starts_with(resolved.string() + "/"))
      return fail(ErrorCode::kInvalid, fmt::format("{} cannot be watched: the watch's own state lies in it",
                                                   readable(config.path, 512)));
    auto root = std::make_unique<Root>();
    root->config = config;
    root->resolved = resolved.string();
    TRY_ASSIGN(auto folder, WebFolder::open(root->resolved));
    root->folder = std::make_unique<WebFolder>(std::move(folder));
    TRY_ASSIGN(auto stored, baseline_->root(config.path));
    root->id = stored.id;
    root->learned = stored.learned;
    roots_.push_back(std::move(root));
  }
  if (roots_.empty()) return fail(ErrorCode::kNotFound, "none of the web roots is there");
  return {};
}

Result<void> WebRoots::open_watch() {
  auto add_all = [&]() -> Result<void> {
    for (const auto& root : roots_) TRY(watch_->add(root->resolved));
    return {};
  };
  if (options_.fanotify) {
    if (auto opened = open_fanotify_watch()) {
      watch_ = *std::move(opened);
      if (add_all()) {
        method_ = watch_->method();
        return {};
      }
    }
  }
  TRY_ASSIGN(watch_, open_inotify_watch());
  TRY(add_all());
  method_ = watch_->method();
  troubles_.push_back({"files.webroot.blind.inotify", {}});
  return {};
}

Result<void> WebRoots::start() {
  TRY(prepare());
  TRY(open_watch());
  reader_ = std::jthread([this](const std::stop_token& stop) { read_loop(stop); });
  examiner_ = std::jthread([this](const std::stop_token& stop) { examine_loop(stop); });
  return {};
}

void WebRoots::stop() {
  reader_.request_stop();
  examiner_.request_stop();
  woken_.notify_all();
  if (reader_.joinable()) reader_.join();
  if (examiner_.joinable()) examiner_.join();
}

Result<void> WebRoots::check_once() {
  TRY(prepare());
  for (auto& root : roots_) TRY(pass(*root, {}, true, {}));
  tell_held(true);
  if (!held_.empty()) return fail(ErrorCode::kUnavailable, "the findings could not be handed on");
  return {};
}

void WebRoots::read_loop(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    watch_moved();
    TreeWatch::Batch batch;
    auto waited = watch_->wait(std::chrono::milliseconds(200), batch);
    auto now = clock_.wall();
    for (const auto& event : batch.events) take(event, now);
    events_ += batch.events.size();
    if (!waited || batch.overflow) {
      ++overflows_;
      overflowed_ = true;
      for (auto& root : roots_) root->pass_due = true;
    }
    if (!batch.events.empty() || batch.overflow) woken_.notify_one();
    if (!waited) std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

// A root that is a symbolic link now leads somewhere else: watched there first, then looked at.
void WebRoots::watch_moved() {
  std::vector<std::pair<Root*, std::string>> moved;
  {
    std::lock_guard lock(mutex_);
    for (auto* root : std::exchange(moved_, {})) moved.emplace_back(root, root->resolved);
  }
  for (auto& [root, path] : moved) {
    if (auto added = watch_->add(path); !added) {
      std::lock_guard lock(mutex_);
      troubles_.push_back({"files.webroot.blind.missing", {{"root", readable(path, 512)}}});
    }
    root->pass_due = true;
  }
}

WebRoots::Root* WebRoots::root_of(std::string_view path) const {
  Root* best = nullptr;
  std::size_t length = 0;
  for (const auto& root : roots_) {
    bool below = path.starts_with(root->resolved) &&
                 (path.size() == root->resolved.size() || path[root->resolved.size()] == '/');
    if (below && root->resolved.size() >= length) {
      best = root.get();
      length = root->resolved.size();
    }
  }
  return best;
}

void WebRoots::take(const TreeEvent& event, WallTime now) {
  // Asked at once, while the process is still there.
  auto writer = Writer::kUnknown;
  if (event.pid > 0) {
    if (auto actor = actors_.actor_of(event.pid)) writer = writer_of(*actor);
  }
  std::lock_guard lock(mutex_);
  auto* root = root_of(event.path);
  if (root == nullptr) return;
  auto known = pending_.find(event.path);
  if (known == pending_.end()) {
    if (pending_.size() >= options_.pending_max) {
      root->pass_due = true;
      ++overflows_;
      return;
    }
    known = pending_.try_emplace(event.path).first;
    known->second = {clock_.steady(), {}, {}, writer, event.directory};
  }
  auto& pending = known->second;
  if (pending.writer != writer) pending.writer = Writer::kOther;
  pending.last = clock_.steady();
  pending.at = now;
  pending.directory = event.directory;
}

bool WebRoots::examine_ready(const std::stop_token& stop) {
  std::vector<std::pair<std::string, Pending>> ready;
  {
    std::lock_guard lock(mutex_);
    auto now = clock_.steady();
    for (auto at = pending_.begin(); at != pending_.end();) {
      bool due = now - at->second.last >= options_.settle || now - at->second.first >= options_.settle_max;
      if (due) {
        ready.emplace_back(at->first, at->second);
        at = pending_.erase(at);
      } else {
        ++at;
      }
    }
  }
  if (ready.empty()) return false;
  Outcomes outcomes;
  for (const auto& [path, event] : ready) {
    if (stop.stop_requested()) return false;  // the pass at the next start finds them
    auto* root = root_of(path);
    if (root == nullptr) continue;
    auto relative =
        path.size() > root->resolved.size() ? path.substr(root->resolved.size() + 1) : std::string();
    if (event.directory) {
      if (auto looked = pass(*root, relative, false, stop); !looked) ++unreadable_;
    } else if (!relative.empty()) {
      examine_path(*root, relative, event, outcomes);
    }
  }
  settle(std::move(outcomes));
  return true;
}

void WebRoots::check_links() {
  if (clock_.steady() - links_checked_ < std::chrono::seconds(2)) return;
  links_checked_ = clock_.steady();
  for (auto& root : roots_) {
    std::error_code error;
    auto resolved = fs::canonical(root->config.path, error);
    if (error || resolved == root->resolved) continue;
    auto folder = WebFolder::open(resolved.string());
    if (!folder) continue;
    // The reader has its own way into roots_: the new place is told to it under the lock.
    std::lock_guard lock(mutex_);
    root->resolved = resolved.string();
    root->folder = std::make_unique<WebFolder>(*std::move(folder));
    moved_.push_back(root.get());  // the watch is the reader's
  }
}

void WebRoots::examine_loop(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      woken_.wait_for(lock, std::chrono::milliseconds(100), [&] { return stop.stop_requested(); });
    }
    check_links();
    if (overflowed_.exchange(false)) tell_overflow();
    bool worked = false;
    for (auto& root : roots_) {
      if (stop.stop_requested() || !root->pass_due.exchange(false)) continue;
      worked = true;
      if (auto done = pass(*root, {}, false, stop); !done) {
        ++unreadable_;
        log::warn("files.webroots", "looking at a web root failed",
                  {{"root", readable(root->config.path, 512)}, {"error", done.error().full()}});
      }
    }
    worked |= examine_ready(stop);
    tell_held(false);
    if (worked) give_back_stack();
  }
}

WebRoots::Status WebRoots::status() const {
  Status out;
  for (const auto& root : roots_) {
    RootStatus status{root->config, {}, root->learned, 0};
    if (auto count = baseline_->count(root->id)) status.files = *count;
    std::lock_guard lock(mutex_);
    status.resolved = root->resolved;
    out.roots.push_back(std::move(status));
  }
  out.method = method_;
  if (watch_) out.directories = watch_->directories();
  {
    std::lock_guard lock(mutex_);
    out.pending = pending_.size();
    out.blind = troubles_;
  }
  out.held = held_count_;
  out.events = events_;
  out.examined = examined_;
  out.findings = findings_;
  out.quiet = quiet_;
  out.overflows = overflows_;
  out.passes = passes_;
  out.unreadable = unreadable_;
  out.incomplete_scans = incomplete_;
  out.report_failures = report_failures_;
  auto say = [&](const char* key, std::uint64_t count) {
    if (count > 0) out.blind.push_back({key, {{"count", std::to_string(count)}}});
  };
  say("files.webroot.blind.unwatched", watch_ ? watch_->unwatched() : 0);
  say("files.webroot.blind.unreadable", out.unreadable);
  say("files.webroot.blind.incomplete", out.incomplete_scans);
  return out;
}

Result<std::vector<WebChange>> WebRoots::recent(std::size_t limit) const { return baseline_->changes(limit); }

Result<DeployWindow> WebRoots::open_deploy(std::chrono::seconds duration, std::string root,
                                           std::string note) {
  return open_deploy_window(options_.state, duration, std::move(root), std::move(note), clock_);
}

}  // namespace vedette::files
