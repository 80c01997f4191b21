// SavedSearches: searches of the events that people keep, each its owner's alone or shared with everybody who
// may search. Only its owner changes or removes one; an administrator removes any.
//
// Thread-safe. Limits: kOfOneMax of one person, kSharedMax shared ones in all. Errors: kConflict (the name is
// taken), kLimit, kNotFound (also for another person's, which is not told apart), kForbidden, and the
// store's.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "store/database.h"

namespace vedette::server {

struct SavedSearch {
  std::string id, owner, name;
  std::string query;  // as the console writes it into its address: "q=…&range=24h"
  bool shared = false;
  WallTime created_at{}, updated_at{};
};

class SavedSearches {
 public:
  static constexpr std::size_t kOfOneMax = 100, kSharedMax = 500;

  SavedSearches(store::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  // The person's own and the shared ones, by name.
  Result<std::vector<SavedSearch>> of(const std::string& owner);
  Result<SavedSearch> add(SavedSearch search);
  // Puts name, query and shared of the owner's one in place of what was there.
  Result<SavedSearch> change(SavedSearch search);
  Result<void> remove(const std::string& id, const std::string& by, bool any);

 private:
  store::Database& database_;
  const Clock& clock_;
};

}  // namespace vedette::server
