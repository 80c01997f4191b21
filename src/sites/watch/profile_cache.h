// ProfileCache: profiles live in the store; the few used last are kept in memory.
//
// borrow() hands the profile out (it leaves the cache), give_back() returns it. The caller holds the site's
// record lock in between, so one profile is never in two hands. Thread-safe.
#pragma once

#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "sites/judge/judge.h"
#include "store/database.h"

namespace vedette::sites {

class ProfileCache {
 public:
  ProfileCache(store::Database& database, std::size_t capacity) : database_(database), capacity_(capacity) {}

  // A new profile when none is stored.
  Result<Profile> borrow(const std::string& site_id, const std::string& kind);
  void give_back(const std::string& site_id, const std::string& kind, Profile profile);
  void forget(const std::string& site_id);

 private:
  using Entry = std::pair<std::string, Profile>;
  store::Database& database_;
  const std::size_t capacity_;
  std::mutex mutex_;
  std::list<Entry> order_;  // last used first
  std::unordered_map<std::string, std::list<Entry>::iterator> place_;
};

}  // namespace vedette::sites
