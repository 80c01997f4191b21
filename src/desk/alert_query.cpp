#include "desk/alert_query.h"

#include <charconv>

#include "desk/alert_where.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

// "<raised_at>.<id>" of the last alert of the page before; gravest first: "<severity>.<raised_at>.<id>".
Result<void> start_after(std::string_view cursor, bool gravest_first, AlertWhere& where) {
  if (cursor.empty()) return {};
  auto number = [&](std::int64_t& value) {
    auto dot = cursor.find('.');
    if (dot == std::string_view::npos) return false;
    const char* const begin = cursor.data();
    auto [end, problem] = std::from_chars(begin, begin + dot, value);
    bool whole = problem == std::errc() && end == begin + dot;
    cursor.remove_prefix(dot + 1);
    return whole;
  };
  std::int64_t severity = 0, raised_at = 0;
  if ((gravest_first && !number(severity)) || !number(raised_at) || cursor.contains('.')) {
    return refuse(ErrorCode::kInvalid, "field.cursor");
  }
  if (gravest_first) where.parameters.emplace_back(severity);
  where.sql += gravest_first ? " AND (severity, raised_at, id) < (?, ?, ?)" : " AND (raised_at, id) < (?, ?)";
  where.parameters.emplace_back(raised_at);
  where.parameters.emplace_back(std::string(cursor));
  return {};
}

}  // namespace

Result<Listing<Alert>> list_alerts(store::Session& session, const DeskContext& desk,
                                   const AlertQuery& query) {
  TRY_ASSIGN(auto where, where_of(query, desk.clock.wall()));
  TRY(start_after(query.cursor, query.gravest_first, where));
  auto limit = static_cast<std::int64_t>(std::clamp<std::size_t>(query.limit, 1, 500));
  where.parameters.emplace_back(limit + 1);
  TRY_ASSIGN(
      auto rows,
      session.query(fmt::format("SELECT {} FROM alerts WHERE {} ORDER BY {}raised_at DESC, id DESC LIMIT ?",
                                kAlertColumns, where.sql, query.gravest_first ? "severity DESC, " : ""),
                    where.parameters));
  Listing<Alert> listing;
  WallTime last_raised{};
  for (const auto& row : rows) {
    if (static_cast<std::int64_t>(listing.items.size()) == limit) {
      const auto& last = listing.items.back();
      listing.next_cursor = fmt::format("{}.{}", to_unix_ms(last_raised), last.id);
      if (query.gravest_first)
        listing.next_cursor =
            fmt::format("{}.{}", static_cast<std::int64_t>(last.severity), listing.next_cursor);
      break;
    }
    TRY_ASSIGN(auto record, alert_from(row, desk.due));
    last_raised = record.raised_at;
    listing.items.push_back(std::move(record.alert));
  }
  return listing;
}

}  // namespace vedette::desk
