#include "desk/units/units.h"

#include <boost/json.hpp>

#include "base/id.h"
#include "desk/desk.h"
#include "model/refusal.h"
#include "store/read_value.h"

namespace vedette::desk {
namespace {

std::string audited_unit(const Unit& unit) {
  return boost::json::serialize(boost::json::object{{"name", unit.name},
                                                    {"code", unit.code},
                                                    {"parent", unit.parent},
                                                    {"tlp", unit.tlp},
                                                    {"contact", unit.contact},
                                                    {"policy_id", unit.policy_id}});
}

constexpr std::array<std::string_view, 4> kAssetTypes{"site", "host", "service", "heartbeat"};
constexpr std::size_t kAssetBytes = 400;

}  // namespace

Units::Units(store::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

Result<std::vector<Unit>> Units::units() {
  return store::read_value(database_, [&](store::Session& session) { return load_units(session); });
}

Result<Unit> Units::unit(const std::string& id) {
  return store::read_value(database_, [&](store::Session& session) { return load_unit(session, id); });
}

Result<Unit> Units::add(Unit unit, const std::string& by) {
  unit.id = new_id(clock_);
  TRY(check_unit(unit));
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(insert_unit(session, unit));
    return append_audit(session, clock_.wall(), by, "unit.add", "unit/" + unit.id, audited_unit(unit));
  }));
  return unit;
}

Result<Unit> Units::change(Unit unit, const std::string& by) {
  TRY(check_unit(unit));
  Unit saved;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    saved = unit;
    TRY(save_unit(session, saved));
    return append_audit(session, clock_.wall(), by, "unit.change", "unit/" + unit.id, audited_unit(saved));
  }));
  return saved;
}

Result<void> Units::remove(const std::string& id, const std::string& by) {
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto gone, load_unit(session, id));
    TRY(delete_unit(session, id));
    return append_audit(session, clock_.wall(), by, "unit.remove", "unit/" + id, audited_unit(gone));
  });
}

Result<std::vector<AssetUnit>> Units::assets() {
  return store::read_value(database_, [&](store::Session& session) { return load_asset_units(session); });
}

Result<void> Units::assign(const AssetUnit& asset, const std::string& by) {
  if (std::ranges::find(kAssetTypes, asset.type) == kAssetTypes.end() || asset.id.empty() ||
      asset.id.size() > kAssetBytes)
    return refuse(ErrorCode::kInvalid, "unit.asset");
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY(put_asset_unit(session, asset));
    return append_audit(session, clock_.wall(), by, "asset.unit", asset.type + "/" + asset.id,
                        boost::json::serialize(boost::json::object{{"unit", asset.unit}}));
  });
}

}  // namespace vedette::desk
