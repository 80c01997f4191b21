#include "agent/guard_keeper.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "base/log.h"
#include "files/guard/control.h"

namespace vedette::agent {
namespace json = boost::json;
namespace {

constexpr std::chrono::milliseconds kAnswer{3'000};
constexpr std::chrono::seconds kLost{6};           // until a guard whose stream ended is given up
constexpr std::chrono::seconds kLookForTrees{30};  // that were missing
constexpr std::chrono::minutes kStartMax{10};      // marking a very large tree takes its time

std::string file_system_of(const std::string& path) {
  struct statfs status{};
  if (::statfs(path.c_str(), &status) != 0) return {};
  switch (static_cast<unsigned long>(status.f_type) & 0xFFFFFFFFu) {
    case 0xEF53:
      return "ext4";
    case 0x58465342:
      return "xfs";
    case 0x9123683E:
      return "btrfs";
    case 0x01021994:
      return "tmpfs";
    case 0x794C7630:
      return "overlay";
    case 0x2FC12FC1:
      return "zfs";
    case 0x6969:
      return "nfs";
    default:
      return "other";
  }
}

std::uint64_t count(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  json::error_code error;
  auto out = value && value->is_number() ? value->to_number<std::uint64_t>(error) : 0;
  return error ? 0 : out;
}

double real(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  json::error_code error;
  return value && value->is_number() ? value->to_number<double>(error) : -1;
}

}  // namespace

GuardKeeper::GuardKeeper(GuardKeeperOptions options, Spool& spool, const Clock& clock,
                         std::function<void()> wake)
    : options_(std::move(options)),
      spool_(spool),
      clock_(clock),
      wake_(std::move(wake)),
      woken_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      process_(options_.program, options_.vault),
      pause_(options_.retry) {}

GuardKeeper::~GuardKeeper() { stop(); }

void GuardKeeper::start(const Policy& policy) {
  policy_ = policy;
  stop_ended_ = false;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void GuardKeeper::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  ::eventfd_write(woken_.get(), 1);
  thread_.join();
}

void GuardKeeper::set_policy(const Policy& policy) {
  {
    std::lock_guard lock(mutex_);
    policy_ = policy;
    policy_new_ = true;
  }
  ::eventfd_write(woken_.get(), 1);
}

void GuardKeeper::give(const Order& order, std::chrono::milliseconds skew) {
  constexpr std::size_t kOrders = 64;
  {
    std::lock_guard lock(mutex_);
    // The server sends an order until it has the result: it may be here already.
    bool known = std::ranges::any_of(orders_, [&](const auto& one) { return one.order.id == order.id; });
    if (known || orders_.size() >= kOrders) return;
    orders_.push_back({order, skew});
  }
  ::eventfd_write(woken_.get(), 1);
}

void GuardKeeper::note(const std::string& kind, const std::string& detail, const std::string& path) {
  constexpr std::size_t kNotes = 64;
  {
    std::lock_guard lock(mutex_);
    if (notes_.size() < kNotes) notes_.emplace_back(kind, detail, path);
  }
  ::eventfd_write(woken_.get(), 1);
}

GuardKeeper::View GuardKeeper::view() const {
  std::lock_guard lock(mutex_);
  return view_;
}

void GuardKeeper::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    follow_policy();
    if (phase_ == Phase::kStarting) look_at_start();
    if (phase_ == Phase::kRunning) look_at_guard();
    while (true) {
      Waiting next;
      {
        std::lock_guard lock(mutex_);
        if (orders_.empty()) break;
        next = orders_.front();
      }
      carry_out(next);
      std::lock_guard lock(mutex_);
      orders_.pop_front();
    }
    tell_notices();
    show();
    rest(stop);
  }
  if (phase_ == Phase::kRunning) pull();
  if (phase_ != Phase::kOff) process_.stop(options_.stop_patience);
  phase_ = Phase::kOff;
}

