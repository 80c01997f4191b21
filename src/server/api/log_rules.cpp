// /log-rules: what the log watch looks for, what each rule found and took, and switching one off for a while.
#include <charconv>

#include "model/refusal.h"
#include "server/api/api.h"
#include "server/api/log_rule_json.h"
#include "server/logs/attack.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

constexpr std::size_t kListMax = 20'000;
constexpr std::int64_t kTrialBytesMax = 64 * 1024;
constexpr std::int64_t kDaysMax = 400;

Result<std::size_t> number_of(const logs::RuleSnapshot& rules, const std::string& id) {
  auto found = rules.numbers.find(id);
  if (found == rules.numbers.end()) return refuse(ErrorCode::kNotFound, "logs.no_rule");
  return found->second;
}

// What the event store knows of the last days; correlations store no event, so theirs are of this server's
// life.
Result<std::vector<store::RuleHits>> hits_of_days(Api& api, const Call& call) {
  std::int64_t days = 7;
  if (auto given = call.query("days"); !given.empty())
    std::from_chars(given.data(), given.data() + given.size(), days);
  const auto now = api.clock.wall();
  const auto from = now - std::chrono::hours(24 * days);
  TRY_ASSIGN(auto out, api.logs->events().rule_hits(from, now));
  const auto rules = api.logs->watch().rules();
  const auto status = api.logs->watch().status();
  for (std::size_t i = rules->set.rules.size(); i < rules->facts.size(); ++i) {
    auto known = status.rules.find(rules->facts[i].id);
    if (known != status.rules.end() && known->second.hits > 0 && known->second.last_at >= from)
      out.push_back({known->first, known->second.hits, known->second.last_at});
  }
  return out;
}

Result<net::Response> list_rules(Api& api, const Call& call) {
  const LogRulesNow now(*api.logs);
  json::array items, refused;
  for (std::size_t i = 0; i < std::min(now.rules->facts.size(), kListMax); ++i)
    items.push_back(now.rule_json(i, call.language));
  for (const auto& one : now.rules->set.refused) {
    if (refused.size() >= kListMax) break;
    refused.push_back(json::object{{"file", one.file}, {"line", one.line}, {"reason", one.reason}});
  }
  return json_response(200, json::object{{"items", std::move(items)}, {"refused", std::move(refused)}});
}

Result<net::Response> switch_off(Api& api, const Call& call) {
  const auto rules = api.logs->watch().rules();
  TRY_ASSIGN(auto number, number_of(*rules, call.parameter("id")));
  TRY_ASSIGN(auto until, parse_rfc3339(*call.text("until")));
  const auto& rule = rules->facts[number];
  TRY_ASSIGN(auto off, api.logs->rule_switch().off(
                           {rule.id, rule.title, *call.text("reason"), call.who.name, {}, until}));
  return json_response(200, rule_off_json(off));
}

Result<net::Response> coverage(Api& api, const Call& call) {
  TRY_ASSIGN(auto hits, hits_of_days(api, call));
  const LogRulesNow now(*api.logs);
  std::map<std::string, AttackCount> counts;
  std::map<std::string, std::uint64_t> events;
  for (const auto& one : hits) events[one.rule] += one.events;
  for (std::size_t i = 0; i < now.rules->facts.size(); ++i) {
    const auto& rule = now.rules->facts[i];
    // What only correlations count (a log-in) is no technique seen.
    if (!rule.reported) continue;
    auto found = events.find(rule.id);
    for (const auto& technique : rule.attack) {
      auto& count = counts[technique];
      ++count.rules;
      if (now.off.contains(rule.id))
        ++count.off;
      else if (now.blind[i].why != logs::sigma::Blind::Why::kNo)
        ++count.blind;
      if (found != events.end()) count.hits += found->second;
    }
  }
  return json_response(200, attack_coverage_json(counts));
}

}  // namespace

