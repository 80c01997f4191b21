// Descriptors that outlive the guard: what the keeper holds of an earlier run, and how long a deed keeps its
// own.
#include <fmt/format.h>
#include <sys/stat.h>

#include <ranges>

#include "base/id.h"
#include "base/log.h"
#include "files/guard/guard.h"

namespace vedette::files {
namespace {

constexpr auto kPinAge = std::chrono::hours(1);  // of what somebody removed and nobody suspects

const FileId& removed_file(const Deed& deed) {
  return deed.kind == ChangeKind::kReplaced ? deed.replaced : deed.file;
}

std::string path_of(int fd) {
  auto path = read_link(fmt::format("/proc/self/fd/{}", fd));
  constexpr std::string_view gone = " (deleted)";
  if (path.ends_with(gone)) path.resize(path.size() - gone.size());
  return path;
}

}  // namespace

void Guard::take_up_pins() {
  auto link = KeeperLink::connect(options_.vault);
  auto kept = link ? (*link)->take_over() : std::unexpected(link.error());
  if (!kept) {
    log::info("files.guard",
              "no keeper: what only descriptors can still read does not survive a kill of the guard",
              {{"reason", kept.error().full()}});
    return;
  }
  keeper_ = *std::move(link);
  std::vector<KeeperLink::Kept> removed;
  for (auto& one : *kept) {
    struct stat status{};
    if (::fstat(one.fd.get(), &status) != 0) continue;
    if (!one.unlinked) {
      auto path = path_of(one.fd.get());
      known_->opened(one.file, std::move(path), std::make_shared<UniqueFd>(std::move(one.fd)),
                     {status.st_dev, status.st_ino});
      continue;
    }
    auto deed = std::ranges::find_if(deeds_, [&](const Deed& deed) {
      return (deed.kind == ChangeKind::kDeleted || deed.kind == ChangeKind::kReplaced) &&
             removed_file(deed) == one.file;
    });
    if (deed == deeds_.end()) {
      removed.push_back(std::move(one));
    } else if (deed->image == 0) {
      deed->pin = std::make_shared<UniqueFd>(std::move(one.fd));
    }
  }
  if (!removed.empty()) tell_of_removed(std::move(removed));
}

// Nobody saw who removed them. They are kept, and can be brought back like those of an incident.
void Guard::tell_of_removed(std::vector<KeeperLink::Kept> removed) {
  auto open = std::make_shared<Open>();
  auto& incident = open->incident;
  open->over = true;  // it holds nobody
  incident.id = new_id(clock_);
  incident.actor_key = "unguarded " + incident.id;
  incident.at = clock_.wall();
  incident.files_changed = removed.size();
  std::vector<Deed> deeds;
  for (auto& one : removed) {
    Deed deed;
    deed.kind = ChangeKind::kDeleted;
    deed.path = path_of(one.fd.get());
    deed.file = std::move(one.file);
    deed.actor = incident.actor_key;
    deed.pin = std::make_shared<UniqueFd>(std::move(one.fd));
    remember(std::move(deed));
    deeds.push_back(deeds_.back());
  }
  open_.push_back(open);
  vault_->record(incident);
  save_pins(deeds);
  notice("removed_unguarded",
         fmt::format(
             "{} files were removed while no guard ran. Their content was kept: `vedette files rollback {} "
             "--vault {}` brings them back",
             removed.size(), incident.id, options_.vault.string()));
}

void Guard::release_old_pins() {
  std::vector<std::shared_ptr<UniqueFd>> released;  // closed without the mutex
  std::lock_guard lock(mutex_);
  const auto old = clock_.wall() - kPinAge;
  std::size_t pins = 0;
  for (auto& deed : deeds_ | std::views::reverse) {
    if (!deed.pin || (++pins <= options_.pins_max && deed.at >= old)) continue;
    const bool wanted = std::ranges::any_of(open_, [&](const auto& open) {
      return open->incident.state != IncidentState::kAllowed && belongs(deed, open->incident);
    });
    if (wanted && pins <= options_.pins_max) continue;
    released.push_back(std::move(deed.pin));
    deed.pin = nullptr;
  }
}

}  // namespace vedette::files
