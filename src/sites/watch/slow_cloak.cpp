// The cloaking look: the page as an ordinary visitor, a search robot, a visitor from a search and a phone.
#include <algorithm>
#include <array>

#include "base/id.h"
#include "base/log.h"
#include "sites/watch/cloak_watch.h"
#include "sites/watch/slow_look.h"

namespace vedette::sites {
namespace {

constexpr std::string_view kRobotAgent =
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
constexpr std::string_view kPhoneAgent =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1";
constexpr std::array kVisitors{Visitor::kUser, Visitor::kUser, Visitor::kRobot, Visitor::kFromSearch,
                               Visitor::kPhone};

net::FetchRequest visit_request(const Site& site, const SiteWatchOptions& options, const InnerHosts* inner,
                                Visitor visitor) {
  auto request = request_for(site, options, inner);
  if (visitor == Visitor::kRobot) request.user_agent = kRobotAgent;
  if (visitor == Visitor::kPhone) request.user_agent = kPhoneAgent;
  if (visitor == Visitor::kFromSearch) request.headers.emplace_back("Referer", "https://www.google.com/");
  return request;
}

std::string_view content_type_of(const net::FetchResult& result) {
  for (const auto& [name, value] : result.headers) {
    if (name == "content-type" || name == "Content-Type") return value;
  }
  return {};
}

}  // namespace

LookEnd SlowLook::cloak(const RecordPtr& record, const Target& target) {
  // A page that alarms, or changes in a window, cannot measure what others should be shown.
  if (target.memory.content != Verdict::kOk || target.memory.suspect) return LookEnd::kNotYet;
  Profile profile;
  {
    std::lock_guard lock(record->mutex);
    if (in_window(*record)) return LookEnd::kNotYet;
    auto borrowed = parts_.profiles.borrow(target.site.id, "page");
    if (!borrowed) return LookEnd::kNotYet;
    profile = *borrowed;
    parts_.profiles.give_back(target.site.id, "page", *std::move(borrowed));
  }
  const auto asset = asset_of(target.site);
  std::vector<net::FetchResult> pages;  // of the last round, by visitor
  auto round = [&]() -> std::optional<CloakRound> {
    std::vector<net::FetchRequest> requests;
    for (auto visitor : kVisitors)
      requests.push_back(visit_request(target.site, *target.options, parts_.inner_hosts, visitor));
    auto results = fetch_all(std::move(requests));
    if (!results) return std::nullopt;
    std::vector<Visit> visits;
    for (std::size_t i = 0; i < kVisitors.size(); ++i) {
      const auto& result = (*results)[i];
      visits.push_back({kVisitors[i], result.failure == net::FetchFailure::kNone, result.status,
                        result.final_url, content_type_of(result), result.body});
    }
    auto seen = see_cloak(visits, profile, target.options->learn_fetches, asset);
    pages = *std::move(results);
    return seen;
  };
  auto first = round();
  if (!first) return LookEnd::kDropped;
  if (!first->usable) return LookEnd::kNotYet;
  if (!first->conditions.empty()) {  // once may be chance: what a second round does not see did not happen
    auto second = round();
    if (!second) return LookEnd::kDropped;
    if (!second->usable) return LookEnd::kNotYet;
    std::erase_if(second->conditions, [&](const Condition& c) {
      return std::ranges::none_of(first->conditions, [&](const Condition& f) { return f.where == c.where; });
    });
    first = std::move(second);
  }
  auto evidence = keep_visits(*first, pages, target.memory.reference_sha256);
  std::lock_guard lock(record->mutex);
  if (stale(*record, target)) return LookEnd::kDropped;
  bool complete =
      first->judged(Visitor::kRobot) && first->judged(Visitor::kFromSearch) && first->judged(Visitor::kPhone);
  record->looks.robot_refused = !first->judged(Visitor::kRobot);
  // A visitor who was refused this time may be the one who is shown another page: nothing is in order yet.
  std::optional<std::vector<Condition>> conditions;
  if (complete || !first->conditions.empty()) conditions = std::move(first->conditions);
  commit(*record, Look::kCloak, {"cloak", cloak_to_json(*first)}, Question::kCloak, std::move(conditions), {},
         std::move(evidence));
  return LookEnd::kDone;
}

// What the other visitors were shown, as evidence of each condition. A file whose finding is no news gets no
// row and goes with the next sweep.
std::vector<StoredSnapshot> SlowLook::keep_visits(CloakRound& round,
                                                  const std::vector<net::FetchResult>& pages,
                                                  const std::string& own_sha256) {
  std::vector<StoredSnapshot> out;
  for (auto& condition : round.conditions) {
    if (!own_sha256.empty()) condition.evidence.push_back({"page", own_sha256, "before"});
    for (std::size_t i = 0; i < pages.size(); ++i) {
      if (kVisitors[i] == Visitor::kUser || agent_of(kVisitors[i]) != condition.where) continue;
      auto kept = parts_.snapshots.put(pages[i].body);
      if (!kept) {
        log::error("sites", "a page shown to another visitor could not be kept",
                   {{"error.message", kept.error().full()}});
        continue;
      }
      condition.evidence.push_back({"visitor_page", kept->sha256, "after"});
      StoredSnapshot row;
      row.snapshot = {new_id(parts_.clock),
                      parts_.clock.wall(),
                      "visitor_page",
                      kept->sha256,
                      kept->bytes,
                      "warn",
                      false};
      row.url = pages[i].final_url;
      row.http_status = pages[i].status;
      row.content_type = std::string(content_type_of(pages[i]));
      row.stored_bytes = kept->stored_bytes;
      out.push_back(std::move(row));
    }
  }
  return out;
}

}  // namespace vedette::sites
