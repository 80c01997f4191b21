#include "desk/alert_query.h"

#include <charconv>
#include <unordered_map>

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

// kCount reads every row that fits, and should find them in the index that has all columns counted
// (alerts_facets: state, severity, watch, kind, asset), not look each up through the index of a watch or
// kind. So the columns before the one asked for are asked for too, with every value they have.
enum class Purpose { kList, kCount };

constexpr std::string_view kEveryState = "state IN ('new', 'acknowledged', 'closed')";
constexpr std::string_view kEveryWatch = "watch IN ('sites', 'files', 'logs', 'patches', 'messages', 'desk')";

std::string every_severity() {
  std::string sql;
  for (int one = static_cast<int>(Severity::kInformational); one <= static_cast<int>(Severity::kCritical);
       ++one)
    sql += fmt::format("{}{}", sql.empty() ? "" : ", ", one);
  return "severity IN (" + sql + ")";
}

void lead_into_facets(const AlertQuery& query, Where& where) {
  bool kind = !query.kind.empty(), watch = kind || !query.watch.empty(),
       severity = watch || !query.severity.empty();
  auto every = [&](std::string_view condition) { where.sql += fmt::format(" AND {}", condition); };
  if (severity && query.state.empty()) every(kEveryState);
  if (watch && query.severity.empty()) every(every_severity());
  if (kind && query.watch.empty()) every(kEveryWatch);
}

Result<Where> where_of(const DeskContext& desk, const AlertQuery& query, Purpose purpose) {
  Where where;
  if (purpose == Purpose::kCount && query.asset_id.empty() && query.text.empty())
    lead_into_facets(query, where);
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
  if (!query.watch.empty()) where.add("watch = ?", query.watch);
  if (!query.asset_id.empty()) where.add("asset_id = ?", query.asset_id);
  if (!query.kind.empty()) where.add("kind = ?", query.kind);
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
    const char* const begin = cursor.data();
    auto [end, problem] = std::from_chars(begin, begin + dot, value);
    bool whole = problem == std::errc() && end == begin + dot;
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
  // One pass over what fits; the sums are made here. "+": with words every row has to be read, and in the
  // order of the table, not of an index.
  std::map<std::string, std::int64_t> states, severities, watches, kinds;
  std::unordered_map<std::string, std::int64_t> assets;
  // Rows come sorted: those of one group differ in the asset alone.
  struct Group {
    std::string state;
    Severity severity{};
    std::string watch, kind;
    std::int64_t count = 0;
  } group;
  auto add_up = [&] {
    if (group.count == 0) return;
    states[group.state] += group.count;
    severities[std::string(to_string(group.severity))] += group.count;
    watches[group.watch] += group.count;
    kinds[group.kind] += group.count;
  };
  TRY(session.stream(
      fmt::format("SELECT state, severity, watch, kind, asset_id, COUNT(*) FROM alerts WHERE {} GROUP BY "
                  "{}",
                  where.sql,
                  query.text.empty() ? "state, severity, watch, kind, asset_id"
                                     : "+state, +severity, +watch, +kind, +asset_id"),
      where.parameters, [&](const store::Row& row) {
        auto severity = static_cast<Severity>(row.integer(1));
        if (row.text(3) != group.kind || row.text(2) != group.watch || severity != group.severity ||
            row.text(0) != group.state) {
          add_up();
          group = {row.text(0), severity, row.text(2), row.text(3), 0};
        }
        group.count += row.integer(5);
        assets[row.text(4)] += row.integer(5);
        return true;
      }));
  add_up();
  std::vector<Facet> facets;
  auto add = [&](const std::string& field, const auto& counts, std::size_t most) {
    std::vector<Facet> some;
    for (const auto& [value, count] : counts) some.push_back({field, value, count});
    std::ranges::sort(some, [](const Facet& a, const Facet& b) {
      return a.count != b.count ? a.count > b.count : a.value < b.value;
    });
    if (some.size() > most) some.resize(most);
    std::ranges::move(some, std::back_inserter(facets));
  };
  constexpr std::size_t kAll = 1000;
  add("state", states, kAll);
  add("severity", severities, kAll);
  add("watch", watches, kAll);
  add("kind", kinds, 200);
  add("asset", assets, kAssetFacetsMax);
  return facets;
}

}  // namespace vedette::desk
