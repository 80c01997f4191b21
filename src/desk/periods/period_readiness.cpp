// Periods: the checklist, and a period that begins with items open.
#include <boost/json.hpp>

#include "base/log.h"
#include "desk/own_finding.h"
#include "desk/periods/period_store.h"
#include "desk/periods/periods.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

Finding unready_finding(const Clock& clock, const std::string& id, const std::string& name,
                        std::size_t open) {
  auto finding = own_finding(clock, kPeriodUnready);
  finding.state = open == 0 ? FindingState::kResolved : FindingState::kPresent;
  finding.severity = open == 0 ? Severity::kInformational : Severity::kHigh;
  finding.asset = {"period", id, name};
  std::map<std::string, std::string> arguments = {{"period", name}, {"open", std::to_string(open)}};
  finding.title = {"desk.period_unready.title", arguments};
  finding.reason = {open == 0 ? "desk.period_unready.resolved" : "desk.period_unready.reason", arguments};
  finding.next_step = {"desk.period_unready.next_step", arguments};
  finding.dedup_key = fmt::format("desk/period/{}/readiness", id);
  return finding;
}

}  // namespace

Result<std::vector<Periods::Readiness>> Periods::checklist(const std::string& id) {
  std::vector<Readiness> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_period(session, id));
    TRY_ASSIGN(auto ticks, load_ticks(session, id));
    for (const auto& item : period_checklist()) {
      auto tick = ticks.find(item.id);
      out.push_back({&item, tick == ticks.end() ? std::nullopt : std::optional(tick->second)});
    }
    return {};
  }));
  return out;
}

Result<void> Periods::tick(const std::string& id, const std::string& item, bool done, const std::string& note,
                           const std::string& by) {
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(load_period(session, id));
    auto changed =
        done ? tick_item(session, id, item, {by, note, clock_.wall()}) : untick_item(session, id, item);
    if (!changed) return changed;
    return append_audit(session, clock_.wall(), by, done ? "period.ticked" : "period.unticked",
                        "period/" + id, json::serialize(json::object{{"item", item}, {"note", note}}));
  }));
  if (auto checked = check_readiness(); !checked)
    log::warn("desk", "the watch periods could not be checked", {{"error.message", checked.error().full()}});
  return {};
}

Result<std::size_t> Periods::open_items(const std::string& id) {
  std::size_t open = 0;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(open, open_items_of(session, id));
    return {};
  }));
  return open;
}

Result<std::size_t> Periods::check_readiness() {
  std::map<std::string, std::string> reported;                      // id, name
  std::map<std::string, std::pair<std::string, std::size_t>> open;  // id, name and items
  const auto now = clock_.wall();
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query("SELECT period_id, period_name FROM period_unready"));
    for (const auto& row : rows) reported[row.text(0)] = row.text(1);
    TRY_ASSIGN(auto periods, load_periods(session, now));
    for (const auto& one : periods) {
      if (state_of(one, now) != PeriodState::kRunning) continue;
      TRY_ASSIGN(auto items, open_items_of(session, one.id));
      if (items > 0) open[one.id] = {one.name, items};
    }
    return {};
  }));
  std::vector<Finding> findings;
  for (const auto& [id, of] : open) {
    if (!reported.contains(id)) findings.push_back(unready_finding(clock_, id, of.first, of.second));
  }
  for (const auto& [id, name] : reported) {
    if (!open.contains(id)) findings.push_back(unready_finding(clock_, id, name, 0));
  }
  if (findings.empty()) return 0;
  TRY(desk_.report_alongside(findings, [&](store::Session& session) -> Result<void> {
    TRY(session.execute("DELETE FROM period_unready"));
    for (const auto& [id, of] : open)
      TRY(session.execute("INSERT INTO period_unready(period_id, period_name) VALUES (?,?)", {id, of.first}));
    return {};
  }));
  return findings.size();
}

}  // namespace vedette::desk
