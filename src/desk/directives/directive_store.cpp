#include <boost/json.hpp>

#include "base/hash.h"
#include "desk/directives/directive.h"
#include "desk/list_cursor.h"
#include "model/refusal.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 8> kDirectiveStates{"received", "verified", "assigned",  "approved",
                                                           "executed", "answered", "contested", "rejected"};
constexpr std::string_view kDirectiveColumns =
    "id, revision, reference, authority, legal_basis, title, scope, body, received_at, due_at, state, "
    "assignee, "
    "answer, outcome, made_at, made_by, closed_at";
constexpr std::int64_t kNoDueTime = std::numeric_limits<std::int64_t>::max();

std::optional<WallTime> directive_time(const store::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return from_unix_ms(row.integer(column));
}
store::Value directive_moment(const std::optional<WallTime>& time) {
  return time ? store::Value(to_unix_ms(*time)) : store::Value();
}

Result<Directive> directive_from(const store::Row& row) {
  Directive out{.id = row.text(0),
                .revision = row.integer(1),
                .reference = row.text(2),
                .authority = row.text(3),
                .legal_basis = row.text(4),
                .title = row.text(5),
                .scope = row.text(6),
                .text = row.text(7),
                .received_at = from_unix_ms(row.integer(8)),
                .due_at = directive_time(row, 9),
                .assignee = row.text(11),
                .answer = row.text(12),
                .outcome = row.text(13),
                .made_at = from_unix_ms(row.integer(14)),
                .made_by = row.text(15),
                .closed_at = directive_time(row, 16)};
  const auto state = directive_state_from(row.text(10));
  if (!state) return fail(ErrorCode::kCorrupt, fmt::format("the stored directive {} is damaged", out.id));
  out.state = *state;
  return out;
}

Result<void> fill_directive(store::Session& session, Directive& one) {
  TRY_ASSIGN(auto approvals, session.query("SELECT approver, at, sha256 FROM directive_approvals WHERE "
                                           "directive_id = ? ORDER BY at, approver",
                                           {one.id}));
  for (const auto& row : approvals)
    one.approvals.push_back({row.text(0), from_unix_ms(row.integer(1)), row.text(2)});
  TRY_ASSIGN(auto files, session.query("SELECT id, kind, name, bytes, sha256, at, actor FROM directive_files "
                                       "WHERE directive_id = ? ORDER BY at, id",
                                       {one.id}));
  for (const auto& row : files)
    one.files.push_back({row.text(0), one.id, row.text(1), row.text(2), row.integer(3), row.text(4),
                         from_unix_ms(row.integer(5)), row.text(6)});
  return {};
}

}  // namespace

std::string_view to_string(DirectiveState state) { return kDirectiveStates[static_cast<std::size_t>(state)]; }
std::optional<DirectiveState> directive_state_from(std::string_view text) {
  const auto found = std::ranges::find(kDirectiveStates, text);
  if (found == kDirectiveStates.end()) return std::nullopt;
  return static_cast<DirectiveState>(found - kDirectiveStates.begin());
}

bool is_open(DirectiveState state) {
  return state != DirectiveState::kAnswered && state != DirectiveState::kRejected;
}

std::string directive_sha256(const Directive& one) {
  json::array files;
  for (const auto& file : one.files)
    if (file.kind == "request") files.push_back(json::array{file.name, file.sha256});
  return sha256_hex(json::serialize(
      json::array{one.reference, one.authority, one.legal_basis, one.title, one.scope, one.text,
                  to_unix_ms(one.received_at),
                  one.due_at ? json::value(to_unix_ms(*one.due_at)) : json::value(), std::move(files)}));
}

Result<Directive> load_directive(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows,
             session.query(fmt::format("SELECT {} FROM directives WHERE id = ?", kDirectiveColumns), {id}));
  if (rows.empty()) return refuse(ErrorCode::kNotFound, "directive.gone", {{"id", id.substr(0, 64)}});
  TRY_ASSIGN(auto out, directive_from(rows[0]));
  TRY(fill_directive(session, out));
  return out;
}

Result<Listing<Directive>> list_directives(store::Session& session, const DirectiveQuery& query) {
  const auto most = static_cast<std::int64_t>(std::clamp<std::size_t>(query.limit, 1, 200));
  const auto due = fmt::format("COALESCE(due_at, {})", kNoDueTime);
  std::string where = query.open_only ? "state NOT IN ('answered', 'rejected')" : "1 = 1";
  store::Parameters parameters;
  if (!query.cursor.empty()) {
    TRY_ASSIGN(auto place, parse_list_cursor(query.cursor, 1));
    where += query.by_due ? fmt::format(" AND ({}, id) > (?, ?)", due) : " AND (received_at, id) < (?, ?)";
    parameters = {place.numbers[0], place.id};
  }
  parameters.emplace_back(most + 1);
  const auto order = query.by_due ? due + ", id" : std::string("received_at DESC, id DESC");
  TRY_ASSIGN(auto rows, session.query(fmt::format("SELECT {} FROM directives WHERE {} ORDER BY {} LIMIT ?",
                                                  kDirectiveColumns, where, order),
                                      parameters));
  Listing<Directive> out;
  for (const auto& row : rows) {
    if (static_cast<std::int64_t>(out.items.size()) == most) {
      const auto& last = out.items.back();
      const auto at = !query.by_due ? to_unix_ms(last.received_at)
                      : last.due_at ? to_unix_ms(*last.due_at)
                                    : kNoDueTime;
      out.next_cursor = fmt::format("{}.{}", at, last.id);
      break;
    }
    TRY_ASSIGN(auto one, directive_from(row));
    TRY(fill_directive(session, one));
    out.items.push_back(std::move(one));
  }
  return out;
}

