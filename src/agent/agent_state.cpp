// What the heartbeat says of this host: what is in force, what it sees and what it does not.
#include <boost/json.hpp>

#include "agent/agent.h"
#include "base/text/utf8.h"

namespace vedette::agent {
namespace json = boost::json;
namespace {

constexpr std::chrono::seconds kSkewMax{30};
constexpr std::size_t kSightsMax = 16, kRootsMax = 64;

}  // namespace

// On the uplink.
std::vector<Sight> Agent::sights() const {
  auto out = keeper_.view().sights;
  if (identity_.command_key.empty()) out.push_back({"guard", false, {"files.sight.orders.no_key", {}}});
  if (!policy_error_.empty() && !identity_.command_key.empty())
    out.push_back(
        {"guard", false, {"files.sight.policy.refused", {{"detail", policy_error_.substr(0, 500)}}}});
  {
    std::lock_guard lock(roots_mutex_);
    if (roots_) {
      auto status = roots_->status();
      auto count = std::to_string(status.roots.size());
      out.push_back(
          {"webroots",
           true,
           {options_.web_roots.empty() ? "files.sight.webroots.watched" : "files.sight.webroots.given",
            {{"count", count}}}});
      for (const auto& blind : status.blind) out.push_back({"webroots", false, blind});
    } else if (!roots_error_.empty()) {
      out.push_back(
          {"webroots", false, {"files.sight.webroots.failed", {{"detail", roots_error_.substr(0, 500)}}}});
    } else {
      out.push_back({"webroots", true, {"files.sight.webroots.none", {}}});
    }
  }
  if (auto spool = spool_->status()) {
    bool gaps = spool->gaps > 0;
    out.push_back({"spool",
                   !gaps,
                   {gaps ? "files.sight.spool.gaps" : "files.sight.spool.well",
                    {{"count", std::to_string(gaps ? spool->gaps : spool->records)}}}});
  } else {
    out.push_back({"spool", false, {"files.sight.spool.failed", {{"detail", spool.error().message()}}}});
  }
  if (!renewal_error_.empty() && certificate_)
    out.push_back(
        {"guard",
         false,
         {"files.sight.certificate.not_renewed",
          {{"at", to_rfc3339(certificate_->not_after)}, {"detail", renewal_error_.substr(0, 300)}}}});
  std::lock_guard lock(mutex_);
  if (clock_seen_) {
    bool off = std::chrono::abs(skew_) > kSkewMax;
    auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::abs(skew_)).count();
    out.push_back({"clock",
                   !off,
                   {!off                ? "files.sight.clock.right"
                    : skew_.count() > 0 ? "files.sight.clock.behind"
                                        : "files.sight.clock.ahead",
                    {{"seconds", std::to_string(seconds)}}}});
  }
  add_log_sights(out);
  if (out.size() > kSightsMax) out.resize(kSightsMax);
  return out;
}

// On the uplink.
void Agent::add_log_sights(std::vector<Sight>& to) const {
  constexpr std::size_t kBlindMax = 3;  // named one by one
  const auto view = follower_.view();
  if (view.files == 0 && !view.journal && view.blind.empty()) return;
  to.push_back({"logs",
                true,
                {view.journal ? "agent.sight.logs.followed_journal" : "agent.sight.logs.followed",
                 {{"count", std::to_string(view.files)}, {"events", std::to_string(view.events)}}}});
  if (view.gaps > 0)
    to.push_back({"logs", false, {"agent.sight.logs.gaps", {{"count", std::to_string(view.gaps)}}}});
  if (!view.paused.empty())
    to.push_back({"logs", false, {"agent.sight.logs.paused", {{"detail", view.paused.substr(0, 300)}}}});
  if (!logs_error_.empty())
    to.push_back({"logs", false, {"agent.sight.logs.not_taken", {{"detail", logs_error_.substr(0, 300)}}}});
  for (std::size_t i = 0; i < std::min(view.blind.size(), kBlindMax); ++i)
    to.push_back(
        {"logs", false, {"agent.sight.logs.blind", {{"detail", repair_utf8(view.blind[i]).substr(0, 300)}}}});
  if (view.blind.size() > kBlindMax)
    to.push_back(
        {"logs",
         false,
         {"agent.sight.logs.more_blind", {{"count", std::to_string(view.blind.size() - kBlindMax)}}}});
}

json::object Agent::state_json() const {
  auto view = keeper_.view();
  json::array sights, trees, roots;
  for (const auto& sight : this->sights())
    sights.push_back(json::object{{"what", sight.what}, {"ok", sight.ok}, {"text", to_json(sight.text)}});
  for (const auto& tree : view.trees) {
    json::object one{{"path", tree.path},
                     {"file_system", tree.file_system},
                     {"vault_bytes", tree.vault_bytes},
                     {"vault_limit_bytes", tree.vault_bytes_max}};
    for (auto [name, value] :
         {std::pair("opens_per_second", tree.opens_per_second),
          std::pair("answer_p50_us", tree.answer_p50_us), std::pair("answer_p99_us", tree.answer_p99_us)})
      if (value >= 0) one[name] = value;
    trees.push_back(std::move(one));
  }
  {
    std::lock_guard lock(roots_mutex_);
    for (std::size_t i = 0; roots_ && i < std::min(watched_.size(), kRootsMax); ++i)
      roots.emplace_back(watched_[i].path);
  }
  json::object out{{"command_key_known", !identity_.command_key.empty()},
                   {"policy_version", policy_.version},
                   {"mode", mode_name(view.mode)},
                   {"sights", std::move(sights)},
                   {"trees", std::move(trees)},
                   {"web_roots", std::move(roots)}};
  if (auto spool = spool_->status())
    out["spool"] = {{"records", spool->records}, {"bytes", spool->bytes}, {"gaps", spool->gaps}};
  if (certificate_)
    out["certificate"] = {{"sha256", certificate_->sha256},
                          {"not_after", to_rfc3339(certificate_->not_after)}};
  return out;
}

}  // namespace vedette::agent
