// /units, /asset-units: the tree of the organisation, and which asset belongs to which unit.
#include "server/api/hosts_part.h"
#include "server/api/shapes.h"
#include "server/api/unit_part.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

using Limits = desk::UnitLimits;

json::object unit_json(const desk::Unit& unit) {
  return {{"id", unit.id},
          {"revision", unit.revision},
          {"name", unit.name},
          {"code", unit.code},
          {"parent", text_or_null(unit.parent)},
          {"tlp", text_or_null(unit.tlp)},
          {"contact", unit.contact},
          {"policy_id", text_or_null(unit.policy_id)}};
}

Schema tlp_or_null() { return nullable(one_of({"red", "amber+strict", "amber", "green", "clear"})); }

// A list that is given whole.
Schema whole(Schema items, std::int64_t most) {
  return object(
      {required("items", list(std::move(items), most)), required("next_cursor", nullable(text(400)))});
}

// `all`: of a new unit; otherwise of one that was read with `revision`.
Schema unit_input(bool all) {
  std::vector<SchemaField> fields = {{"name", text(Limits::kNameBytes), true},
                                     {"code", text(Limits::kCodeBytes), true},
                                     {"parent", all ? text(64, 1) : nullable(text(64)), true},
                                     optional("tlp", tlp_or_null()),
                                     optional("contact", text(Limits::kContactBytes)),
                                     optional("policy_id", nullable(text(64)))};
  if (!all) fields.push_back(required("revision", count()));
  return object(std::move(fields));
}

desk::Unit unit_of(const Call& call) {
  return {.revision = call.integer("revision").value_or(0),
          .name = *call.text("name"),
          .code = *call.text("code"),
          .parent = call.text_or("parent", ""),
          .tlp = call.text_or("tlp", ""),
          .contact = call.text_or("contact", ""),
          .policy_id = call.text_or("policy_id", "")};
}

// What the asset is called. A host that is not enrolled goes by the name that its events carry.
Result<std::string> name_of(Api& api, const std::string& type, const std::string& id) {
  if (type == "site") {
    TRY_ASSIGN(auto site, api.sites.get(id));
    return site.config.name;
  }
  if (type == "host") {
    if (auto hosts = hosts_of(api))
      if (auto host = (*hosts)->get(id)) return host->name();
  }
  return id;
}

Operation set_asset_unit(Api& api) {
  return {.method = net::Method::kPut,
          .path = "/asset-units/{type}/{id}",
          .id = "setAssetUnit",
          .tag = "units",
          .summary =
              "A site, host, log source (service) or heartbeat belongs to this unit from now on; alerts "
              "that were raised keep theirs",
          .role = Role::kLead,
          .request = object({required("unit", text(64, 1))}),
          .response = reference("AssetUnit"),
          .handler = [&api](const Call& call) -> Result<net::Response> {
            desk::AssetUnit asset{
                .type = call.parameter("type"), .id = call.parameter("id"), .unit = *call.text("unit")};
            // What is gone can still be given back to the whole, so that its unit can be removed.
            asset.name = asset.id;
            if (asset.unit != desk::kRootUnit) {
              TRY_ASSIGN(asset.name, name_of(api, asset.type, asset.id));
            }
            TRY(api.units.assign(asset, call.who.name));
            return json_response(
                200, json::object{
                         {"type", asset.type}, {"id", asset.id}, {"name", asset.name}, {"unit", asset.unit}});
          }};
}

}  // namespace

Schema unit_shape() {
  return object({required("id", text(64)), required("revision", count()),
                 required("name", text(Limits::kNameBytes)), required("code", text(Limits::kCodeBytes)),
                 required("parent", nullable(text(64))), required("tlp", tlp_or_null()),
                 required("contact", text(Limits::kContactBytes)),
                 required("policy_id", nullable(text(64)))});
}

Schema asset_unit_shape() {
  return object({required("type", one_of({"site", "host", "service", "heartbeat"})),
                 required("id", text(400)), required("name", text()), required("unit", text(64))});
}

std::vector<Operation> unit_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/units",
       .id = "listUnits",
       .tag = "units",
       .summary = "The units of the organisation, each after its parent; the first is the whole",
       .response = whole(reference("Unit"), Limits::kMost),
       .handler = [&api](const Call&) -> Result<net::Response> {
         TRY_ASSIGN(auto units, api.units.units());
         json::array items;
         for (const auto& one : units) items.push_back(unit_json(one));
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/units",
       .id = "addUnit",
       .tag = "units",
       .summary = "Add a unit below another",
       .role = Role::kLead,
       .request = unit_input(true),
       .success = 201,
       .response = reference("Unit"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto unit, api.units.add(unit_of(call), call.who.name));
         return json_response(201, unit_json(unit));
       }},
      {.method = kGet,
       .path = "/units/{id}",
       .id = "getUnit",
       .tag = "units",
       .summary = "A unit",
       .response = reference("Unit"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto unit, api.units.unit(call.parameter("id")));
         return json_response(200, unit_json(unit));
       }},
      {.method = kPut,
       .path = "/units/{id}",
       .id = "setUnit",
       .tag = "units",
       .summary = "Rename or move a unit, with all below it; names the revision it was read with",
       .role = Role::kLead,
       .request = unit_input(false),
       .response = reference("Unit"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         auto unit = unit_of(call);
         unit.id = call.parameter("id");
         TRY_ASSIGN(auto saved, api.units.change(std::move(unit), call.who.name));
         return json_response(200, unit_json(saved));
       }},
      {.method = kDelete,
       .path = "/units/{id}",
       .id = "removeUnit",
       .tag = "units",
       .summary = "Remove a unit that nothing belongs to",
       .role = Role::kLead,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.units.remove(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
      {.method = kGet,
       .path = "/asset-units",
       .id = "listAssetUnits",
       .tag = "units",
       .summary = "Which asset belongs to which unit; what is not here is the root's",
       .response = whole(reference("AssetUnit"), Limits::kAssetsShown),
       .handler = [&api](const Call&) -> Result<net::Response> {
         TRY_ASSIGN(auto assets, api.units.assets());
         json::array items;
         for (const auto& one : assets)
           items.push_back(
               json::object{{"type", one.type}, {"id", one.id}, {"name", one.name}, {"unit", one.unit}});
         return page_response(std::move(items), "");
       }},
      set_asset_unit(api),
  };
}

}  // namespace vedette::server
