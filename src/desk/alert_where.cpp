#include "desk/alert_where.h"

#include <fmt/format.h>

#include "desk/search_text.h"
#include "desk/units/unit_store.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

std::string like_pattern(const std::string& text) {
  std::string pattern = "%";
  for (char c : search_text(text)) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

}  // namespace

void AlertWhere::add(std::string_view condition, store::Value value) {
  sql += fmt::format(" AND {}", condition);
  parameters.push_back(std::move(value));
}

Result<AlertWhere> where_counted(const AlertQuery& query) {
  AlertWhere where;
  if (!query.state.empty()) {
    if (!alert_state_from(query.state))
      return refuse(ErrorCode::kInvalid, "field.state", {{"text", query.state}});
    where.add("state = ?", query.state);
  }
  if (!query.severity.empty()) {
    auto severity = severity_from(query.severity);
    if (!severity) return refuse(ErrorCode::kInvalid, "field.severity", {{"text", query.severity}});
    where.add("severity = ?", static_cast<std::int64_t>(*severity));
  }
  if (!query.watch.empty()) where.add("watch = ?", query.watch);
  return where;
}

Result<AlertWhere> where_of(const AlertQuery& query, WallTime now) {
  TRY_ASSIGN(auto where, where_counted(query));
  if (!query.asset_id.empty()) where.add("asset_id = ?", query.asset_id);
  if (!query.kind.empty()) where.add("kind = ?", query.kind);
  if (!query.unit.empty()) where.add(below_unit("unit"), query.unit);
  if (!query.acknowledged_by.empty()) where.add("acknowledged_by = ?", query.acknowledged_by);
  if (!query.text.empty()) where.add("search LIKE ? ESCAPE '\\'", like_pattern(query.text));
  if (!query.include_snoozed) where.add("(snoozed_until IS NULL OR snoozed_until <= ?)", to_unix_ms(now));
  return where;
}

}  // namespace vedette::desk
