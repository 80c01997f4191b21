#include "desk/performance.h"

#include <map>

#include "desk/alert_store.h"
#include "desk/escalation/auditor.h"

namespace vedette::desk {
namespace {

struct Times {
  AnswerTimes answers;
  std::vector<std::int64_t> acknowledge, close;
};

Result<void> read_answers(store::Session& session, std::int64_t from, std::int64_t to, Performance& out) {
  std::map<std::int64_t, Times> by_severity;
  TRY(
      session.stream("SELECT severity, raised_at, acknowledged_at, closed_at FROM alerts "
                     "WHERE raised_at >= ? AND raised_at < ? AND merged_into IS NULL",
                     {from, to}, [&](const store::Row& row) {
                       auto& one = by_severity[row.integer(0)];
                       auto raised = row.integer(1);
                       auto closed = row.integer_or(3, -1);
                       auto acknowledged = row.integer_or(2, -1);
                       // Graver since: the answer was to the cycle before.
                       if (acknowledged < raised) acknowledged = closed;
                       ++one.answers.alerts;
                       if (acknowledged >= raised)
                         one.acknowledge.push_back(acknowledged - raised);
                       else
                         ++one.answers.unanswered;
                       if (closed >= raised)
                         one.close.push_back(closed - raised);
                       else
                         ++one.answers.open;
                       return true;
                     }));
  for (auto it = by_severity.rbegin(); it != by_severity.rend(); ++it) {
    auto& [severity, times] = *it;
    times.answers.severity = static_cast<Severity>(severity);
    times.answers.acknowledge = spread_of(std::move(times.acknowledge));
    times.answers.close = spread_of(std::move(times.close));
    out.answers.push_back(times.answers);
  }
  return {};
}

// "logs/<rule>/<actor>": the key a rule's findings share.
std::string rule_of(const std::string& watch, const std::string& dedup_key) {
  constexpr std::string_view kPrefix = "logs/";
  if (watch != "logs" || !dedup_key.starts_with(kPrefix)) return {};
  auto end = dedup_key.find('/', kPrefix.size());
  return end == std::string::npos ? std::string() : dedup_key.substr(kPrefix.size(), end - kPrefix.size());
}

Result<void> read_false_alarms(store::Session& session, std::int64_t from, std::int64_t to,
                               Performance& out) {
  struct Sum {
    std::int64_t closed = 0, false_positive = 0;
    std::string title;
  };
  using Key = std::tuple<std::string, std::string, std::string>;
  std::map<Key, Sum> sums;
  TRY(
      session.stream("SELECT watch, kind, dedup_key, resolution, title FROM alerts "
                     "WHERE state = 'closed' AND merged_into IS NULL AND closed_at >= ? AND closed_at < ? "
                     "ORDER BY closed_at",
                     {from, to}, [&](const store::Row& row) {
                       auto rule = rule_of(row.text(0), row.text(2));
                       auto& sum = sums[{row.text(0), row.text(1), std::move(rule)}];
                       ++sum.closed;
                       if (row.text(3) == to_string(Resolution::kFalsePositive)) ++sum.false_positive;
                       sum.title = row.text(4);
                       return true;
                     }));
  for (auto& [key, sum] : sums) {
    const auto& [watch, kind, rule] = key;
    auto known = watch_from(watch);
    if (!known) return fail(ErrorCode::kCorrupt, "an alert of a watch that is unknown");
    TRY_ASSIGN(auto title, message_of(sum.title));
    out.false_alarms.push_back({*known, kind, rule, std::move(title), sum.closed, sum.false_positive});
  }
  std::ranges::stable_sort(out.false_alarms, std::ranges::greater(), &FalseAlarms::closed);
  if (out.false_alarms.size() > kFalseAlarmsShown) out.false_alarms.resize(kFalseAlarmsShown);
  return {};
}

}  // namespace

Spread spread_of(std::vector<std::int64_t> values) {
  Spread out;
  if (values.empty()) return out;
  std::ranges::sort(values);
  out.count = static_cast<std::int64_t>(values.size());
  auto rank = [&](std::size_t percent) {
    auto at = (values.size() * percent + 99) / 100;  // rounded up, from 1
    return values[std::max<std::size_t>(at, 1) - 1];
  };
  out.p50 = rank(50);
  out.p95 = rank(95);
  out.p99 = rank(99);
  double sum = 0;
  for (auto value : values) sum += static_cast<double>(value);
  out.mean = static_cast<std::int64_t>(sum / static_cast<double>(values.size()));
  return out;
}

Result<Performance> performance(store::Database& database, WallTime from, WallTime to) {
  Performance out;
  auto begin = to_unix_ms(from), end = to_unix_ms(to);
  TRY(database.read([&](store::Session& session) -> Result<void> {
    TRY(read_answers(session, begin, end, out));
    TRY(read_false_alarms(session, begin, end, out));
    TRY_ASSIGN(auto rows, session.query("SELECT COUNT(*) FROM findings f JOIN alerts a ON a.id = f.alert_id "
                                        "WHERE a.kind = ? AND f.observed_at >= ? AND f.observed_at < ? AND "
                                        "json_extract(f.body, '$.state') = 'present'",
                                        {std::string(kEscalationMissed), begin, end}));
    out.missed_escalations = rows[0].integer(0);
    return {};
  }));
  return out;
}

}  // namespace vedette::desk