// Until something is to be done.
void GuardKeeper::rest(const std::stop_token& stop) {
  if (stop.stop_requested()) return;
  auto now = clock_.steady();
  auto until = now + std::chrono::seconds(30);
  bool wants = false;
  {
    std::lock_guard lock(mutex_);
    wants = policy_.mode && !policy_.trees.empty();
  }
  if (phase_ == Phase::kRunning || (phase_ == Phase::kOff && wants))
    until = std::min(until, phase_ == Phase::kRunning ? next_look_ : next_try_);
  if (phase_ == Phase::kStarting) until = now + std::chrono::seconds(1);
  for (const auto& [kind, notice] : notices_)
    if (notice.count > 0) until = std::min(until, now + std::chrono::seconds(5));
  pollfd polled[3] = {{woken_.get(), POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}};
  if (events_) polled[1].fd = events_.get();
  if (phase_ == Phase::kStarting) polled[2].fd = process_.ready_fd();
  auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
  ::poll(polled, 3, static_cast<int>(std::clamp<std::int64_t>(wait, 0, 30'000)));
  eventfd_t taken = 0;
  ::eventfd_read(woken_.get(), &taken);
}

// What is to run now; nothing when the policy asks for no guard, or no tree of it is there.
std::optional<GuardWish> GuardKeeper::wish() {
  Policy policy;
  {
    std::lock_guard lock(mutex_);
    policy = policy_;
  }
  missing_.clear();
  if (!policy.mode) return std::nullopt;
  GuardWish out{*policy.mode, {}, {}, policy.vault_bytes >> 20 << 20};
  for (const auto& tree : policy.trees) {
    std::error_code error;
    auto path = std::filesystem::canonical(tree, error);
    if (error || !std::filesystem::is_directory(path, error)) {
      missing_.push_back(tree);
    } else if (std::ranges::find(out.trees, path.string()) == out.trees.end()) {
      out.trees.push_back(path.string());
    }
  }
  for (const auto& folder : policy.exclude) {
    std::error_code error;
    auto path = std::filesystem::weakly_canonical(folder, error);
    if (!error) out.exclude.push_back(path.string());
  }
  if (out.trees.empty()) return std::nullopt;
  return out;
}

void GuardKeeper::follow_policy() {
  auto now = clock_.steady();
  auto wanted = wish();
  {
    std::lock_guard lock(mutex_);
    // What was tried in vain under another policy is no reason to wait.
    if (std::exchange(policy_new_, false)) {
      next_try_ = now;
      pause_ = options_.retry;
    }
  }
  if (phase_ != Phase::kOff && (!wanted || *wanted != served_)) {
    if (phase_ == Phase::kRunning) pull();
    log::info("agent.guard", "the policy asks for another guard, or for none: this one is stopped", {});
    process_.stop(options_.stop_patience);
    events_.reset();
    phase_ = Phase::kOff;
    next_try_ = now;
  }
  if (phase_ == Phase::kOff && !wanted) {
    // One that an earlier agent left behind, under another policy.
    if (!std::exchange(stop_ended_, true)) process_.stop(options_.stop_patience);
    trouble_.clear();
    next_try_ = now + kLookForTrees;
    return;
  }
  if (phase_ == Phase::kOff && now >= next_try_) begin(*wanted);
}

void GuardKeeper::begin(const GuardWish& wish) {
  stop_ended_ = false;
  served_ = wish;
  if (auto running = process_.running()) {
    if (*running == wish) {
      log::info("agent.guard", "a guard that an earlier agent started is taken over", {});
      phase_ = Phase::kRunning;
      adopted_ = true;
      trouble_.clear();
      pull_due_ = true;
      next_look_ = clock_.steady();
      return;
    }
    process_.stop(options_.stop_patience);
  }
  adopted_ = false;
  if (auto started = process_.start(wish); !started)
    return went_wrong("guard_not_started", started.error().full());
  phase_ = Phase::kStarting;
  lost_since_ = clock_.steady();
}

void GuardKeeper::went_wrong(const std::string& kind, const std::string& why) {
  log::warn("agent.guard", "no guard runs: the trees of the policy are not guarded",
            {{"error.message", why}});
  // Said once for each reason; the sight stays.
  if (trouble_ != why) note(kind, why);
  trouble_ = why;
  phase_ = Phase::kOff;
  events_.reset();
  next_try_ = clock_.steady() + pause_;
  pause_ = std::min(pause_ * 2, options_.retry_max);
}

void GuardKeeper::look_at_start() {
  auto said = process_.started();
  if (!said) {
    if (clock_.steady() - lost_since_ < kStartMax) return;
    said = fail(ErrorCode::kTimeout, "the guard did not say within ten minutes that it runs");
  }
  if (!*said) {
    process_.stop(options_.stop_patience);
    return went_wrong("guard_not_started", said->error().full());
  }
  log::info("agent.guard", "the guard runs", {{"guard.mode", files::to_string(served_.mode)}});
  phase_ = Phase::kRunning;
  trouble_.clear();
  pull_due_ = true;
  next_look_ = clock_.steady();
}

void GuardKeeper::look_at_guard() {
  auto now = clock_.steady();
  if (!events_ && !listen()) {
    // Its watchdog starts a new one at once, unless the watchdog is gone too.
    next_look_ = now + std::chrono::milliseconds(200);
    bool gone = process_.ours() ? !process_.alive() : now - lost_since_ >= kLost;
    if (lost_since_ == SteadyTime{}) lost_since_ = now;
    if (gone && (process_.ours() || now - lost_since_ >= kLost)) lost_guard();
    return;
  }
  lost_since_ = now;
  if (!hear()) return;
  if (now >= next_look_) {
    next_look_ = now + options_.look;
    auto status = files::ask_guard(options_.vault, {{"do", "status"}}, kAnswer);
    if (!status) {
      events_.reset();
      return;
    }
    pause_ = options_.retry;
    pull_due_ = true;
    const auto* only = status->if_contains("observes_only");
    observes_only_ = only != nullptr && *only == true;
    auto opens = count(*status, "opens");
    const auto* vault = status->if_contains("vault");
    std::vector<TreeSight> trees;
    for (const auto& path : served_.trees) {
      TreeSight tree{path, file_system_of(path), 0, 0, -1, -1, -1};
      if (vault && vault->is_object()) {
        tree.vault_bytes = count(vault->get_object(), "bytes");
        tree.vault_bytes_max = count(vault->get_object(), "bytes_max");
      }
      // The guard counts over all of its trees: where there is one, that is its figure.
      if (served_.trees.size() == 1) {
        std::chrono::duration<double> passed = now - opens_at_;
        if (opens_at_ != SteadyTime{} && opens >= opens_ && passed.count() > 0)
          tree.opens_per_second = static_cast<double>(opens - opens_) / passed.count();
        tree.answer_p50_us = real(*status, "answer_p50_us");
        tree.answer_p99_us = real(*status, "answer_p99_us");
      }
      trees.push_back(std::move(tree));
    }
    opens_ = opens;
    opens_at_ = now;
    std::lock_guard lock(mutex_);
    view_.trees = std::move(trees);
  }
  if (std::exchange(pull_due_, false)) pull();
}

void GuardKeeper::lost_guard() {
  note("guard_gone", "the guard and its watchdog ended and nobody asked them to");
  process_.stop(options_.stop_patience);
  went_wrong("guard_gone", "the guard ended and is started again");
  next_try_ = clock_.steady();
}

// What the heartbeat says of the guard.
void GuardKeeper::show() {
  std::vector<Sight> sights;
  std::unique_lock lock(mutex_);
  const auto policy = policy_;
  const auto trees = view_.trees;
  lock.unlock();
  const auto mode = std::string(mode_name(policy.mode));
  if (!policy.mode) {
    sights.push_back({"guard", true, {"files.sight.guard.off", {}}});
  } else if (policy.trees.empty()) {
    sights.push_back({"guard", true, {"files.sight.guard.no_trees", {{"mode", mode}}}});
  } else if (phase_ == Phase::kRunning) {
    sights.push_back({"guard",
                      true,
                      {adopted_ ? "files.sight.guard.adopted" : "files.sight.guard.runs",
                       {{"mode", mode}, {"count", std::to_string(served_.trees.size())}}}});
    sights.push_back({"gate",
                      !observes_only_,
                      {observes_only_ ? "files.sight.gate.observe_only" : "files.sight.gate.open", {}}});
    if (!trees.empty()) {
      const auto& tree = trees.front();
      auto mib = [](std::uint64_t bytes) { return std::to_string(bytes >> 20); };
      bool full = tree.vault_bytes * 10 >= tree.vault_bytes_max * 9;
      sights.push_back({"vault",
                        !full,
                        {full ? "files.sight.vault.nearly_full" : "files.sight.vault.room",
                         {{"used", mib(tree.vault_bytes)}, {"limit", mib(tree.vault_bytes_max)}}}});
    }
  } else if (phase_ == Phase::kStarting) {
    sights.push_back({"guard", false, {"files.sight.guard.starting", {}}});
  } else {
    auto detail = trouble_.substr(0, 500);
    sights.push_back({"guard", false,
                      missing_.size() == policy.trees.size()
                          ? Message{"files.sight.guard.nothing_there", {}}
                          : Message{"files.sight.guard.failed", {{"detail", detail}}}});
    // Where the kernel or the rights are what is missing, that is said in words of its own.
    if (detail.find("CAP_SYS_ADMIN") != std::string::npos || detail.find("5.17") != std::string::npos)
      sights.push_back({"gate", false, {"files.sight.gate.closed", {{"detail", detail}}}});
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(missing_.size(), 8); ++i)
    sights.push_back({"guard", false, {"files.sight.guard.tree_missing", {{"path", missing_[i]}}}});
  lock.lock();
  view_.mode = phase_ == Phase::kRunning ? std::optional(served_.mode) : std::nullopt;
  view_.sights = std::move(sights);
  if (phase_ != Phase::kRunning) view_.trees.clear();
}

}  // namespace vedette::agent
