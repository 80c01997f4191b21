// /log-sources: what the log watch is sent.
#include "server/api/api.h"
#include "server/logs/log_service.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

Schema source_shape() {
  return object({required("id", text(500)), required("name", text(200)), required("dataset", text(200)),
                 required("events", count()), required("unparsed", count()), required("cut", count()),
                 required("hits", count()), required("first_at", time()), required("last_at", time()),
                 required("untimed", count()), required("times_ahead", count()),
                 required("times_old", count()), required("late", count()), required("silent", boolean()),
                 required("lag_ms", nullable(number())),
                 required("per_minute", list(count(), logs::SenderRate::kMinutes)),
                 required("samples", list(text(2000)))});
}

json::object source_json(const logs::LogWatch::SenderStatus& one, WallTime now,
                         std::chrono::seconds silent_after) {
  json::array per_minute;
  for (auto events : one.rate.last_minutes(now)) per_minute.push_back(events);
  return {{"id", one.sender.id},
          {"name", one.sender.name},
          {"dataset", one.sender.dataset},
          {"events", one.events},
          {"unparsed", one.unparsed},
          {"cut", one.cut},
          {"hits", one.hits},
          {"untimed", one.untimed},
          {"times_ahead", one.times_ahead},
          {"times_old", one.times_old},
          {"late", one.late},
          {"first_at", to_rfc3339(one.first_at)},
          {"last_at", to_rfc3339(one.last_at)},
          {"silent", now - one.last_at > silent_after},
          {"lag_ms", one.lag ? json::value(one.lag->count()) : json::value()},
          {"per_minute", std::move(per_minute)},
          {"samples", text_list(one.samples)}};
}

}  // namespace

std::vector<Operation> log_operations(Api& api) {
  return {
      {.method = net::Method::kGet,
       .path = "/log-sources",
       .id = "listLogSources",
       .tag = "logs",
       .summary = "Who sends events since the server started, how many a minute in the last hour, how late, "
                  "what could not be read, whose clocks are wrong, and what was dropped",
       .response = object({required("items", list(source_shape(), logs::LogWatch::kSendersMax)),
                           required("silent_after_s", count()), required("events", count()),
                           required("udp_dropped", count()), required("refused_batches", count()),
                           required("failed_batches", count()), required("queued_bytes", count())}),
       .handler = [&api](const Call&) -> Result<net::Response> {
         if (!api.logs) return std::unexpected(takes_no_logs());
         const auto status = api.logs->watch().status();
         const auto now = api.clock.wall();
         json::array items;
         for (const auto& one : status.senders)
           items.push_back(source_json(one, now, api.logs->silent_after()));
         return json_response(200, json::object{{"items", std::move(items)},
                                                {"silent_after_s", api.logs->silent_after().count()},
                                                {"events", status.events},
                                                {"udp_dropped", api.logs->syslog().udp_dropped},
                                                {"refused_batches", status.refused},
                                                {"failed_batches", status.failed},
                                                {"queued_bytes", status.queued_bytes}});
       }},
  };
}

}  // namespace vedette::server
