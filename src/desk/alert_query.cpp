#include "desk/alert_query.h"

#include <charconv>

#include "desk/search_text.h"

namespace vedette::desk {
namespace {

using store::Parameters;
constexpr std::size_t kAssetFacetsMax = 50;

struct Where {
  std::string sql = "1=1";
  Parameters parameters;
  void add(std::string_view condition, store::Value value) {
    sql += fmt::format(" AND {}", condition);
    parameters.push_back(std::move(value));
  }
};

std::string like_pattern(const std::string& text) {
  std::string pattern = "%";
  for (char c : search_text(text)) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

// kCount reads every row that fits: without an asset one pass over the covering index alerts_facets is
// quicker than looking each row up through the index of a watch or kind, which the expression keeps out of
// the choice.
enum class Purpose { kList, kCount };

Result<Where> where_of(const DeskContext& desk, const AlertQuery& query, Purpose purpose) {
  Where where;
  const bool pass = purpose == Purpose::kCount && query.asset_id.empty() && query.text.empty();
  if (!query.state.empty()) {
    if (!alert_state_from(query.state))
      return fail(ErrorCode::kInvalid, fmt::format("state: \"{}\" is not a state", query.state));
    where.add("state = ?", query.state);
  }
  if (!query.severity.empty()) {
    auto severity = severity_from(query.severity);
    if (!severity)
      return fail(ErrorCode::kInvalid, fmt::format("severity: \"{}\" is not a severity", query.severity));
    where.add("severity = ?", static_cast<std::int64_t>(*severity));
  }
  if (!query.watch.empty()) where.add(pass ? "watch || '' = ?" : "watch = ?", query.watch);
  if (!query.asset_id.empty()) where.add("asset_id = ?", query.asset_id);
  if (!query.kind.empty()) where.add(pass ? "kind || '' = ?" : "kind = ?", query.kind);
  if (!query.text.empty()) where.add("search LIKE ? ESCAPE '\\'", like_pattern(query.text));
  if (!query.include_snoozed) {
    where.add("(snoozed_until IS NULL OR snoozed_until <= ?)", to_unix_ms(desk.clock.wall()));
  }
  return where;
}

// "<raised_at>.<id>" of the last alert of the page before; gravest first: "<severity>.<raised_at>.<id>".
Result<void> start_after(std::string_view cursor, bool gravest_first, Where& where) {
  if (cursor.empty()) return {};
  auto number = [&](std::int64_t& value) {
    auto dot = cursor.find('.');
    if (dot == std::string_view::npos) return false;
    auto [end, problem] = std::from_chars(cursor.data(), cursor.data() + dot, value);
    bool whole = problem == std::errc() && end == cursor.data() + dot;
    cursor.remove_prefix(dot + 1);
    return whole;
  };
  std::int64_t severity = 0, raised_at = 0;
  if ((gravest_first && !number(severity)) || !number(raised_at) || cursor.contains('.')) {
    return fail(ErrorCode::kInvalid, "cursor: this is not one of the alert list in this order");
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
  TRY_ASSIGN(auto where, where_of(desk, query, Purpose::kList));
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

Result<std::vector<Facet>> count_facets(store::Session& session, const DeskContext& desk,
                                        const AlertQuery& query) {
  TRY_ASSIGN(auto where, where_of(desk, query, Purpose::kCount));
  // Few values each: one pass over one index, the four sums are made here. Assets are many: SQL counts them.
  std::map<std::string, std::int64_t> states, severities, watches, kinds;
  TRY(session.stream(fmt::format("SELECT state, severity, watch, kind, COUNT(*) FROM alerts WHERE {} "
                                 "GROUP BY state, severity, watch, kind",
                                 where.sql),
                     where.parameters, [&](const store::Row& row) {
                       auto count = row.integer(4);
                       states[row.text(0)] += count;
                       severities[std::string(to_string(static_cast<Severity>(row.integer(1))))] += count;
                       watches[row.text(2)] += count;
                       kinds[row.text(3)] += count;
                       return true;
                     }));
  std::vector<Facet> facets;
  auto add = [&](const std::string& field, const std::map<std::string, std::int64_t>& counts) {
    std::vector<Facet> some;
    for (const auto& [value, count] : counts) some.push_back({field, value, count});
    std::ranges::stable_sort(some, [](const Facet& a, const Facet& b) { return a.count > b.count; });
    facets.insert(facets.end(), some.begin(), some.end());
  };
  add("state", states);
  add("severity", severities);
  add("watch", watches);
  add("kind", kinds);
  // "+": by the index that has all columns needed, not by alerts_by_asset, which would look up every row.
  TRY(session.stream(
      fmt::format(
          "SELECT asset_id, COUNT(*) FROM alerts WHERE {} GROUP BY +asset_id ORDER BY 2 DESC, 1 LIMIT {}",
          where.sql, kAssetFacetsMax),
      where.parameters, [&](const store::Row& row) {
        facets.push_back({"asset", row.text(0), row.integer(1)});
        return true;
      }));
  return facets;
}

}  // namespace vedette::desk
