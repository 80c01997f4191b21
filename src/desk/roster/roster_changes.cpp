// Overrides, swaps and leave as rows: what stands over the layers.
#include "base/id.h"
#include "desk/roster/person.h"
#include "desk/roster/roster_store.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

constexpr std::int64_t kComingMax = 5'000;  // of each kind that are not over
constexpr std::size_t kNoteBytes = 2'000;
constexpr auto kLongest = std::chrono::hours(24 * 366);

constexpr std::string_view kOverrideColumns = "id, roster_id, tier, person, from_at, to_at, made_by, note";
constexpr std::string_view kSwapColumns =
    "id, roster_id, tier, giver, taker, from_at, to_at, back_from_at, back_to_at, state, proposed_by, "
    "answered_by, answered_at";
constexpr std::string_view kLeaveColumns = "id, person, from_at, to_at, reason, made_by";

std::optional<WallTime> time_or_nothing(const store::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return from_unix_ms(row.integer(column));
}
store::Value value_of(const std::optional<WallTime>& time) {
  if (!time) return std::monostate{};
  return to_unix_ms(*time);
}

RosterOverride override_from(const store::Row& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          row.text(3),
          from_unix_ms(row.integer(4)),
          from_unix_ms(row.integer(5)),
          row.text(6),
          row.text(7)};
}
RosterSwap swap_from(const store::Row& row) {
  RosterSwap one;
  one.id = row.text(0);
  one.roster_id = row.text(1);
  one.tier = row.text(2);
  one.giver = row.text(3);
  one.taker = row.text(4);
  one.from = from_unix_ms(row.integer(5));
  one.to = from_unix_ms(row.integer(6));
  one.back_from = time_or_nothing(row, 7);
  one.back_to = time_or_nothing(row, 8);
  one.state = swap_state_from(row.text(9)).value_or(SwapState::kWithdrawn);
  one.proposed_by = row.text(10);
  one.answered_by = row.text(11);
  one.answered_at = time_or_nothing(row, 12);
  return one;
}
Leave leave_from(const store::Row& row) {
  return {row.text(0), row.text(1), from_unix_ms(row.integer(2)), from_unix_ms(row.integer(3)),
          row.text(4), row.text(5)};
}

Result<void> check_span(WallTime from, WallTime to, std::string_view field) {
  if (from < to && to - from <= kLongest) return {};
  return refuse(ErrorCode::kInvalid, "roster.span", {{"field", std::string(field)}});
}
Result<void> check_note(const std::string& text, std::string_view field) {
  if (text.size() <= kNoteBytes) return {};
  return refuse(ErrorCode::kInvalid, "field.at_most_bytes",
                {{"field", std::string(field)}, {"most", std::to_string(kNoteBytes)}});
}
Result<void> check_tier(store::Session& session, const std::string& roster_id, const std::string& tier) {
  TRY_ASSIGN(auto roster, load_roster(session, roster_id));
  if (tier_of(roster, tier)) return {};
  return refuse(ErrorCode::kInvalid, "roster.no_tier", {{"field", "tier"}, {"id", tier.substr(0, 64)}});
}
Result<void> check_person(store::Session& session, const std::string& person, std::string_view field) {
  if (load_person(session, person)) return {};
  return refuse(ErrorCode::kInvalid, "roster.person",
                {{"field", std::string(field)}, {"id", person.substr(0, 64)}});
}

Result<void> check_room(store::Session& session, const Clock& clock, std::string_view table,
                        std::string_view end) {
  TRY_ASSIGN(auto rows, session.query(fmt::format("SELECT COUNT(*) FROM {} WHERE {} > ?", table, end),
                                      {to_unix_ms(clock.wall())}));
  if (rows[0].integer(0) < kComingMax) return {};
  return refuse(ErrorCode::kLimit, "roster.full", {{"most", std::to_string(kComingMax)}});
}

}  // namespace

Result<RosterFacts> load_facts(store::Session& session, const std::string& roster_id, WallTime from,
                               WallTime to) {
  RosterFacts facts;
  TRY_ASSIGN(auto overrides,
             session.query(fmt::format("SELECT {} FROM roster_overrides WHERE roster_id = ? AND "
                                       "removed = 0 AND to_at > ? AND from_at < ? "
                                       "ORDER BY id",
                                       kOverrideColumns),
                           {roster_id, to_unix_ms(from), to_unix_ms(to)}));
  for (const auto& row : overrides) facts.overrides.push_back(override_from(row));
  TRY_ASSIGN(
      auto swaps,
      session.query(fmt::format("SELECT {} FROM roster_swaps WHERE roster_id = ? AND state = 'accepted' "
                                "AND last_at > ? ORDER BY answered_at, id",
                                kSwapColumns),
                    {roster_id, to_unix_ms(from)}));
  for (const auto& row : swaps) facts.swaps.push_back(swap_from(row));
  TRY_ASSIGN(facts.leaves, load_leaves(session, from, to));
  return facts;
}

