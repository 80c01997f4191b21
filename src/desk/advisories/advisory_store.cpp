#include <boost/json.hpp>

#include "desk/advisories/advisory.h"
#include "desk/list_cursor.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 6> kLookBackStates{"none", "waiting", "running",
                                                          "done", "cut",     "failed"};
constexpr std::string_view kAdvisoryColumns =
    "id, title, reference, authority, source, tlp, severity, format, sha256, valid_from, valid_until, "
    "made_at, "
    "made_by, withdrawn_at, withdrawn_by, withdrawn_why, indicators, not_used_count, not_used, look_state, "
    "look_days, look_reached, look_events, look_hits, look_finished, look_trouble, confirmed_at, "
    "confirmed_by, by_person";
constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

std::optional<WallTime> advisory_time(const store::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return from_unix_ms(row.integer(column));
}
store::Value stored_moment(const std::optional<WallTime>& time) {
  return time ? store::Value(to_unix_ms(*time)) : store::Value();
}

std::string not_used_text(const std::vector<NotUsed>& all) {
  json::array out;
  for (const auto& one : all) out.push_back(json::array{one.origin, one.reason, one.detail});
  return json::serialize(out);
}

Result<Advisory> advisory_from(const store::Row& row) {
  Advisory out{.id = row.text(0),
               .title = row.text(1),
               .reference = row.text(2),
               .authority = row.text(3),
               .source = row.text(4),
               .sha256 = row.text(8),
               .valid_from = advisory_time(row, 9),
               .valid_until = advisory_time(row, 10),
               .made_at = from_unix_ms(row.integer(11)),
               .made_by = row.text(12),
               .by_person = row.integer(28) != 0,
               .confirmed_at = advisory_time(row, 26),
               .confirmed_by = row.text(27),
               .withdrawn_at = advisory_time(row, 13),
               .withdrawn_by = row.text(14),
               .withdrawn_why = row.text(15),
               .indicators = row.integer(16),
               .not_used_count = row.integer(17)};
  const auto tlp = tlp_from(row.text(5));
  const auto severity = severity_from(row.text(6));
  const auto format = advisory_format_from(row.text(7));
  const auto state = std::ranges::find(kLookBackStates, row.text(19));
  json::error_code error;
  const auto not_used = json::parse(row.text(18), error);
  if (!tlp || !severity || !format || state == kLookBackStates.end() || error || !not_used.is_array())
    return fail(ErrorCode::kCorrupt, fmt::format("the stored advisory {} is damaged", out.id));
  out.tlp = *tlp;
  out.severity = *severity;
  out.format = *format;
  for (const auto& one : not_used.get_array())
    out.not_used.push_back({std::string(one.at(0).as_string()), std::string(one.at(1).as_string()),
                            std::string(one.at(2).as_string())});
  out.look_back = {.state = static_cast<LookBackState>(state - kLookBackStates.begin()),
                   .days = row.integer(20),
                   .reached = advisory_time(row, 21),
                   .events = row.integer(22),
                   .hits = row.integer(23),
                   .finished_at = advisory_time(row, 24),
                   .trouble = row.text(25)};
  return out;
}

std::string terms_text(const Indicator& indicator) {
  json::array out;
  for (const auto& term : indicator.all) out.push_back(json::array{to_string(term.type), term.value});
  return json::serialize(out);
}

Result<Indicator> indicator_from(const store::Row& row) {
  Indicator out{
      .origin = row.text(1), .valid_from = advisory_time(row, 2), .valid_until = advisory_time(row, 3)};
  json::error_code error;
  const auto terms = json::parse(row.text(0), error);
  if (!error && terms.is_array())
    for (const auto& one : terms.get_array()) {
      const auto type = observable_type_from(one.at(0).as_string());
      if (type) out.all.push_back({*type, std::string(one.at(1).as_string())});
    }
  if (out.all.empty()) return fail(ErrorCode::kCorrupt, "a stored indicator is damaged");
  return out;
}

}  // namespace

std::string_view to_string(LookBackState state) { return kLookBackStates[static_cast<std::size_t>(state)]; }

std::string shown_indicator(const Indicator& indicator) {
  std::string out;
  for (const auto& term : indicator.all) {
    if (!out.empty()) out += " + ";
    out += defanged(term.type, term.value);
  }
  return out;
}

Result<Advisory> load_advisory(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows,
             session.query(fmt::format("SELECT {} FROM advisories WHERE id = ?", kAdvisoryColumns), {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "advisory.gone", {{"id", id.substr(0, 64)}});
  return advisory_from(rows[0]);
}

Result<Listing<Advisory>> list_advisories(store::Session& session, const std::string& cursor,
                                          std::size_t limit) {
  return newest_first<Advisory>(session, "advisories", kAdvisoryColumns, cursor, limit, 200, advisory_from);
}

Result<std::vector<Advisory>> advisories_in_force(store::Session& session, WallTime now) {
  const auto at = to_unix_ms(now);
  TRY_ASSIGN(
      auto rows,
      session.query(
          fmt::format(
              "SELECT {} FROM advisories WHERE withdrawn_at IS NULL AND "
              "confirmed_at IS NOT NULL AND COALESCE(valid_from, 0) <= ? AND COALESCE(valid_until, ?) > ? "
              "ORDER BY made_at, id",
              kAdvisoryColumns),
          {at, kForever, at}));
  std::vector<Advisory> out;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto one, advisory_from(row));
    out.push_back(std::move(one));
  }
  return out;
}

