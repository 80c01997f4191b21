// Units of the organisation and what belongs to them as rows. Functions run inside the caller's transaction
// or snapshot.
#pragma once

#include <optional>

#include "desk/units/unit.h"
#include "model/finding.h"
#include "store/database.h"

namespace vedette::desk {

Result<std::vector<Unit>> load_units(store::Session& session);  // parents before what is below them, by name
Result<Unit> load_unit(store::Session& session, const std::string& id);  // kNotFound
// Gives it revision 1. kConflict: the code is taken; kLimit: too many, or too deep.
Result<void> insert_unit(store::Session& session, Unit& unit);
// With what is below it where the parent is another one. kConflict: not `unit.revision` now, or the parent is
// below it; kLimit: too deep.
Result<void> save_unit(store::Session& session, Unit& unit);
// kConflict names what still belongs to it.
Result<void> delete_unit(store::Session& session, const std::string& id);

Result<std::vector<AssetUnit>> load_asset_units(store::Session& session);
// The root's are not kept: it is where everything is that stands nowhere.
Result<void> put_asset_unit(store::Session& session, const AssetUnit& asset);
// The unit of an asset; a host that is not known by its id may be by its name.
Result<std::string> unit_of_asset(store::Session& session, const Asset& asset);

// The policy of the unit or of the nearest above it that names one. Nothing: none does.
Result<std::optional<std::string>> policy_of_unit(store::Session& session, const std::string& unit_id);
// The name of a unit that names this policy; empty: none does.
Result<std::string> unit_with_policy(store::Session& session, const std::string& policy_id);

// A condition on a column that holds a unit's id: this unit and all below it. One parameter, the unit's id.
std::string below_unit(std::string_view column);

}  // namespace vedette::desk