Result<RosterOverride> store_override(store::Session& session, const Clock& clock, RosterOverride one) {
  TRY(check_tier(session, one.roster_id, one.tier));
  TRY(check_person(session, one.person, "person"));
  TRY(check_span(one.from, one.to, "to"));
  TRY(check_note(one.note, "note"));
  TRY(check_room(session, clock, "roster_overrides", "to_at"));
  one.id = new_id(clock);
  TRY(session.execute(
      fmt::format("INSERT INTO roster_overrides({}, removed) VALUES (?,?,?,?,?,?,?,?,0)", kOverrideColumns),
      {one.id, one.roster_id, one.tier, one.person, to_unix_ms(one.from), to_unix_ms(one.to), one.by,
       one.note}));
  return one;
}

Result<RosterOverride> remove_override_row(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows,
             session.query(fmt::format("SELECT {} FROM roster_overrides WHERE id = ? AND removed = 0",
                                       kOverrideColumns),
                           {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "roster.no_override");
  TRY(session.execute("UPDATE roster_overrides SET removed = 1 WHERE id = ?", {id}));
  return override_from(rows[0]);
}

Result<RosterSwap> store_swap(store::Session& session, const Clock& clock, RosterSwap one) {
  TRY(check_tier(session, one.roster_id, one.tier));
  TRY(check_person(session, one.giver, "giver"));
  TRY(check_person(session, one.taker, "taker"));
  if (one.giver == one.taker) return refuse(ErrorCode::kInvalid, "roster.same_person", {{"field", "taker"}});
  TRY(check_span(one.from, one.to, "to"));
  if (one.back_from.has_value() != one.back_to.has_value())
    return refuse(ErrorCode::kInvalid, "roster.span", {{"field", "back_to"}});
  if (one.back_from) TRY(check_span(*one.back_from, *one.back_to, "back_to"));
  one.id = new_id(clock);
  one.state = SwapState::kProposed;
  TRY(check_room(session, clock, "roster_swaps", "last_at"));
  auto last = std::max(one.to, one.back_to.value_or(one.to));
  TRY(session.execute(
      fmt::format("INSERT INTO roster_swaps({}, last_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,'',NULL,?)",
                  kSwapColumns),
      {one.id, one.roster_id, one.tier, one.giver, one.taker, to_unix_ms(one.from), to_unix_ms(one.to),
       value_of(one.back_from), value_of(one.back_to), std::string(to_string(one.state)), one.proposed_by,
       to_unix_ms(last)}));
  return one;
}

Result<RosterSwap> load_swap(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows,
             session.query(fmt::format("SELECT {} FROM roster_swaps WHERE id = ?", kSwapColumns), {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "roster.no_swap");
  return swap_from(rows[0]);
}

Result<RosterSwap> answer_swap_row(store::Session& session, const std::string& id, SwapState answer,
                                   const std::string& by, WallTime at) {
  TRY_ASSIGN(auto swap, load_swap(session, id));
  if (swap.state != SwapState::kProposed) return refuse(ErrorCode::kConflict, "roster.answered");
  swap.state = answer;
  swap.answered_by = by;
  swap.answered_at = at;
  TRY(session.execute("UPDATE roster_swaps SET state = ?, answered_by = ?, answered_at = ? WHERE id = ?",
                      {std::string(to_string(answer)), by, to_unix_ms(at), id}));
  return swap;
}

Result<std::vector<RosterSwap>> load_swaps(store::Session& session, const std::string& roster_id,
                                           WallTime ends_after) {
  TRY_ASSIGN(auto rows, session.query(fmt::format("SELECT {} FROM roster_swaps WHERE roster_id = ? AND "
                                                  "last_at > ? ORDER BY id DESC LIMIT 500",
                                                  kSwapColumns),
                                      {roster_id, to_unix_ms(ends_after)}));
  std::vector<RosterSwap> swaps;
  for (const auto& row : rows) swaps.push_back(swap_from(row));
  return swaps;
}

Result<Leave> store_leave(store::Session& session, const Clock& clock, Leave one) {
  TRY(check_person(session, one.person, "person"));
  TRY(check_span(one.from, one.to, "to"));
  TRY(check_note(one.reason, "reason"));
  TRY(check_room(session, clock, "roster_leaves", "to_at"));
  one.id = new_id(clock);
  TRY(session.execute(
      fmt::format("INSERT INTO roster_leaves({}, removed) VALUES (?,?,?,?,?,?,0)", kLeaveColumns),
      {one.id, one.person, to_unix_ms(one.from), to_unix_ms(one.to), one.reason, one.by}));
  return one;
}

Result<Leave> remove_leave_row(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows, session.query(fmt::format("SELECT {} FROM roster_leaves WHERE id = ? AND removed = 0",
                                                  kLeaveColumns),
                                      {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "roster.no_leave");
  TRY(session.execute("UPDATE roster_leaves SET removed = 1 WHERE id = ?", {id}));
  return leave_from(rows[0]);
}

Result<std::vector<Leave>> load_leaves(store::Session& session, WallTime from, WallTime to) {
  TRY_ASSIGN(auto rows,
             session.query(fmt::format("SELECT {} FROM roster_leaves WHERE removed = 0 AND to_at > ? "
                                       "AND from_at < ? ORDER BY from_at, id",
                                       kLeaveColumns),
                           {to_unix_ms(from), to_unix_ms(to)}));
  std::vector<Leave> leaves;
  for (const auto& row : rows) leaves.push_back(leave_from(row));
  return leaves;
}

}  // namespace vedette::desk
