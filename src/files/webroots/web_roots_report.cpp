#include <fmt/format.h>

#include <algorithm>

#include "base/id.h"
#include "base/log.h"
#include "files/webroots/difference.h"
#include "files/webroots/web_roots.h"

namespace vedette::files {
namespace {

constexpr std::size_t kHeldMax = 20'000;  // told and stored before more is kept in memory
constexpr std::size_t kExamples = 20;

std::string names_of(const WebRoot& root) {
  std::string out;
  for (const auto& host : root.hosts) {
    if (out.size() + host.size() > 1024) break;
    out += (out.empty() ? "" : " ") + host;
  }
  return out;
}

std::string key(std::string_view kind, std::string_view part) {
  return fmt::format("files.webroot.{}.{}", kind, part);
}

}  // namespace

Finding WebRoots::finding_of(const Outcome& outcome) const {
  const auto& verdict = *outcome.verdict;
  const auto& root = outcome.root->config;
  Finding out;
  out.uid = new_id(clock_);
  out.watch = Watch::kFiles;
  out.kind = verdict.kind;
  out.severity = verdict.severity;
  out.confidence = verdict.confidence;
  out.asset = {"host", options_.host_id, options_.host_name};
  auto arguments = verdict.arguments;
  arguments["path"] = readable(outcome.change.path, 512);
  arguments["root"] = readable(root.path, 512);
  arguments["host"] = options_.host_name;
  arguments["hosts"] = names_of(root);
  out.title = {key(verdict.kind, "title"), arguments};
  out.reason = {key(verdict.kind, "reason"), arguments};
  out.next_step = {key(verdict.kind, "next"), arguments};
  out.where = readable(root.path + "/" + outcome.change.path, 1024);
  out.before = verdict.before;
  out.after = verdict.after;
  out.attack = verdict.attack;
  out.dedup_key = fmt::format("files/{}/webroot{}", options_.host_id, readable(root.path, 512));
  out.observed_at = outcome.change.at;
  return out;
}

Finding WebRoots::finding_of_many(const std::vector<Outcome>& outcomes) const {
  auto worst = std::ranges::max_element(outcomes, {}, [](const Outcome& outcome) {
    return std::pair(outcome.verdict->severity, outcome.verdict->confidence);
  });
  auto out = finding_of(*worst);
  std::map<std::string, std::size_t> kinds;
  for (const auto& outcome : outcomes) ++kinds[outcome.verdict->kind];
  auto arguments = out.title.arguments;
  arguments["count"] = std::to_string(outcomes.size());
  out.kind = "many_changes";
  for (auto* message : {&out.title, &out.reason, &out.next_step}) message->arguments = arguments;
  out.title.key = key("many_changes", "title");
  out.reason.key = key("many_changes", "reason");
  out.next_step.key = key("many_changes", "next");
  out.where = readable(worst->root->config.path, 1024);
  std::string lines;
  for (const auto& [kind, count] : kinds) lines += fmt::format("{}: {}\n", kind, count);
  std::size_t shown = 0;
  for (const auto& outcome : outcomes) {
    if (++shown > kExamples) break;
    lines += fmt::format("{} {}\n", outcome.verdict->kind, readable(outcome.change.path, 150));
  }
  out.before.clear();
  out.after = readable(lines, Finding::kExcerptMax);
  return out;
}

// Reports, then stores. False: the sink would not take them, nothing was stored.
bool WebRoots::report(std::vector<Outcome> outcomes, bool together) {
  std::vector<Finding> findings;
  if (together) {
    std::map<const Root*, std::vector<Outcome>> by_root;
    for (const auto& outcome : outcomes) by_root[outcome.root].push_back(outcome);
    for (const auto& [root, all] : by_root) findings.push_back(finding_of_many(all));
  } else {
    for (const auto& outcome : outcomes)
      if (outcome.verdict) findings.push_back(finding_of(outcome));
  }
  if (!findings.empty()) {
    if (auto reported = sink_.report(findings); !reported) {
      ++report_failures_;
      log::warn("files.webroots", "findings wait", {{"error", reported.error().full()}});
      return false;
    }
    findings_ += findings.size();
  }
  std::vector<Baseline::Update> updates;
  std::vector<WebChange> changes;
  for (auto& outcome : outcomes) {
    if (!outcome.change.what.empty() && outcome.change.quiet != "learning")
      changes.push_back(std::move(outcome.change));
    updates.push_back(std::move(outcome.update));
  }
  if (auto stored = baseline_->store(std::move(updates), std::move(changes)); !stored) {
    log::error("files.webroots", "the baseline cannot be written", {{"error", stored.error().full()}});
    return !findings.empty();  // said already: better twice after a restart than never
  }
  return true;
}

void WebRoots::settle(Outcomes outcomes) {
  if (outcomes.empty()) return;
  std::vector<Outcome> silent, grave, other;
  for (auto& [path, outcome] : outcomes) {
    held_.erase(path);
    auto& into = !outcome.verdict ? silent : outcome.verdict->always ? grave : other;
    into.push_back(std::move(outcome));
  }
  quiet_ += static_cast<std::uint64_t>(std::ranges::count_if(
      silent, [](const Outcome& o) { return o.change.quiet == "deploy" || o.change.quiet == "packages"; }));
  report(std::move(silent), false);
  auto now = clock_.steady();
  auto hold = [&](std::vector<Outcome>& some) {
    if (held_.empty()) held_since_ = now;
    held_last_ = now;
    for (auto& outcome : some) {
      auto path = outcome.root->resolved + "/" + outcome.change.path;
      held_[path] = std::move(outcome);
    }
  };
  auto say = [&](std::vector<Outcome>& some) {
    if (some.empty()) return;
    if (some.size() > options_.individual_max || !report(some, false)) hold(some);
  };
  if (grave.size() > options_.individual_max) {
    // The first of a flood are told at once, the rest with the burst.
    std::vector<Outcome> first(std::make_move_iterator(grave.begin()),
                               std::make_move_iterator(grave.begin() + 4));
    grave.erase(grave.begin(), grave.begin() + 4);
    say(first);
    hold(grave);
  } else {
    say(grave);
  }
  if (!held_.empty() && !other.empty()) {
    hold(other);
  } else {
    say(other);
  }
  held_count_ = held_.size();
  if (held_.size() >= kHeldMax) tell_held(true);
}

void WebRoots::tell_held(bool now) {
  if (held_.empty()) return;
  auto time = clock_.steady();
  bool over = time - held_last_ >= options_.burst_calm || time - held_since_ >= options_.burst_max;
  if (!now && (!over || time < report_again_)) return;
  std::vector<Outcome> all;
  for (const auto& [path, outcome] : held_) all.push_back(outcome);
  if (report(all, all.size() > options_.individual_max)) {
    held_.clear();
  } else {
    report_again_ = time + std::chrono::seconds(1);
  }
  held_count_ = held_.size();
}

void WebRoots::tell_overflow() {
  Finding out;
  out.uid = new_id(clock_);
  out.watch = Watch::kFiles;
  out.kind = "webroot_events_lost";
  out.severity = Severity::kLow;
  out.confidence = 100;
  out.asset = {"host", options_.host_id, options_.host_name};
  std::map<std::string, std::string> arguments{{"host", options_.host_name},
                                               {"count", std::to_string(overflows_.load())}};
  out.title = {key("events_lost", "title"), arguments};
  out.reason = {key("events_lost", "reason"), arguments};
  out.next_step = {key("events_lost", "next"), arguments};
  out.dedup_key = fmt::format("files/{}/webroots/events", options_.host_id);
  out.observed_at = clock_.wall();
  if (sink_.report({out})) {
    ++findings_;
  } else {
    overflowed_ = true;  // again at the next turn
  }
}

}  // namespace vedette::files
