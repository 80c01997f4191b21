#include "desk/alert_query.h"
#include "desk/alert_where.h"
#include "desk/list_cursor.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

// What a list is sorted by, and how its cursor continues: "<numbers>.<id>" of the last alert of the page
// before.
struct Ordering {
  std::size_t numbers;  // before the id
  std::string_view by;
  std::string_view after;  // continues behind the cursor
};
constexpr Ordering kOrderings[] = {
    {1, "raised_at DESC, id DESC", "(raised_at, id) < (?, ?)"},
    {2, "severity DESC, raised_at DESC, id DESC", "(severity, raised_at, id) < (?, ?, ?)"},
    {1, "next_due, id", "(next_due, id) > (?, ?)"}};
const Ordering& ordering_of(AlertOrder order) { return kOrderings[static_cast<std::size_t>(order)]; }

Result<void> start_after(std::string_view cursor, const Ordering& ordering, AlertWhere& where) {
  if (cursor.empty()) return {};
  TRY_ASSIGN(auto place, parse_list_cursor(cursor, ordering.numbers));
  store::Parameters parameters;
  for (auto number : place.numbers) parameters.emplace_back(number);
  parameters.emplace_back(std::move(place.id));
  where.sql += fmt::format(" AND {}", ordering.after);
  std::ranges::move(parameters, std::back_inserter(where.parameters));
  return {};
}

std::string cursor_at(AlertOrder order, const AlertRecord& last) {
  auto raised = to_unix_ms(last.raised_at);
  switch (order) {
    case AlertOrder::kNewest:
      return fmt::format("{}.{}", raised, last.alert.id);
    case AlertOrder::kGravest:
      return fmt::format("{}.{}.{}", static_cast<std::int64_t>(last.alert.severity), raised, last.alert.id);
    case AlertOrder::kSoonest:
      return fmt::format("{}.{}", last.next_due.value_or(0), last.alert.id);
  }
  return {};
}

}  // namespace

Result<Listing<Alert>> list_alerts(store::Session& session, const DeskContext& desk,
                                   const AlertQuery& query) {
  TRY_ASSIGN(auto where, where_of(query, desk.clock.wall()));
  const auto& ordering = ordering_of(query.order);
  if (query.order == AlertOrder::kSoonest) where.sql += " AND next_due IS NOT NULL";
  TRY(start_after(query.cursor, ordering, where));
  auto limit = static_cast<std::int64_t>(std::clamp<std::size_t>(query.limit, 1, 500));
  where.parameters.emplace_back(limit + 1);
  TRY_ASSIGN(auto rows, session.query(fmt::format("SELECT {} FROM alerts WHERE {} ORDER BY {} LIMIT ?",
                                                  kAlertColumns, where.sql, ordering.by),
                                      where.parameters));
  Listing<Alert> listing;
  AlertRecord last;
  for (const auto& row : rows) {
    if (static_cast<std::int64_t>(listing.items.size()) == limit) {
      listing.next_cursor = cursor_at(query.order, last);
      break;
    }
    TRY_ASSIGN(last, alert_from(row, desk.due));
    listing.items.push_back(last.alert);
  }
  return listing;
}

}  // namespace vedette::desk
