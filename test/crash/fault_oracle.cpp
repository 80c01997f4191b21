#include "fault_oracle.h"

#include <algorithm>
#include <boost/json.hpp>

namespace vedette::crash {
namespace {

using std::chrono::milliseconds;

// What a kill repeats: keys that came in a life and in a later one.
void judge_keys(const std::map<std::string, std::map<int, int>>& lives_of_key, Verdict& verdict) {
  std::map<int, std::size_t> repeats;
  for (const auto& [key, lives] : lives_of_key) {
    for (const auto& [life, times] : lives) {
      verdict.twice_in_a_life += times - 1;
      if (life != lives.rbegin()->first) ++repeats[life];
    }
    verdict.repeated += static_cast<int>(lives.size()) - 1;
  }
  for (const auto& [life, count] : repeats) verdict.most_repeats = std::max(verdict.most_repeats, count);
}

}  // namespace

void FaultOracle::hear(const Said& said, std::int64_t life) {
  if (said.what == 'F')
    reported_.emplace(said.name, began_ + (Time(milliseconds(said.at_ms)) - began_) / speed_);
  if (said.what == 'B') in_doubt_.insert(said.name);
  if (said.what == 'A') acknowledged_.emplace(said.name, life);
}

std::chrono::nanoseconds FaultOracle::alive(Time from, Time to) const {
  std::chrono::nanoseconds sum{0};
  for (const auto& [born, died] : lives_)
    sum += std::max(std::chrono::nanoseconds(0), std::min(to, died) - std::max(from, born));
  return sum;
}

FaultOracle::Waits FaultOracle::judge_steps(const Steps& steps, Verdict& verdict) const {
  Waits waits;
  const auto minute = std::chrono::nanoseconds(std::chrono::minutes(1)) / speed_;
  for (const auto& [name, at] : reported_) {
    for (int number = 0; number < kSteps; ++number) {
      auto found = steps.find({name, number});
      if (auto answered = acknowledged_.find(name); answered != acknowledged_.end()) {
        // What was being sent may still arrive, but not in a later life.
        if (found != steps.end() && found->second.last_life > answered->second) ++verdict.after;
        continue;
      }
      if (in_doubt_.contains(name)) continue;
      if (found == steps.end()) {
        ++verdict.missed;
        continue;
      }
      ++verdict.told;
      auto due = at + number * minute;
      auto first = found->second.first;
      waits.emplace_back(due, first);
      verdict.latest = std::max(verdict.latest, std::chrono::duration_cast<milliseconds>(first - due));
      verdict.longest =
          std::max(verdict.longest, std::chrono::duration_cast<milliseconds>(alive(due, first)));
    }
  }
  return waits;
}

Verdict FaultOracle::judge(const std::vector<WebhookSink::Call>& calls) const {
  Steps steps;
  std::map<std::string, std::map<int, int>> lives_of_key;
  for (const auto& call : calls) {
    auto body = boost::json::parse(call.body);
    auto name = std::string(body.at("alert").at("asset").at("name").as_string());
    auto& step = steps[{name, static_cast<int>(body.at("notification").at("step").as_int64())}];
    int life = std::atoi(call.life.c_str());
    step.keys.insert(call.key);
    step.first = std::min(step.first, call.at);
    step.last_life = std::max<std::int64_t>(step.last_life, life);
    ++lives_of_key[call.key][life];
  }
  Verdict verdict;
  for (const auto& [name, step] : steps) verdict.two_keys += step.keys.size() > 1 ? 1 : 0;
  const auto minute = std::chrono::nanoseconds(std::chrono::minutes(1)) / speed_;
  auto waits = judge_steps(steps, verdict);
  for (const auto& [due, told] : waits) {
    auto past = [&](const auto& other) { return other.first >= due + minute && other.second < told; };
    verdict.overtaken = std::max(verdict.overtaken, static_cast<int>(std::ranges::count_if(waits, past)));
  }
  judge_keys(lives_of_key, verdict);
  return verdict;
}

}  // namespace vedette::crash
