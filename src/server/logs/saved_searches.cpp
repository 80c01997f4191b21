#include "server/logs/saved_searches.h"

#include <boost/json.hpp>

#include "base/id.h"
#include "desk/desk.h"
#include "model/refusal.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::string_view kColumns = "id, owner, name, query, shared, created_at, updated_at";

SavedSearch search_from(const store::Row& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          row.text(3),
          row.integer(4) != 0,
          from_unix_ms(row.integer(5)),
          from_unix_ms(row.integer(6))};
}

Result<SavedSearch> find(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows,
             session.query(fmt::format("SELECT {} FROM log_searches WHERE id = ?", kColumns), {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "logs.no_search");
  return search_from(rows[0]);
}

Result<void> check_room(store::Session& session, const SavedSearch& search) {
  TRY_ASSIGN(auto same, session.query("SELECT id FROM log_searches WHERE owner = ? AND name = ? AND id <> ?",
                                      {search.owner, search.name, search.id}));
  if (!same.empty()) return refuse(ErrorCode::kConflict, "logs.search_name", {{"name", search.name}});
  TRY_ASSIGN(auto rows,
             session.query("SELECT (SELECT COUNT(*) FROM log_searches WHERE owner = ? AND id <> ?), "
                           "(SELECT COUNT(*) FROM log_searches WHERE shared = 1 AND id <> ?)",
                           {search.owner, search.id, search.id}));
  const auto most = SavedSearches::kOfOneMax;
  if (rows[0].integer(0) >= static_cast<std::int64_t>(most) ||
      (search.shared && rows[0].integer(1) >= static_cast<std::int64_t>(SavedSearches::kSharedMax)))
    return refuse(ErrorCode::kLimit, "logs.searches_many",
                  {{"most", std::to_string(most)}, {"shared", std::to_string(SavedSearches::kSharedMax)}});
  return {};
}

// What others see is nobody's secret: who shared it, changed it, took it away.
Result<void> audit(store::Session& session, WallTime at, const std::string& by, const std::string& action,
                   const SavedSearch& search) {
  return desk::append_audit(session, at, by, action, "log-search/" + search.id,
                            json::serialize(json::object{{"name", search.name}, {"shared", search.shared}}));
}

}  // namespace

Result<std::vector<SavedSearch>> SavedSearches::of(const std::string& owner) {
  std::vector<SavedSearch> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows,
               session.query(fmt::format("SELECT {} FROM log_searches WHERE owner = ? OR shared = 1 "
                                         "ORDER BY name, id LIMIT {}",
                                         kColumns, kOfOneMax + kSharedMax),
                             {owner}));
    for (const auto& row : rows) out.push_back(search_from(row));
    return {};
  }));
  return out;
}

Result<SavedSearch> SavedSearches::add(SavedSearch search) {
  search.id = new_id(clock_);
  search.created_at = search.updated_at = clock_.wall();
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(check_room(session, search));
    TRY(
        session.execute("INSERT INTO log_searches (id, owner, name, query, shared, created_at, updated_at) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?)",
                        {search.id, search.owner, search.name, search.query, std::int64_t{search.shared},
                         to_unix_ms(search.created_at), to_unix_ms(search.updated_at)}));
    return audit(session, search.created_at, search.owner, "log_search.add", search);
  }));
  return search;
}

Result<SavedSearch> SavedSearches::change(SavedSearch search) {
  search.updated_at = clock_.wall();
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto known, find(session, search.id));
    if (known.owner != search.owner) {
      if (known.shared) return refuse(ErrorCode::kForbidden, "logs.search_owner", {{"owner", known.owner}});
      return refuse(ErrorCode::kNotFound, "logs.no_search");
    }
    search.created_at = known.created_at;
    TRY(check_room(session, search));
    TRY(session.execute(
        "UPDATE log_searches SET name = ?, query = ?, shared = ?, updated_at = ? WHERE id = ?",
        {search.name, search.query, std::int64_t{search.shared}, to_unix_ms(search.updated_at), search.id}));
    return audit(session, search.updated_at, search.owner, "log_search.change", search);
  }));
  return search;
}

Result<void> SavedSearches::remove(const std::string& id, const std::string& by, bool any) {
  return database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto known, find(session, id));
    if (known.owner != by && !any) {
      if (known.shared) return refuse(ErrorCode::kForbidden, "logs.search_owner", {{"owner", known.owner}});
      return refuse(ErrorCode::kNotFound, "logs.no_search");
    }
    TRY(session.execute("DELETE FROM log_searches WHERE id = ?", {id}));
    return audit(session, clock_.wall(), by, "log_search.remove", known);
  });
}

}  // namespace vedette::server
