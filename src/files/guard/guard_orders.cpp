// What a person orders about an incident besides rollback and leave, and what a guard takes up at its start
// of the incidents its predecessor met.
#include "files/guard/freezer.h"
#include "files/guard/guard.h"

namespace vedette::files {
namespace {

constexpr std::size_t kTakenUp = 64;  // incidents, the latest

bool alive(const ProcessId& process) {
  auto stat = read_stat(process.pid);
  return stat && stat->start_ticks == process.start_ticks && stat->state != 'Z' && stat->state != 'X';
}

bool ended(IncidentState state) { return state == IncidentState::kAllowed || state == IncidentState::kOver; }

}  // namespace

// Takes the mutex.
std::shared_ptr<Guard::Open> Guard::find_incident(const std::string& id) const {
  std::lock_guard lock(mutex_);
  std::shared_ptr<Open> out;
  for (const auto& known : open_)
    if (!id.empty() && known->incident.id.starts_with(id)) out = known;
  return out;
}

bool Guard::excluded(const std::string& path) const {
  return std::ranges::any_of(options_.exclude, [&](const std::string& folder) {
    return path == folder || path.starts_with(folder + "/");
  });
}

// Before any thread runs. An incident of which no process is left is over as far as opens are held, or a new
// process with the same key would wait for nobody's decision after every restart of the machine; its files
// can be put back all the same.
void Guard::take_up_incidents() {
  const auto& found = vault_->found_at_start();
  allowances_ = found.allowances;
  auto first = found.incidents.size() > kTakenUp ? found.incidents.size() - kTakenUp : 0;
  std::vector<std::shared_ptr<Open>> taken;
  for (auto i = first; i < found.incidents.size(); ++i) {
    auto open = std::make_shared<Open>();
    open->incident = found.incidents[i];
    const auto& incident = open->incident;
    bool runs = std::ranges::any_of(incident.stopped, alive) ||
                alive({incident.actor.process.pid, incident.actor.process.start_ticks});
    open->over = ended(incident.state) || !runs;
    taken.push_back(std::move(open));
  }
  std::lock_guard lock(mutex_);
  deeds_.assign(found.deeds.begin(), found.deeds.end());
  open_ = std::move(taken);
}

std::vector<Guard::Incident> Guard::incident_states() const {
  std::lock_guard lock(mutex_);
  std::vector<Incident> out;
  for (const auto& open : open_) out.push_back({open->incident.id, open->incident.state, open->revision});
  return out;
}

std::string Guard::sha256_of(std::uint64_t image) const {
  auto known = vault_ ? vault_->image(image) : std::nullopt;
  return known ? known->sha256 : std::string();
}

Result<FileIncident> Guard::freeze_incident(const std::string& id) {
  auto open = find_incident(id);
  if (!open) return fail(ErrorCode::kNotFound, "there is no incident " + id);
  FileIncident incident;
  {
    std::lock_guard lock(mutex_);
    incident = open->incident;
  }
  if (ended(incident.state))
    return fail(ErrorCode::kConflict, "a person let the processes of this incident go on; it is over");
  if (incident.actor.process.pid == 0 && incident.root.pid == 0)
    return fail(ErrorCode::kNotFound, "who did it is not known here: there is no process to stop");
  // From here its opens are held, so that nothing new of it gets through while the processes are looked for.
  const bool was_over = open->over;
  {
    std::lock_guard lock(mutex_);
    if (open->incident.state == IncidentState::kObserved) open->incident.state = IncidentState::kFrozen;
    open->over = false;
  }
  auto frozen = freeze(incident.actor, incident.root, incident.partners);
  std::erase_if(frozen.stopped, [](const ProcessId& process) { return !alive(process); });
  {
    std::lock_guard lock(mutex_);
    if (frozen.stopped.empty() && frozen.cgroup.empty()) {
      open->incident.state = incident.state;
      open->over = was_over;
      return fail(ErrorCode::kNotFound, "none of its processes runs any more");
    }
    for (const auto& process : frozen.stopped)
      if (std::ranges::find(open->incident.stopped, process) == open->incident.stopped.end())
        open->incident.stopped.push_back(process);
    if (!frozen.cgroup.empty()) open->incident.frozen_cgroup = frozen.cgroup;
    open->incident.verdict_to_frozen = frozen.took;
    ++open->revision;
    incident = open->incident;
  }
  vault_->record(incident);
  vault_->sync_now();
  return incident;
}

Result<FileIncident> Guard::thaw_incident(const std::string& id) {
  auto open = find_incident(id);
  if (!open) return fail(ErrorCode::kNotFound, "there is no incident " + id);
  FileIncident before, after;
  std::vector<Request> held;
  {
    std::lock_guard lock(mutex_);
    before = open->incident;
    auto& incident = open->incident;
    if (incident.state == IncidentState::kFrozen) {
      incident.state = IncidentState::kObserved;
    } else if (incident.state == IncidentState::kHeld) {
      incident.state = IncidentState::kOver;
    }
    // Where it was the guard that stopped it, or its files were put back, it takes new evidence to stop it
    // again.
    open->over |= incident.state != IncidentState::kObserved;
    incident.stopped.clear();
    incident.frozen_cgroup.clear();
    held.swap(open->held);
    ++open->revision;
    after = incident;
  }
  for (const auto& request : held) request->answer(true);
  if (after.state != IncidentState::kObserved) {
    std::lock_guard lock(judge_mutex_);
    judge_.forgive(after.actor_key);
  }
  thaw(before.stopped, before.frozen_cgroup);
  vault_->record(after);
  vault_->sync_now();
  return after;
}

Result<std::pair<FileIncident, std::vector<Deed>>> Guard::incident(const std::string& id) const {
  auto open = find_incident(id);
  if (!open) return fail(ErrorCode::kNotFound, "there is no incident " + id);
  std::lock_guard lock(mutex_);
  std::pair<FileIncident, std::vector<Deed>> out{open->incident, {}};
  for (const auto& deed : deeds_) {
    if (!belongs(deed, open->incident)) continue;
    out.second.push_back(deed);
    out.second.back().pin.reset();
  }
  return out;
}

}  // namespace vedette::files
