// Directives: a due time that comes near is a finding.
#include "desk/directives/directives.h"
#include "desk/own_finding.h"

namespace vedette::desk {
namespace {

constexpr auto kSoon = std::chrono::hours(2);

// Each stage is reported once for one due time.
enum class DueStage { kFar, kHalf, kSoon, kPassed };

DueStage due_stage(const Directive& one, WallTime now) {
  // What was carried out waits for its answer: that is due as well.
  if (!is_open(one.state) || !one.due_at) return DueStage::kFar;
  const auto left = *one.due_at - now;
  if (left <= left.zero()) return DueStage::kPassed;
  if (left <= kSoon) return DueStage::kSoon;
  return left * 2 <= *one.due_at - one.received_at ? DueStage::kHalf : DueStage::kFar;
}

struct DueNotice {
  DueStage stage = DueStage::kFar;
  std::int64_t due = 0;
};

Finding about_directive(const Clock& clock, const std::string& id, const std::string& name,
                        std::int64_t due) {
  auto finding = own_finding(clock, kDirectiveDue);
  finding.asset = {"directive", id, name};
  finding.dedup_key = fmt::format("desk/directive/{}/due/{}", id, due);
  return finding;
}

Finding due_finding(const Clock& clock, const Directive& one, DueStage stage) {
  auto finding = about_directive(clock, one.id, one.reference, to_unix_ms(*one.due_at));
  static constexpr std::array kSeverities{Severity::kInformational, Severity::kMedium, Severity::kHigh,
                                          Severity::kCritical};
  static constexpr std::array<std::string_view, 4> kReasons{"", "half", "soon", "passed"};
  finding.severity = kSeverities[static_cast<std::size_t>(stage)];
  std::map<std::string, std::string> arguments{{"reference", one.reference},
                                               {"authority", one.authority},
                                               {"state", std::string(to_string(one.state))},
                                               {"assignee", one.assignee.empty() ? "–" : one.assignee},
                                               {"due", to_rfc3339(*one.due_at)}};
  finding.title = {"desk.directive_due.title", arguments};
  finding.reason = {fmt::format("desk.directive_due.{}", kReasons[static_cast<std::size_t>(stage)]),
                    arguments};
  finding.next_step = {"desk.directive_due.next_step", std::move(arguments)};
  return finding;
}

Finding due_over(const Clock& clock, const std::string& id, const std::string& name, std::int64_t due) {
  auto finding = about_directive(clock, id, name, due);
  finding.state = FindingState::kResolved;
  finding.title = {"desk.directive_due.over_title", {{"reference", name}}};
  finding.reason = {"desk.directive_due.over", {{"reference", name}}};
  finding.next_step = {"desk.directive_due.over_next_step", {}};
  return finding;
}

}  // namespace

Result<std::size_t> Directives::check_due() {
  std::map<std::string, DueNotice> now_said;
  std::vector<Finding> findings;
  bool changed = false;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    std::map<std::string, DueNotice> said;
    TRY_ASSIGN(auto rows, session.query("SELECT directive_id, stage, due_at FROM directive_notices"));
    for (const auto& row : rows) said[row.text(0)] = {static_cast<DueStage>(row.integer(1)), row.integer(2)};
    DirectiveQuery query{.open_only = true, .by_due = true, .limit = 200};
    const auto now = clock_.wall();
    for (;;) {
      TRY_ASSIGN(auto page, list_directives(session, query));
      for (const auto& one : page.items) {
        const auto stage = due_stage(one, now);
        const auto before = said.extract(one.id);
        const auto due = one.due_at ? to_unix_ms(*one.due_at) : 0;
        const bool same = before && before.mapped().due == due;
        if (before && !same) findings.push_back(due_over(clock_, one.id, one.reference, before.mapped().due));
        // A clock that was set back takes nothing away that was said.
        const auto reached = std::max(stage, same ? before.mapped().stage : DueStage::kFar);
        if (stage != DueStage::kFar && (!same || stage > before.mapped().stage))
          findings.push_back(due_finding(clock_, one, stage));
        if (reached != DueStage::kFar) now_said[one.id] = {reached, due};
      }
      if (page.next_cursor.empty() || !page.items.back().due_at) break;
      query.cursor = page.next_cursor;
    }
    // What is answered, rejected or has no due time any more.
    for (const auto& [id, notice] : said) {
      auto one = load_directive(session, id);
      findings.push_back(due_over(clock_, id, one ? one->reference : id, notice.due));
    }
    changed = !findings.empty();
    return {};
  }));
  if (!changed) return 0;
  TRY(desk_.report_alongside(findings, [&](store::Session& session) -> Result<void> {
    TRY(session.execute("DELETE FROM directive_notices"));
    for (const auto& [id, notice] : now_said)
      TRY(session.execute("INSERT INTO directive_notices(directive_id, stage, due_at) VALUES (?,?,?)",
                          {id, static_cast<std::int64_t>(notice.stage), notice.due}));
    return {};
  }));
  return findings.size();
}

}  // namespace vedette::desk