std::vector<Operation> log_rule_operations(Api& api) {
  using enum net::Method;
  auto with_logs = [&api](auto work) {
    return [&api, work](const Call& call) -> Result<net::Response> {
      if (!api.logs) return std::unexpected(takes_no_logs());
      return work(api, call);
    };
  };
  const std::vector<QueryParameter> days{
      {"days", integer(1, kDaysMax), "Of so many days until now; 7 if not given"}};
  return {
      {.method = kGet,
       .path = "/log-rules",
       .id = "listLogRules",
       .tag = "logs",
       .summary =
           "The detection rules in force: what each matched and took since the server started, whether "
           "it can match at all, whether it is switched off; and those that could not be loaded",
       .response =
           object({required("items", list(log_rule_shape(), kListMax)),
                   required("refused", list(object({required("file", text(4096)), required("line", count()),
                                                    required("reason", text(2000))}),
                                            kListMax))}),
       .handler = with_logs(list_rules)},
      {.method = kGet,
       .path = "/log-rules/hits",
       .id = "countLogRuleHits",
       .tag = "logs",
       .summary = "How many stored events each rule matched, and when last; of correlations since the server "
                  "started",
       .query = days,
       .response =
           object({required("items", list(object({required("rule", text(200)), required("events", count()),
                                                  required("last_at", time())}),
                                          kListMax))}),
       .handler = with_logs([](Api& given, const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto hits, hits_of_days(given, call));
         json::array items;
         for (const auto& one : hits)
           items.push_back(
               json::object{{"rule", one.rule}, {"events", one.events}, {"last_at", to_rfc3339(one.last)}});
         return json_response(200, json::object{{"items", std::move(items)}});
       })},
      {.method = kGet,
       .path = "/log-rules/attack",
       .id = "attackCoverage",
       .tag = "logs",
       .summary = "MITRE ATT&CK: which techniques the rules in force look for, and how often they were seen",
       .query = days,
       .response = attack_coverage_shape(),
       .handler = with_logs(coverage)},
      {.method = kGet,
       .path = "/log-rules/{id}",
       .id = "getLogRule",
       .tag = "logs",
       .summary = "One rule with what it says of itself",
       .response = log_rule_detail_shape(),
       .handler = with_logs([](Api& given, const Call& call) -> Result<net::Response> {
         const LogRulesNow now(*given.logs);
         TRY_ASSIGN(auto number, number_of(*now.rules, call.parameter("id")));
         return json_response(200, now.detail_json(number, call.language));
       })},
      {.method = kPost,
       .path = "/log-rules/{id}/test",
       .id = "testLogRule",
       .tag = "logs",
       .summary = "Try one event, a JSON object or a line, on a rule: which predicate holds and which does "
                  "not; nothing is stored",
       .role = Role::kAnalyst,
       .only_reads = true,
       .request = object({required("event", text(kTrialBytesMax, 1))}),
       .response = rule_trial_shape(),
       .body_bytes_max = 4 * kTrialBytesMax,
       .handler = with_logs([](Api& given, const Call& call) -> Result<net::Response> {
         const auto rules = given.logs->watch().rules();
         TRY(number_of(*rules, call.parameter("id")));
         TRY_ASSIGN(auto trial, logs::try_rule(*rules, call.parameter("id"), *call.text("event"),
                                               given.logs->watch().reading()));
         return json_response(200, rule_trial_json(trial, call.language));
       })},
      {.method = kPut,
       .path = "/log-rules/{id}/off",
       .id = "switchLogRuleOff",
       .tag = "logs",
       .summary = "Switch a rule off until a time; what it would have found meanwhile is only counted",
       .role = Role::kLead,
       .request =
           object({required("reason", text(RuleSwitch::kReasonBytesMax, 1)), required("until", time())}),
       .response = rule_off_shape(),
       .handler = with_logs(switch_off)},
      {.method = kDelete,
       .path = "/log-rules/{id}/off",
       .id = "switchLogRuleOn",
       .tag = "logs",
       .summary = "Switch a rule on again",
       .role = Role::kLead,
       .success = 204,
       .handler = with_logs([](Api& given, const Call& call) -> Result<net::Response> {
         TRY(given.logs->rule_switch().on(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       })},
  };
}

}  // namespace vedette::server
