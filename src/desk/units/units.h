// Units: the tree of the organisation, and which asset belongs where. What the API calls. Every change is one
// transaction with its audit row. Thread-safe; blocks for a read or a commit.
#pragma once

#include "base/clock.h"
#include "desk/units/unit_store.h"

namespace vedette::desk {

class Units {
 public:
  Units(store::Database& database, const Clock& clock);

  Result<std::vector<Unit>> units();  // parents first
  Result<Unit> unit(const std::string& id);
  Result<Unit> add(Unit unit, const std::string& by);  // id and revision are given
  // Name, code, parent, TLP, contact and policy. kConflict: not `unit.revision` any more, or it would hang
  // below itself.
  Result<Unit> change(Unit unit, const std::string& by);
  Result<void> remove(const std::string& id, const std::string& by);  // kConflict: something belongs to it

  Result<std::vector<AssetUnit>> assets();  // those that are not the root's
  // Alerts that were raised before keep the unit they had.
  Result<void> assign(const AssetUnit& asset, const std::string& by);

 private:
  store::Database& database_;
  const Clock& clock_;
};

}  // namespace vedette::desk
