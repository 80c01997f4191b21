#include "logs/watch/match_reports.h"

#include "base/hash.h"
#include "base/id.h"

namespace vedette::logs {
namespace {

const std::string& id_of(const LogHit& hit) { return hit.advisory ? hit.advisory->id : hit.rule->id; }

Finding log_finding(const LogHit& hit, const Clock& clock) {
  Finding out;
  out.uid = new_id(clock);
  out.watch = Watch::kLogs;
  const auto& host = hit.host.empty() ? hit.source : hit.host;
  out.asset = {"host", host, host};
  out.where = fmt::format("event {} of {}", hit.event_id, hit.source);
  out.after = hit.excerpt;
  out.dedup_key =
      fmt::format("logs/{}/{}", id_of(hit), sha256_hex(hit.host + '\n' + hit.actor).substr(0, 16));
  out.observed_at = hit.time;
  return out;
}

std::map<std::string, std::string> advisory_words(const LogHit& hit, std::uint64_t count) {
  return {{"advisory", hit.advisory->title},
          {"reference", hit.advisory->reference},
          {"authority", hit.advisory->authority},
          {"host", hit.host.empty() ? hit.source : hit.host},
          {"indicator", hit.actor},
          {"count", std::to_string(count)}};
}

Finding advisory_finding(const LogHit& hit, const std::string& reason,
                         std::map<std::string, std::string> arguments, const Clock& clock) {
  auto out = log_finding(hit, clock);
  out.kind = "advisory_match";
  out.severity = hit.advisory->severity;
  // What is listed was met; whether it did harm is not known yet.
  out.confidence = 80;
  out.title = {"logs.advisory_match.title", arguments};
  out.reason = {"logs.advisory_match." + reason, arguments};
  out.next_step = {"logs.advisory_match.next", std::move(arguments)};
  return out;
}

}  // namespace

Finding looked_back(const LogHit& hit, std::uint64_t count, WallTime from, const Clock& clock) {
  auto arguments = advisory_words(hit, count);
  arguments["from"] = to_rfc3339(from);
  arguments["last"] = to_rfc3339(hit.time);
  return advisory_finding(hit, "before", std::move(arguments), clock);
}

std::optional<Finding> MatchReports::hit(const LogHit& hit, const Clock& clock) {
  Key key{id_of(hit), hit.host, hit.actor};
  if (told_.size() >= kKeysMax && !told_.contains(key)) {
    ++joined_;
    key.actor = "…";
  }
  const auto now = clock.steady();
  auto [at, fresh] = told_.try_emplace(key);
  auto& told = at->second;
  if (!fresh && now - told.at < repeat_after_) {
    ++told.since;
    told.last = hit;
    return std::nullopt;
  }
  const auto count = told.since + 1;
  told.at = now;
  told.since = 0;
  return finding_of(hit, count, clock);
}

std::vector<Finding> MatchReports::due(const Clock& clock) {
  std::vector<Finding> out;
  const auto now = clock.steady();
  for (auto at = told_.begin(); at != told_.end();) {
    auto& told = at->second;
    if (now - told.at < repeat_after_) {
      ++at;
      continue;
    }
    if (told.since == 0) {
      at = told_.erase(at);
      continue;
    }
    out.push_back(finding_of(told.last, told.since, clock));
    told.at = now;
    told.since = 0;
    ++at;
  }
  return out;
}

Finding MatchReports::finding_of(const LogHit& hit, std::uint64_t count, const Clock& clock) {
  if (hit.advisory)
    return advisory_finding(hit, count > 1 ? "again" : "reason", advisory_words(hit, count), clock);
  auto out = log_finding(hit, clock);
  out.kind = "rule_match";
  out.severity = hit.rule->severity;
  // A rule says what is written in the log, not that it was an attack.
  out.confidence = 70;
  const auto& host = out.asset.name;
  std::map<std::string, std::string> arguments{
      {"rule", hit.rule->title},
      {"rule_vi", hit.rule->title_vi},
      {"description", hit.rule->description},
      {"description_vi", hit.rule->description_vi},
      {"next", hit.rule->next_en},
      {"next_vi", hit.rule->next_vi},
      {"host", host},
      {"actor", hit.actor.empty() ? "–" : hit.actor},
      {"count", std::to_string(count)},
      {"file", fmt::format("{}:{}", hit.rule->file, hit.rule->line)}};
  out.title = {"logs.rule_match.title", arguments};
  out.reason = {count > 1 ? "logs.rule_match.reason_again" : "logs.rule_match.reason", arguments};
  out.next_step = {hit.rule->next_en.empty() ? "logs.rule_match.next" : "logs.rule_match.next_own",
                   std::move(arguments)};
  out.attack = hit.rule->attack;
  return out;
}

}  // namespace vedette::logs