Result<void> insert_directive(store::Session& session, const Directive& one) {
  TRY(session.execute(
      fmt::format("INSERT INTO directives({}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", kDirectiveColumns),
      {one.id, one.revision, one.reference, one.authority, one.legal_basis, one.title, one.scope, one.text,
       to_unix_ms(one.received_at), directive_moment(one.due_at), std::string(to_string(one.state)),
       one.assignee, one.answer, one.outcome, to_unix_ms(one.made_at), one.made_by,
       directive_moment(one.closed_at)}));
  return {};
}

Result<void> save_directive(store::Session& session, Directive& one) {
  ++one.revision;
  TRY(session.execute(
      "UPDATE directives SET revision = ?, reference = ?, authority = ?, legal_basis = ?, title = ?, scope = "
      "?, "
      "body = ?, received_at = ?, due_at = ?, state = ?, assignee = ?, answer = ?, outcome = ?, closed_at = "
      "? "
      "WHERE id = ?",
      {one.revision, one.reference, one.authority, one.legal_basis, one.title, one.scope, one.text,
       to_unix_ms(one.received_at), directive_moment(one.due_at), std::string(to_string(one.state)),
       one.assignee, one.answer, one.outcome, directive_moment(one.closed_at), one.id}));
  TRY(session.execute("DELETE FROM directive_approvals WHERE directive_id = ?", {one.id}));
  for (const auto& approval : one.approvals)
    TRY(session.execute(
        "INSERT INTO directive_approvals(directive_id, approver, at, sha256) VALUES (?,?,?,?)",
        {one.id, approval.by, to_unix_ms(approval.at), approval.sha256}));
  return {};
}

Result<void> insert_directive_file(store::Session& session, const DirectiveFile& file) {
  TRY(session.execute(
      "INSERT INTO directive_files(id, directive_id, kind, name, bytes, sha256, at, actor) VALUES "
      "(?,?,?,?,?,?,?,?)",
      {file.id, file.directive_id, file.kind, file.name, file.bytes, file.sha256, to_unix_ms(file.at),
       file.by}));
  return {};
}

Result<void> add_directive_step(store::Session& session, const std::string& directive_id,
                                const DirectiveStep& step) {
  TRY(
      session.execute("INSERT INTO directive_steps(directive_id, place, at, actor, action, note) SELECT ?, "
                      "COALESCE(MAX(place), "
                      "0) + 1, ?, ?, ?, ? FROM directive_steps WHERE directive_id = ?",
                      {directive_id, to_unix_ms(step.at), step.by, step.action, step.note, directive_id}));
  return {};
}

Result<std::vector<DirectiveStep>> load_directive_steps(store::Session& session, const std::string& id) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT at, actor, action, note FROM directive_steps WHERE directive_id = "
                           "? ORDER BY place LIMIT ?",
                           {id, static_cast<std::int64_t>(DirectiveLimits::kSteps)}));
  std::vector<DirectiveStep> out;
  for (const auto& row : rows)
    out.push_back({from_unix_ms(row.integer(0)), row.text(1), row.text(2), row.text(3)});
  return out;
}

Result<OpenDirectives> count_open_directives(store::Session& session, WallTime now) {
  TRY_ASSIGN(auto rows,
             session.query("SELECT COUNT(*), COALESCE(SUM(CASE WHEN due_at <= ? THEN 1 ELSE 0 END), 0), "
                           "MIN(due_at) FROM directives WHERE state NOT IN ('answered', 'rejected')",
                           {to_unix_ms(now)}));
  return OpenDirectives{rows[0].integer(0), rows[0].integer(1), directive_time(rows[0], 2)};
}

Result<std::vector<DirectiveCount>> count_directives(store::Session& session, WallTime from, WallTime to) {
  std::map<std::pair<std::string, std::string>, DirectiveCount> counts;
  TRY(
      session.stream("SELECT received_at, authority, outcome FROM directives WHERE received_at >= ? AND "
                     "received_at < ?",
                     {to_unix_ms(from), to_unix_ms(to)}, [&](const store::Row& row) {
                       const auto month = to_rfc3339(from_unix_ms(row.integer(0))).substr(0, 7);
                       auto& count = counts[{month, row.text(1)}];
                       count.month = month;
                       count.authority = row.text(1);
                       ++count.received;
                       const auto& outcome = row.text(2);
                       ++(outcome == "carried_out" ? count.carried_out
                          : outcome == "contested" ? count.contested
                          : outcome == "rejected"  ? count.rejected
                                                   : count.open);
                       return true;
                     }));
  std::vector<DirectiveCount> out;
  for (auto& [key, count] : counts) out.push_back(std::move(count));
  return out;
}

}  // namespace vedette::desk