Result<std::int64_t> indicators_in_force(store::Session& session, WallTime now) {
  TRY_ASSIGN(
      auto rows,
      session.query("SELECT COALESCE(SUM(indicators), 0) FROM advisories WHERE "
                    "confirmed_at IS NOT NULL AND withdrawn_at IS NULL AND COALESCE(valid_until, ?) > ?",
                    {kForever, to_unix_ms(now)}));
  return rows[0].integer(0);
}

Result<void> insert_advisory(store::Session& session, const Advisory& one,
                             const std::vector<Indicator>& indicators) {
  TRY(session.execute(
      fmt::format(
          "INSERT INTO advisories({}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
          kAdvisoryColumns),
      {one.id,
       one.title,
       one.reference,
       one.authority,
       one.source,
       std::string(to_string(one.tlp)),
       std::string(to_string(one.severity)),
       std::string(to_string(one.format)),
       one.sha256,
       stored_moment(one.valid_from),
       stored_moment(one.valid_until),
       to_unix_ms(one.made_at),
       one.made_by,
       stored_moment(one.withdrawn_at),
       one.withdrawn_by,
       one.withdrawn_why,
       one.indicators,
       one.not_used_count,
       not_used_text(one.not_used),
       std::string(to_string(one.look_back.state)),
       one.look_back.days,
       stored_moment(one.look_back.reached),
       one.look_back.events,
       one.look_back.hits,
       stored_moment(one.look_back.finished_at),
       one.look_back.trouble,
       stored_moment(one.confirmed_at),
       one.confirmed_by,
       std::int64_t{one.by_person ? 1 : 0}}));
  std::int64_t place = 0;
  for (const auto& indicator : indicators)
    TRY(
        session.execute("INSERT INTO advisory_indicators(advisory_id, place, terms, origin, valid_from, "
                        "valid_until) VALUES (?,?,?,?,?,?)",
                        {one.id, place++, terms_text(indicator), indicator.origin,
                         stored_moment(indicator.valid_from), stored_moment(indicator.valid_until)}));
  return {};
}

Result<void> save_advisory(store::Session& session, const Advisory& one) {
  TRY(session.execute(
      "UPDATE advisories SET withdrawn_at = ?, withdrawn_by = ?, withdrawn_why = ?, "
      "look_state = ?, look_days "
      "= ?, look_reached = ?, look_events = ?, look_hits = ?, look_finished = ?, "
      "look_trouble = ?, confirmed_at = ?, confirmed_by = ? WHERE id = ?",
      {stored_moment(one.withdrawn_at), one.withdrawn_by, one.withdrawn_why,
       std::string(to_string(one.look_back.state)), one.look_back.days, stored_moment(one.look_back.reached),
       one.look_back.events, one.look_back.hits, stored_moment(one.look_back.finished_at),
       one.look_back.trouble, stored_moment(one.confirmed_at), one.confirmed_by, one.id}));
  return {};
}

Result<std::vector<Indicator>> load_indicators(store::Session& session, const std::string& advisory_id,
                                               std::int64_t from, std::int64_t limit) {
  std::vector<Indicator> out;
  Result<void> read;
  TRY(
      session.stream("SELECT terms, origin, valid_from, valid_until FROM advisory_indicators WHERE "
                     "advisory_id = ? AND place >= ? ORDER BY place LIMIT ?",
                     {advisory_id, from, limit}, [&](const store::Row& row) {
                       auto one = indicator_from(row);
                       if (one) {
                         out.push_back(*std::move(one));
                       } else {
                         read = std::unexpected(std::move(one).error());
                       }
                       return read.has_value();
                     }));
  TRY(read);
  return out;
}

Result<std::vector<AdvisoryHit>> load_advisory_hits(store::Session& session, const std::string& advisory_id) {
  TRY_ASSIGN(auto rows, session.query("SELECT event_id, at, host, source, indicator FROM advisory_hits WHERE "
                                      "advisory_id = ? ORDER BY at DESC, event_id DESC LIMIT ?",
                                      {advisory_id, static_cast<std::int64_t>(AdvisoryRules::kHits)}));
  std::vector<AdvisoryHit> out;
  for (const auto& row : rows)
    out.push_back({static_cast<std::uint64_t>(row.integer(0)), from_unix_ms(row.integer(1)), row.text(2),
                   row.text(3), row.text(4)});
  return out;
}

Result<void> replace_advisory_hits(store::Session& session, const std::string& advisory_id,
                                   const std::vector<AdvisoryHit>& hits) {
  TRY(session.execute("DELETE FROM advisory_hits WHERE advisory_id = ?", {advisory_id}));
  for (const auto& hit : hits)
    TRY(session.execute(
        "INSERT INTO advisory_hits(advisory_id, event_id, at, host, source, indicator) VALUES (?,?,?,?,?,?)",
        {advisory_id, static_cast<std::int64_t>(hit.event_id), to_unix_ms(hit.at), hit.host, hit.source,
         hit.indicator}));
  return {};
}

Result<std::optional<Advisory>> next_look_back(store::Session& session) {
  TRY_ASSIGN(auto rows,
             session.query(fmt::format(
                 "SELECT {} FROM advisories WHERE look_state IN ('waiting', 'running') "
                 "AND withdrawn_at IS NULL AND confirmed_at IS NOT NULL ORDER BY made_at, id LIMIT 1",
                 kAdvisoryColumns)));
  if (rows.empty()) return std::optional<Advisory>();
  TRY_ASSIGN(auto one, advisory_from(rows[0]));
  return std::optional(std::move(one));
}

}  // namespace vedette::desk
