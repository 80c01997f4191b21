#include "desk/units/unit_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text/utf8.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr std::string_view kUnitColumns = "id, revision, name, code, parent, tlp, contact, policy_id";
constexpr std::array<std::string_view, 5> kTlpWords{"red", "amber+strict", "amber", "green", "clear"};

Unit unit_from(const store::Row& row) {
  return {.id = row.text(0),
          .revision = row.integer(1),
          .name = row.text(2),
          .code = row.text(3),
          .parent = row.text_or(4, ""),
          .tlp = row.text(5),
          .contact = row.text(6),
          .policy_id = row.text(7)};
}

std::string folded(const std::string& code) {
  std::string out = code;
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// "/root/<id>/<id>/": the ids from the root down to the unit itself. None of them holds a wildcard.
Result<std::string> unit_path(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows, session.query("SELECT path FROM units WHERE id = ?", {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "unit.gone", {{"id", id.substr(0, 64)}});
  return rows[0].text(0);
}

std::size_t levels(std::string_view path) {
  return static_cast<std::size_t>(std::ranges::count(path, '/')) - 1;
}

Result<void> check_code_free(store::Session& session, const Unit& unit) {
  if (unit.code.empty()) return {};
  TRY_ASSIGN(auto rows, session.query("SELECT name FROM units WHERE code_folded = ? AND id <> ?",
                                      {folded(unit.code), unit.id}));
  if (rows.empty()) return {};
  return refuse(ErrorCode::kConflict, "unit.code_taken", {{"code", unit.code}, {"unit", rows[0].text(0)}});
}

Result<void> check_policy(store::Session& session, const Unit& unit) {
  if (unit.policy_id.empty()) return {};
  TRY_ASSIGN(auto rows, session.query("SELECT 1 FROM escalation_current WHERE id = ?", {unit.policy_id}));
  if (rows.empty()) return refuse(ErrorCode::kInvalid, "unit.policy", {{"id", unit.policy_id.substr(0, 64)}});
  return {};
}

Result<void> check_depth(std::size_t depth) {
  if (depth <= UnitLimits::kDepth) return {};
  return refuse(ErrorCode::kLimit, "unit.deep", {{"most", std::to_string(UnitLimits::kDepth)}});
}

// Where the unit hangs now, and everything below it with it.
Result<void> move_unit(store::Session& session, const Unit& unit) {
  TRY_ASSIGN(auto before, unit_path(session, unit.id));
  TRY_ASSIGN(auto above, unit_path(session, unit.parent));
  auto after = above + unit.id + "/";
  if (after == before) return {};
  if (above.starts_with(before)) return refuse(ErrorCode::kConflict, "unit.below_itself");
  TRY_ASSIGN(auto below, session.query("SELECT path FROM units WHERE path LIKE ?", {before + "%"}));
  std::size_t deepest = 0;
  for (const auto& row : below) deepest = std::max(deepest, levels(row.text(0)));
  TRY(check_depth(deepest - levels(before) + levels(after)));
  TRY(session.execute("UPDATE units SET path = ? || substr(path, ?) WHERE path LIKE ?",
                      {after, static_cast<std::int64_t>(before.size()) + 1, before + "%"}));
  return {};
}

Result<void> refuse_while(store::Session& session, const std::string& id, std::string_view table,
                          std::string_view column, const std::string& why) {
  TRY_ASSIGN(auto rows,
             session.query(fmt::format("SELECT COUNT(*) FROM {} WHERE {} = ?", table, column), {id}));
  if (rows[0].integer(0) == 0) return {};
  return refuse(ErrorCode::kConflict, "unit." + why, {{"count", std::to_string(rows[0].integer(0))}});
}

bool one_line(const std::string& text) {
  return is_valid_utf8(text) &&
         std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

Result<void> check_text(const std::string& field, const std::string& text, std::size_t most) {
  if (text.size() <= most && one_line(text)) return {};
  return refuse(ErrorCode::kInvalid, "unit.text", {{"field", field}, {"most", std::to_string(most)}});
}

}  // namespace

Result<void> check_unit(const Unit& unit) {
  const bool root = unit.id == kRootUnit;
  TRY(check_text("name", unit.name, UnitLimits::kNameBytes));
  TRY(check_text("contact", unit.contact, UnitLimits::kContactBytes));
  if (!root && unit.name.find_first_not_of(' ') == std::string::npos)
    return refuse(ErrorCode::kInvalid, "unit.no_name");
  const bool fits = std::ranges::all_of(unit.code, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
  if (!fits || unit.code.size() > UnitLimits::kCodeBytes || (unit.code.empty() && !root))
    return refuse(ErrorCode::kInvalid, "unit.code", {{"most", std::to_string(UnitLimits::kCodeBytes)}});
  if (!unit.tlp.empty() && std::ranges::find(kTlpWords, unit.tlp) == kTlpWords.end())
    return refuse(ErrorCode::kInvalid, "unit.tlp");
  if (root != unit.parent.empty()) return refuse(ErrorCode::kInvalid, root ? "unit.root" : "unit.no_parent");
  return {};
}

Result<std::vector<Unit>> load_units(store::Session& session) {
  TRY_ASSIGN(auto rows, session.query(fmt::format("SELECT {} FROM units ORDER BY length(path) - "
                                                  "length(replace(path, '/', '')), name, id",
                                                  kUnitColumns)));
  std::vector<Unit> out;
  for (const auto& row : rows) out.push_back(unit_from(row));
  return out;
}

Result<Unit> load_unit(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows, session.query(fmt::format("SELECT {} FROM units WHERE id = ?", kUnitColumns), {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "unit.gone", {{"id", id.substr(0, 64)}});
  return unit_from(rows[0]);
}

Result<void> insert_unit(store::Session& session, Unit& unit) {
  TRY_ASSIGN(auto have, session.query("SELECT COUNT(*) FROM units"));
  if (have[0].integer(0) >= UnitLimits::kMost)
    return refuse(ErrorCode::kLimit, "unit.many", {{"most", std::to_string(UnitLimits::kMost)}});
  TRY(check_code_free(session, unit));
  TRY(check_policy(session, unit));
  TRY_ASSIGN(auto above, unit_path(session, unit.parent));
  TRY(check_depth(levels(above) + 1));
  unit.revision = 1;
  TRY(
      session.execute("INSERT INTO units(id, revision, name, code, code_folded, parent, path, tlp, contact, "
                      "policy_id) VALUES (?,?,?,?,?,?,?,?,?,?)",
                      {unit.id, unit.revision, unit.name, unit.code, folded(unit.code), unit.parent,
                       above + unit.id + "/", unit.tlp, unit.contact, unit.policy_id}));
  return {};
}

Result<void> save_unit(store::Session& session, Unit& unit) {
  TRY_ASSIGN(auto now, load_unit(session, unit.id));
  if (now.revision != unit.revision) return refuse(ErrorCode::kConflict, "unit.changed");
  TRY(check_code_free(session, unit));
  TRY(check_policy(session, unit));
  if (unit.parent != now.parent) TRY(move_unit(session, unit));
  ++unit.revision;
  store::Value parent;
  if (!unit.parent.empty()) parent = unit.parent;
  TRY(
      session.execute("UPDATE units SET revision = ?, name = ?, code = ?, code_folded = ?, parent = ?, tlp = "
                      "?, contact = ?, policy_id = ? WHERE id = ?",
                      {unit.revision, unit.name, unit.code, folded(unit.code), parent, unit.tlp, unit.contact,
                       unit.policy_id, unit.id}));
  return {};
}

Result<void> delete_unit(store::Session& session, const std::string& id) {
  if (id == kRootUnit) return refuse(ErrorCode::kConflict, "unit.root_stays");
  TRY(load_unit(session, id));
  TRY(refuse_while(session, id, "units", "parent", "has_units"));
  TRY(refuse_while(session, id, "asset_units", "unit_id", "has_assets"));
  TRY(refuse_while(session, id, "alerts", "unit", "has_alerts"));
  TRY(session.execute("DELETE FROM units WHERE id = ?", {id}));
  return {};
}

Result<std::vector<AssetUnit>> load_asset_units(store::Session& session) {
  TRY_ASSIGN(auto rows, session.query("SELECT asset_type, asset_id, asset_name, unit_id FROM asset_units "
                                      "ORDER BY asset_name, asset_id LIMIT ?",
                                      {UnitLimits::kAssetsShown}));
  std::vector<AssetUnit> out;
  for (const auto& row : rows) out.push_back({row.text(0), row.text(1), row.text(2), row.text(3)});
  return out;
}

Result<void> put_asset_unit(store::Session& session, const AssetUnit& asset) {
  TRY(load_unit(session, asset.unit));
  TRY(session.execute("DELETE FROM asset_units WHERE asset_type = ? AND asset_id = ?",
                      {asset.type, asset.id}));
  if (asset.unit == kRootUnit) return {};
  TRY(session.execute("INSERT INTO asset_units(asset_type, asset_id, asset_name, unit_id) VALUES (?,?,?,?)",
                      {asset.type, asset.id, asset.name, asset.unit}));
  return {};
}

Result<std::string> unit_of_asset(store::Session& session, const Asset& asset) {
  TRY_ASSIGN(auto rows, session.query("SELECT unit_id FROM asset_units WHERE asset_type = ? AND asset_id = ?",
                                      {asset.type, asset.id}));
  if (rows.empty() && asset.type == "host" && !asset.name.empty()) {
    TRY_ASSIGN(rows, session.query("SELECT unit_id FROM asset_units WHERE asset_type = 'host' AND "
                                   "asset_name = ? ORDER BY asset_id LIMIT 1",
                                   {asset.name}));
  }
  return rows.empty() ? std::string(kRootUnit) : rows[0].text(0);
}

Result<std::optional<std::string>> policy_of_unit(store::Session& session, const std::string& unit_id) {
  TRY_ASSIGN(auto found, session.query("SELECT path FROM units WHERE id = ?", {unit_id}));
  if (found.empty()) return std::nullopt;
  const auto path = found[0].text(0);
  store::Parameters above;
  std::string marks;
  for (std::size_t at = 1; at < path.size(); at = path.find('/', at) + 1) {
    above.emplace_back(path.substr(at, path.find('/', at) - at));
    marks += marks.empty() ? "?" : ",?";
  }
  TRY_ASSIGN(auto rows,
             session.query(fmt::format("SELECT policy_id FROM units WHERE id IN ({}) AND policy_id "
                                       "<> '' ORDER BY length(path) DESC LIMIT 1",
                                       marks),
                           above));
  if (rows.empty()) return std::nullopt;
  return rows[0].text(0);
}

Result<std::string> unit_with_policy(store::Session& session, const std::string& policy_id) {
  TRY_ASSIGN(auto rows, session.query("SELECT CASE WHEN name = '' THEN id ELSE name END FROM units WHERE "
                                      "policy_id = ? ORDER BY path LIMIT 1",
                                      {policy_id}));
  return rows.empty() ? std::string() : rows[0].text(0);
}

std::string below_unit(std::string_view column) {
  return fmt::format(
      "{} IN (SELECT below.id FROM units below, units above WHERE above.id = ? AND below.path LIKE "
      "above.path || '%')",
      column);
}

}  // namespace vedette::desk
