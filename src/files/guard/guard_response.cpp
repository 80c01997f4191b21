// What the guard does once the judge is sure: hold, freeze, tell, restore or let go.
#include <fmt/format.h>
#include <sys/resource.h>

#include <array>
#include <set>

#include "base/id.h"
#include "base/log.h"
#include "files/guard/freezer.h"
#include "files/guard/guard.h"
#include "files/guard/rollback.h"
#include "files/guard/rollback_report.h"
#include "files/guard/unfinished.h"

namespace vedette::files {
namespace {

constexpr std::size_t kDeeds = 200'000;
constexpr auto kSettle = std::chrono::milliseconds(2'000);  // for what waits to be looked at
constexpr std::size_t kLineages = 64;                       // looked at to find who starts the processes
constexpr std::ptrdiff_t kNearAncestors = 3;

// Programs that start everybody's sessions: stopping one would stop people who did nothing.
bool starts_sessions(const std::string& executable) {
  static constexpr std::array<std::string_view, 14> kStarters = {
      "systemd", "init", "sshd",   "cron", "crond",   "atd",  "login",
      "su",      "sudo", "screen", "tmux", "dockerd", "smbd", "containerd-shim-runc-v2"};
  auto name = std::filesystem::path(executable).filename().string();
  bool installed = executable.starts_with("/usr/") || executable.starts_with("/bin/") ||
                   executable.starts_with("/sbin/") || executable.starts_with("/lib/");
  return executable.empty() || (installed && std::ranges::find(kStarters, name) != kStarters.end());
}

std::size_t pinned_deeds() {
  static const std::size_t count = [] {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return std::min<std::size_t>(4'096, limit.rlim_cur / 6);
  }();
  return count;
}

std::uint64_t distinct_files(const std::vector<Deed>& deeds) {
  std::set<std::string> paths;
  for (const auto& deed : deeds)
    if (deed.kind != ChangeKind::kCreated && !deed.canary)
      paths.insert(deed.old_path.empty() ? deed.path : deed.old_path);
  return paths.size();
}

}  // namespace

void Guard::remember(Deed deed) {
  deed.number = vault_->next_number();
  deed.at = clock_.wall();
  ++deeds_written_;
  vault_->record(deed);
  std::lock_guard lock(mutex_);
  if (deeds_.size() >= kDeeds) deeds_.pop_front();
  for (const auto& open : open_)
    if (!open->over && belongs(deed, open->incident)) ++open->revision;
  deeds_.push_back(std::move(deed));
  // Only the latest hold a descriptor on what was removed; those of an incident are in the vault by then.
  const auto kept = pinned_deeds();
  if (deeds_.size() > kept) deeds_[deeds_.size() - 1 - kept].pin = nullptr;
}

bool Guard::allowed(const Actor& actor, const std::string& path) const {
  std::lock_guard lock(mutex_);
  return std::ranges::any_of(allowances_, [&](const Allowance& one) {
    return one.executable == actor.process.executable && one.until > clock_.wall() &&
           (path == one.tree || path.starts_with(one.tree + "/"));
  });
}

// With the mutex held: the process that starts those who did it.
ProcessId Guard::root_of(const Actor& actor, const FileIncident& incident) const {
  std::vector<std::vector<ProcessId>> lineages;
  for (auto deed = deeds_.rbegin(); deed != deeds_.rend() && lineages.size() < kLineages; ++deed)
    if (belongs(*deed, incident) && !deed->lineage.empty()) lineages.push_back(deed->lineage);
  auto root = common_root(lineages);
  auto found = std::ranges::find_if(actor.ancestors, [&](const auto& one) { return one.pid == root.pid; });
  if (found == actor.ancestors.end()) return root;
  auto other = read_actor(root.pid);
  if (!other || other->uid != actor.uid) return {};
  if (other->session == actor.session) return root;
  // Outside the actor's session it may be somebody else's shell or a service manager, unless several sessions
  // did the same deed and have it in common, close above them.
  bool near = found - actor.ancestors.begin() < kNearAncestors;
  return !incident.partners.empty() && near && !starts_sessions(other->process.executable) ? root
                                                                                           : ProcessId{};
}

// What the attacker made and was stopped before closing: a rollback removes it as well.
void Guard::remember_unfinished(const FileIncident& incident) {
  std::vector<std::pair<FileId, Made>> unfinished;
  {
    std::lock_guard lock(mutex_);
    for (auto made = made_.begin(); made != made_.end();) {
      if (!belongs(made->second.key, made->second.lineage, incident)) {
        ++made;
        continue;
      }
      unfinished.emplace_back(made->first, std::move(made->second));
      made = made_.erase(made);
    }
  }
  for (auto& [file, made] : unfinished) {
    Deed deed;
    deed.kind = ChangeKind::kCreated;
    deed.path = std::move(made.path);
    deed.file = file;
    deed.actor = std::move(made.key);
    deed.lineage = std::move(made.lineage);
    remember(std::move(deed));
  }
}

// With the mutex held.
std::vector<Deed> Guard::deeds_of(const Open& open) const {
  std::vector<Deed> out;
  std::ranges::copy_if(deeds_, std::back_inserter(out),
                       [&](const Deed& deed) { return !deed.undone && belongs(deed, open.incident); });
  return out;
}

void Guard::convict(const Actor& actor, const std::string& key, const Judgement& judgement,
                    SteadyTime since) {
  if (observer_ && join_observed(key, judgement)) return;
  // An observer names nobody, and could not stop anybody.
  const auto mode = observer_ ? GuardMode::kObserve : options_.mode;
  auto open = std::make_shared<Open>();
  auto& incident = open->incident;
  std::vector<Deed> deeds;
  {
    std::lock_guard lock(mutex_);
    for (const auto& known : open_)
      if (!known->over && known->incident.actor_key == key) return;
    incident.id = new_id(clock_);
    if (!observer_) incident.actor = actor;
    incident.actor_key = key;
    incident.state = mode == GuardMode::kObserve ? IncidentState::kObserved : IncidentState::kHeld;
    open_.push_back(open);
  }
  // Nothing else is done before: each millisecond may be one more file.
  const bool stops = mode != GuardMode::kObserve && actor.process.pid != 0;
  if (stops) halt({actor.process.pid, actor.process.start_ticks});
  {
    std::lock_guard lock(mutex_);
    incident.at = clock_.wall();
    incident.reasons = judgement.reasons;
    incident.actor_score = judgement.actor_score;
    incident.directory_score = judgement.directory_score;
    incident.partners = judgement.partners;
    if (!observer_) incident.root = root_of(actor, incident);
  }
  if (stops) {
    auto frozen = freeze(actor, incident.root, incident.partners);
    auto now = clock_.steady();
    std::lock_guard lock(mutex_);
    incident.stopped = std::move(frozen.stopped);
    incident.frozen_cgroup = std::move(frozen.cgroup);
    incident.verdict_to_frozen = frozen.took;
    incident.close_to_frozen = std::chrono::duration_cast<std::chrono::microseconds>(now - since);
  }
  remember_unfinished(incident);
  {
    std::lock_guard lock(mutex_);
    deeds = deeds_of(*open);
    incident.files_changed = distinct_files(deeds);
  }
  for (const auto& deed : deeds)
    if (deed.image != 0) vault_->settle(deed.image, false);
  vault_->record(incident);
  vault_->sync_now();
  listener_.on_incident(incident, deeds);
  if (observer_) return;
  if (mode != GuardMode::kRollback) return save_pins(deeds);
  // Behind what it did in the meantime: names it changed before it stood still are changed back as well.
  const auto restore = [this, id = incident.id] {
    auto resolved = resolve_now(id, Decision::kRollback, {});
    if (!resolved) notice("rollback_failed", resolved.error().full());
  };
  if (!strands_->post(key, restore)) restore();
}

// What can only be read through a descriptor goes into the vault, where it outlives this process.
void Guard::save_pins(const std::vector<Deed>& deeds) {
  for (const auto& deed : deeds) {
    if (!deed.pin || deed.image != 0) continue;
    const auto& file = deed.kind == ChangeKind::kReplaced ? deed.replaced : deed.file;
    auto image = vault_->keep(deed.pin->get(), deed.path, file, deed.actor, deed.lineage);
    if (!image) {
      notice("no_pre_image", "What was removed could not be kept: " + image.error().full(), deed.path);
      continue;
    }
    vault_->record_pin_saved(deed.number, image->id);
    std::lock_guard lock(mutex_);
    for (auto& own : deeds_)
      if (own.number == deed.number) own.image = image->id;
  }
  vault_->sync_now();
}

Guard::Resolved Guard::roll_back_open(Open& open) {
  std::vector<Deed> deeds, known;  // what is to be undone; what was told of, undone or not
  {
    std::lock_guard lock(mutex_);
    deeds = deeds_of(open);
    std::ranges::copy_if(deeds_, std::back_inserter(known),
                         [&](const Deed& deed) { return belongs(deed, open.incident); });
  }
  auto begun = unfinished_writes(vault_->images(), known, open.incident);
  std::ranges::copy(begun, std::back_inserter(deeds));
  Resolved out{open.incident, roll_back(*vault_, std::move(deeds))};
  // No deed says of these that they were undone: their images do.
  for (const auto& deed : begun)
    if (std::ranges::none_of(out.files,
                             [&](const auto& file) { return file.path == deed.path && !file.ok(); }))
      vault_->settle(deed.image);
  return out;
}

Result<Guard::Resolved> Guard::resolve(const std::string& id, Decision decision, WallTime until) {
  // What the actor did and what was not looked at yet belongs to it, too.
  if (auto open = find_incident(id); open && strands_ && decision == Decision::kRollback) {
    std::vector<std::string> keys;
    {
      std::lock_guard lock(mutex_);
      keys = open->incident.partners;
      keys.push_back(open->incident.actor_key);
    }
    const auto until_then = std::chrono::steady_clock::now() + kSettle;
    for (const auto& key : keys)
      strands_->wait(
          key, std::max(std::chrono::milliseconds(0), std::chrono::duration_cast<std::chrono::milliseconds>(
                                                          until_then - std::chrono::steady_clock::now())));
  }
  return resolve_now(id, decision, until);
}

Result<Guard::Resolved> Guard::resolve_now(const std::string& id, Decision decision, WallTime until) {
  auto open = find_incident(id);
  if (!open) return fail(ErrorCode::kNotFound, "there is no incident " + id);
  if (decision == Decision::kRollback) {
    std::lock_guard lock(mutex_);
    if (only_observed(open->incident, deeds_of(*open)))
      return fail(ErrorCode::kUnsupported, std::string(kNothingToRestoreFrom));
  }
  Resolved out;
  std::vector<Request> held;
  if (decision == Decision::kRollback) {
    // Files are put back while nobody writes to them; where nothing of it runs any more there is none to
    // stop.
    if (open->incident.state == IncidentState::kObserved) (void)freeze_incident(open->incident.id);
    remember_unfinished(open->incident);  // made while the verdict was carried out
    out = roll_back_open(*open);
    std::lock_guard lock(mutex_);
    open->incident.state = out.incident.state = IncidentState::kRolledBack;
    // What was undone is not undone again; what failed may be tried again.
    auto undone = undone_of(deeds_of(*open), out.files);
    std::set<std::uint64_t> numbers(undone.begin(), undone.end());
    for (auto& deed : deeds_) {
      if (!numbers.contains(deed.number)) continue;
      deed.undone = true;
      deed.pin.reset();
    }
    vault_->record_undone(undone);
    ++open->revision;
    held.swap(open->held);
  } else {
    std::lock_guard lock(mutex_);
    open->incident.state = IncidentState::kAllowed;
    open->over = true;
    ++open->revision;
    out.incident = open->incident;
    for (const auto& tree : options_.trees) {
      Allowance allowance{open->incident.actor.process.executable, tree, until, "person"};
      vault_->record(allowance);
      allowances_.push_back(std::move(allowance));
    }
    held.swap(open->held);
  }
  // Stopped as its process is, a refused open shows it an error when it goes on; an allowed one goes on as if
  // nothing had been.
  for (const auto& request : held) request->answer(decision == Decision::kAllow);
  vault_->record(out.incident);
  if (decision == Decision::kAllow) {
    {
      std::lock_guard lock(judge_mutex_);
      judge_.forgive(out.incident.actor_key);
    }
    thaw(out.incident.stopped, out.incident.frozen_cgroup);
  } else {
    if (auto kept = write_report(options_.vault, out.incident, out.files); !kept)
      notice("report_not_kept", kept.error().full());
    listener_.on_rollback(out.incident, out.files);
  }
  return out;
}

std::vector<FileIncident> Guard::incidents() const {
  std::lock_guard lock(mutex_);
  std::vector<FileIncident> out;
  for (const auto& open : open_) out.push_back(open->incident);
  return out;
}

}  // namespace vedette::files
