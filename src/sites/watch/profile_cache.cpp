#include "sites/watch/profile_cache.h"

#include "sites/watch/site_store.h"

namespace vedette::sites {

Result<Profile> ProfileCache::borrow(const std::string& site_id, const std::string& kind) {
  {
    std::lock_guard lock(mutex_);
    if (auto found = place_.find(site_id + "/" + kind); found != place_.end()) {
      Profile out = std::move(found->second->second);
      order_.erase(found->second);
      place_.erase(found);
      return out;
    }
  }
  std::string bytes;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(bytes, load_profile(session, site_id, kind));
    return {};
  }));
  if (bytes.empty()) return Profile();
  return Profile::parse(bytes);
}

void ProfileCache::give_back(const std::string& site_id, const std::string& kind, Profile profile) {
  std::lock_guard lock(mutex_);
  std::string key = site_id + "/" + kind;
  if (auto found = place_.find(key); found != place_.end()) order_.erase(found->second);
  order_.emplace_front(key, std::move(profile));
  place_[key] = order_.begin();
  while (order_.size() > capacity_) {
    place_.erase(order_.back().first);
    order_.pop_back();
  }
}

void ProfileCache::forget(const std::string& site_id) {
  std::lock_guard lock(mutex_);
  for (auto it = order_.begin(); it != order_.end();) {
    if (it->first.starts_with(site_id + "/")) {
      place_.erase(it->first);
      it = order_.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace vedette::sites
