#include "server/hosts/host_quota.h"

namespace vedette::server {
namespace {
constexpr std::size_t kHostsMax = 100'000;
}

void HostQuota::turn(Use& use, std::int64_t minute) const {
  if (use.minute == minute) return;
  use.full = use.refused && use.minute + 1 == minute ? use.full + 1 : 0;
  if (use.full == 0) use.told = false;
  use.minute = minute;
  use.records = use.bytes = use.calls = 0;
  use.refused = false;
}

void HostQuota::make_room(std::int64_t minute) {
  if (hosts_.size() < kHostsMax) return;
  std::erase_if(hosts_, [&](const auto& one) { return one.second.minute + 1 < minute; });
  if (hosts_.size() >= kHostsMax) hosts_.clear();
}

HostQuota::Verdict HostQuota::ask(const std::string& host_id, Call call, std::int64_t bytes) {
  auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.steady().time_since_epoch());
  auto minute = now.count() / 60;
  std::lock_guard lock(mutex_);
  make_room(minute);
  auto& use = hosts_[host_id];
  turn(use, minute);
  bool room = call == Call::kSignOfLife || (use.records < limits_.records && use.bytes < limits_.bytes);
  if (room && use.calls < limits_.calls) {
    use.bytes += bytes;
    ++use.calls;
    return {};
  }
  use.refused = true;
  Verdict out{std::chrono::seconds(60 - now.count() % 60), false};
  if (use.full + 1 >= limits_.full_minutes && !use.told) out.tell = use.told = true;
  return out;
}

void HostQuota::add_records(const std::string& host_id, std::size_t records) {
  std::lock_guard lock(mutex_);
  if (auto use = hosts_.find(host_id); use != hosts_.end())
    use->second.records += static_cast<std::int64_t>(records);
}

}  // namespace vedette::server
