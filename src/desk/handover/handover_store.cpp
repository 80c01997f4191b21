#include <boost/json.hpp>

#include "base/id.h"
#include "desk/handover/handover.h"
#include "desk/list_cursor.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> kHandoverStates{"draft", "given", "taken", "withdrawn"};
constexpr std::string_view kHandoverColumns =
    "id, roster_id, roster_name, state, made_at, made_by, list, sha256, giver, given_at, taker, taken_at, "
    "remarks";

std::optional<WallTime> signed_at(const store::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return from_unix_ms(row.integer(column));
}
store::Value signature_time(const std::optional<WallTime>& time) {
  return time ? store::Value(to_unix_ms(*time)) : store::Value();
}

Result<Handover> handover_from(const store::Row& row) {
  Handover out{.id = row.text(0),
               .roster_id = row.text(1),
               .roster_name = row.text(2),
               .made_at = from_unix_ms(row.integer(4)),
               .made_by = row.text(5),
               .list = row.text(6),
               .sha256 = row.text(7),
               .giver = row.text(8),
               .taker = row.text(10),
               .given_at = signed_at(row, 9),
               .taken_at = signed_at(row, 11),
               .remarks = row.text(12)};
  auto state = std::ranges::find(kHandoverStates, row.text(3));
  if (state == kHandoverStates.end())
    return fail(ErrorCode::kCorrupt, fmt::format("the stored handover {} is damaged", out.id));
  out.state = static_cast<HandoverState>(state - kHandoverStates.begin());
  return out;
}

json::object in_both(const TwoLanguages& text) { return {{"vi", text.vi}, {"en", text.en}}; }
TwoLanguages from_both(const json::value& value) {
  return {std::string(value.at("vi").as_string()), std::string(value.at("en").as_string())};
}

}  // namespace

std::string_view to_string(HandoverState state) { return kHandoverStates[static_cast<std::size_t>(state)]; }

std::string frozen_text(const HandoverList& list) {
  json::array items;
  for (const auto& one : list.items)
    items.push_back(json::object{{"kind", one.kind},
                                 {"id", one.id},
                                 {"title", in_both(one.title)},
                                 {"detail", in_both(one.detail)},
                                 {"severity", one.severity},
                                 {"at", one.at ? json::value(to_unix_ms(*one.at)) : json::value()}});
  return json::serialize(json::object{{"items", std::move(items)}, {"notes", list.notes}});
}

Result<HandoverList> handover_list(std::string_view frozen) {
  try {
    const auto root = json::parse(frozen);
    HandoverList out{.notes = std::string(root.at("notes").as_string())};
    for (const auto& one : root.at("items").as_array()) {
      HandoverItem item{.kind = std::string(one.at("kind").as_string()),
                        .id = std::string(one.at("id").as_string()),
                        .title = from_both(one.at("title")),
                        .detail = from_both(one.at("detail")),
                        .severity = std::string(one.at("severity").as_string())};
      if (!one.at("at").is_null()) item.at = from_unix_ms(one.at("at").as_int64());
      out.items.push_back(std::move(item));
    }
    return out;
  } catch (const std::exception& problem) {  // of the JSON library alone
    return fail(ErrorCode::kCorrupt, fmt::format("a stored handover is damaged: {}", problem.what()));
  }
}

Result<Handover> load_handover(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows,
             session.query(fmt::format("SELECT {} FROM handovers WHERE id = ?", kHandoverColumns), {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "handover.gone", {{"id", id.substr(0, 64)}});
  return handover_from(rows[0]);
}

Result<Listing<Handover>> list_handovers(store::Session& session, const std::string& cursor,
                                         std::size_t limit) {
  return newest_first<Handover>(session, "handovers", kHandoverColumns, cursor, limit, 500, handover_from);
}

Result<void> insert_handover(store::Session& session, const Clock& clock, Handover& handover) {
  handover.id = new_id(clock);
  TRY(session.execute(
      fmt::format("INSERT INTO handovers({}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", kHandoverColumns),
      {handover.id, handover.roster_id, handover.roster_name, std::string(to_string(handover.state)),
       to_unix_ms(handover.made_at), handover.made_by, handover.list, handover.sha256, handover.giver,
       signature_time(handover.given_at), handover.taker, signature_time(handover.taken_at),
       handover.remarks}));
  return {};
}

Result<void> save_handover(store::Session& session, const Handover& handover) {
  TRY(session.execute(
      "UPDATE handovers SET state = ?, giver = ?, given_at = ?, taker = ?, taken_at = ?, remarks = ? WHERE "
      "id "
      "= ?",
      {std::string(to_string(handover.state)), handover.giver, signature_time(handover.given_at),
       handover.taker, signature_time(handover.taken_at), handover.remarks, handover.id}));
  return {};
}

Result<std::vector<Handover>> waiting_handovers(store::Session& session, const std::string& roster_id) {
  TRY_ASSIGN(auto rows,
             session.query(fmt::format("SELECT {} FROM handovers WHERE roster_id = ? AND state IN ('draft', "
                                       "'given') ORDER BY made_at, id",
                                       kHandoverColumns),
                           {roster_id}));
  std::vector<Handover> out;
  for (const auto& row : rows) {
    TRY_ASSIGN(auto one, handover_from(row));
    out.push_back(std::move(one));
  }
  return out;
}

Result<std::optional<WallTime>> last_taken(store::Session& session, const std::string& roster_id) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT MAX(taken_at) FROM handovers WHERE roster_id = ? AND state = 'taken'",
                           {roster_id}));
  if (rows.empty() || rows[0].is_null(0)) return std::optional<WallTime>();
  return std::optional(from_unix_ms(rows[0].integer(0)));
}

}  // namespace vedette::desk
