// The counts of each facet. By state, severity and watch they are kept with the alerts (schema.cpp,
// alert_counts); by kind, asset or words the alerts themselves are counted.
#include <fmt/format.h>

#include <unordered_map>

#include "desk/alert_query.h"
#include "desk/alert_where.h"

namespace vedette::desk {
namespace {

constexpr std::size_t kAll = 1000, kKindFacetsMax = 200, kAssetFacetsMax = 50;

// The index that has all columns counted (alerts_facets: state, severity, watch, kind, asset) is to be
// entered, not that of a kind, with a look at each row. So the columns before the kind are asked for too,
// with every value they have.
constexpr std::string_view kEveryState = "state IN ('new', 'acknowledged', 'closed')";
constexpr std::string_view kEveryWatch = "watch IN ('sites', 'files', 'logs', 'patches', 'messages', 'desk')";

std::string every_severity() {
  std::string sql;
  for (int one = static_cast<int>(Severity::kInformational); one <= static_cast<int>(Severity::kCritical);
       ++one)
    sql += fmt::format("{}{}", sql.empty() ? "" : ", ", one);
  return "severity IN (" + sql + ")";
}

void lead_into_facets(const AlertQuery& query, AlertWhere& where) {
  if (query.state.empty()) where.sql += fmt::format(" AND {}", kEveryState);
  if (query.severity.empty()) where.sql += fmt::format(" AND {}", every_severity());
  if (query.watch.empty()) where.sql += fmt::format(" AND {}", kEveryWatch);
}

struct Sort {
  std::string state;
  std::int64_t severity = 0;
  std::string watch, kind;
  bool operator==(const Sort&) const = default;
};

class Sums {
 public:
  void add(const Sort& sort, std::int64_t count) {
    states_[sort.state] += count;
    severities_[std::string(to_string(static_cast<Severity>(sort.severity)))] += count;
    watches_[sort.watch] += count;
    kinds_[sort.kind] += count;
  }
  void add_asset(const std::string& asset, std::int64_t count) { assets_[asset] += count; }

  std::vector<Facet> facets() const {
    std::vector<Facet> out;
    take("state", states_, kAll, out);
    take("severity", severities_, kAll, out);
    take("watch", watches_, kAll, out);
    take("kind", kinds_, kKindFacetsMax, out);
    take("asset", assets_, kAssetFacetsMax, out);
    return out;
  }

 private:
  static void take(const std::string& field, const auto& counts, std::size_t most, std::vector<Facet>& out) {
    std::vector<Facet> some;
    for (const auto& [value, count] : counts) {
      if (count > 0) some.push_back({field, value, count});
    }
    std::ranges::sort(some, [](const Facet& a, const Facet& b) {
      return a.count != b.count ? a.count > b.count : a.value < b.value;
    });
    if (some.size() > most) some.resize(most);
    std::ranges::move(some, std::back_inserter(out));
  }
  std::map<std::string, std::int64_t> states_, severities_, watches_, kinds_;
  std::unordered_map<std::string, std::int64_t> assets_;
};

// One pass over `rows` of state, severity, watch, kind, asset, count; `times`: 1 or -1. Rows that come sorted
// are added up before they are put down: those of one sort differ in the asset alone.
Result<void> add_rows(store::Session& session, const std::string& sql, const store::Parameters& parameters,
                      std::int64_t times, Sums& sums) {
  Sort sort;
  std::int64_t count = 0;
  TRY(session.stream(sql, parameters, [&](const store::Row& row) {
    if (row.text(3) != sort.kind || row.text(2) != sort.watch || row.integer(1) != sort.severity ||
        row.text(0) != sort.state) {
      if (count != 0) sums.add(sort, count);
      sort = {row.text(0), row.integer(1), row.text(2), row.text(3)};
      count = 0;
    }
    count += times * row.integer(5);
    sums.add_asset(row.text(4), times * row.integer(5));
    return true;
  }));
  if (count != 0) sums.add(sort, count);
  return {};
}

Result<void> add_kept(store::Session& session, const DeskContext& desk, const AlertQuery& query, Sums& sums) {
  TRY_ASSIGN(auto where, where_counted(query));
  TRY(session.stream(
      fmt::format("SELECT state, severity, watch, kind, alerts FROM alert_counts WHERE {}", where.sql),
      where.parameters, [&](const store::Row& row) {
        sums.add({row.text(0), row.integer(1), row.text(2), row.text(3)}, row.integer(4));
        return true;
      }));
  TRY(session.stream(
      fmt::format("SELECT asset_id, SUM(alerts) FROM alert_asset_counts WHERE {} GROUP BY asset_id",
                  where.sql),
      where.parameters, [&](const store::Row& row) {
        sums.add_asset(row.text(0), row.integer(1));
        return true;
      }));
  if (query.include_snoozed) return {};
  where.add("snoozed_until > ?", to_unix_ms(desk.clock.wall()));
  return add_rows(
      session,
      fmt::format("SELECT state, severity, watch, kind, asset_id, 1 FROM alerts INDEXED BY alerts_snoozed "
                  "WHERE {}",
                  where.sql),
      where.parameters, -1, sums);
}

}  // namespace

Result<std::vector<Facet>> count_facets(store::Session& session, const DeskContext& desk,
                                        const AlertQuery& query) {
  Sums sums;
  if (query.kind.empty() && query.asset_id.empty() && query.text.empty() && query.acknowledged_by.empty() &&
      query.unit.empty()) {
    TRY(add_kept(session, desk, query, sums));
    return sums.facets();
  }
  TRY_ASSIGN(auto where, where_of(query, desk.clock.wall()));
  if (query.asset_id.empty() && query.text.empty() && query.acknowledged_by.empty() && query.unit.empty())
    lead_into_facets(query, where);
  // "+": with words every row has to be read, and in the order of the table, not of an index.
  TRY(add_rows(
      session,
      fmt::format("SELECT state, severity, watch, kind, asset_id, COUNT(*) FROM alerts WHERE {} GROUP BY {}",
                  where.sql,
                  query.text.empty() ? "state, severity, watch, kind, asset_id"
                                     : "+state, +severity, +watch, +kind, +asset_id"),
      where.parameters, 1, sums));
  return sums.facets();
}

}  // namespace vedette::desk
