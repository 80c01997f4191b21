#include "server/api/health.h"

#include <fmt/format.h>

#include "server/api/api.h"
#include "server/api/shapes.h"
#include "server/api/site_json.h"
#include "server/logs/log_service.h"
#include "server/server_life.h"

namespace vedette::server {
namespace json = boost::json;

namespace {

constexpr std::int64_t kOutboxLateSeconds = 300;
constexpr auto kKept = std::chrono::seconds(5);
constexpr auto kScheduleLate = std::chrono::seconds(120);

// Sites whose check is due for longer than kScheduleLate. Reads one page at a time; the list is bounded by
// the store.
Result<std::size_t> late_sites(const Api& api) {
  std::size_t late = 0;
  sites::SiteWatch::Query query;
  query.page.limit = 500;
  auto now = api.clock.wall();
  if (now - api.started_at < kScheduleLate) return late;  // after a long stop everything is due at once
  constexpr int kPagesMax = 200;
  for (int page = 0; page < kPagesMax; ++page) {
    TRY_ASSIGN(auto listing, api.sites.list(query));
    for (const auto& site : listing.items) {
      if (site.config.enabled && site.next_check_at && now - *site.next_check_at > kScheduleLate) ++late;
    }
    if (listing.next_cursor.empty()) break;
    query.page.cursor = listing.next_cursor;
  }
  return late;
}

std::vector<std::string> look(const Api& api) {
  std::vector<std::string> out;
  auto written = note_life(api.database, api.clock.wall());
  if (!written) out.push_back("the store takes no writes: " + written.error().message());
  auto desk = api.desk.status();
  if (!desk) {
    out.push_back("the desk does not answer: " + desk.error().message());
  } else if (desk->outbox_oldest_s > kOutboxLateSeconds) {
    out.push_back(fmt::format("the oldest notification has waited for {} s", desk->outbox_oldest_s));
  }
  auto late = late_sites(api);
  if (!late) out.push_back("the site watch does not answer: " + late.error().message());
  if (late && *late > 0) out.push_back(fmt::format("{} sites are not checked on time", *late));
  return out;
}

json::object log_watch_json(LogService* logs, Language language) {
  json::array sights;
  std::size_t bad = 0;
  if (logs)
    for (const auto& sight : logs->sights()) {
      bad += !sight.ok;
      sights.push_back(json::object{{"what", render(sight.what, language)},
                                    {"ok", sight.ok},
                                    {"reason", render(sight.reason, language)}});
    }
  return {{"watch", "logs"},
          {"state", !logs     ? "off"
                    : bad > 0 ? "degraded"
                              : "ok"},
          {"sights", std::move(sights)}};
}

json::object health_json(Api& api, Language language) {
  auto sights = api.sites.sights();
  auto bad = std::ranges::count(sights, false, &sites::Sight::ok);
  json::array watches;
  watches.push_back(json::object{{"watch", "sites"},
                                 {"state", bad == 0                                         ? "ok"
                                           : static_cast<std::size_t>(bad) == sights.size() ? "blind"
                                                                                            : "degraded"},
                                 {"sights", sights_json(sights, language)}});
  watches.push_back(log_watch_json(api.logs, language));
  json::array queues;
  for (const auto& queue : api.sites.queues()) {
    queues.push_back(json::object{{"name", queue.name},
                                  {"depth", queue.depth},
                                  {"capacity", queue.capacity},
                                  {"dropped", queue.dropped}});
  }
  auto store = api.database.status();
  queues.push_back(json::object{{"name", "store writes"},
                                {"depth", store.queue_depth},
                                {"capacity", store.queue_capacity},
                                {"dropped", 0}});
  json::array stores{json::object{{"name", "state"},
                                  {"size_bytes", store.size_bytes},
                                  {"commits", store.commits},
                                  {"queue_depth", store.queue_depth}}};
  if (api.logs) {
    const auto events = api.logs->events().status();
    stores.push_back(json::object{{"name", "events"},
                                  {"size_bytes", events.open_bytes + events.sealed_bytes},
                                  {"commits", events.commits},
                                  {"queue_depth", events.queued_events}});
  }
  auto desk = api.desk.status().value_or(desk::Desk::Status{});
  json::array problems;
  for (const auto& problem : api.ailments->get(api)) problems.emplace_back(problem);
  return {{"version", api.version},
          {"problems", std::move(problems)},
          {"started_at", to_rfc3339(api.started_at)},
          {"now", to_rfc3339(api.clock.wall())},
          {"watches", std::move(watches)},
          {"queues", std::move(queues)},
          {"stores", std::move(stores)},
          {"desk", json::object{{"outbox_pending", desk.outbox_pending},
                                {"outbox_oldest_s", desk.outbox_oldest_s},
                                {"open_alerts", desk.open_alerts},
                                {"channels_failing", desk.channels_failing}}}};
}

}  // namespace

std::vector<std::string> Ailments::get(const Api& api) {
  std::lock_guard lock(mutex_);
  auto now = api.clock.steady();
  if (!at_ || now - *at_ >= kKept) {
    known_ = look(api);
    at_ = api.clock.steady();
  }
  return known_;
}

std::vector<Operation> health_operations(Api& api) {
  return {
      {.method = net::Method::kGet,
       .path = "/health/detail",
       .id = "healthDetail",
       .tag = "health",
       .summary = "What each watch can and cannot see now, queues, stores, desk",
       .on_wall = true,
       .response = shape::reference("Health"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         return json_response(200, health_json(api, call.language));
       }},
  };
}

}  // namespace vedette::server
