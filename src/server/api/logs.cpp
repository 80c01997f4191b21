// /log-sources: what the log watch is sent.
#include "server/api/api.h"
#include "server/logs/log_service.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

Schema habit_shape() {
  return object(
      {required("hours", count()), required("usual", nullable(count())),
       required("lowest", nullable(count())), required("highest", nullable(count())),
       required("last_hour", nullable(count())), required("rate", one_of({"usual", "less", "more"})),
       required("unread", one_of({"usual", "more"})), required("kinds", one_of({"usual", "more"}))});
}

std::string_view departure_text(logs::Departure departure) {
  return departure == logs::Departure::kNone    ? "usual"
         : departure == logs::Departure::kBelow ? "less"
                                                : "more";
}

json::value habit_json(const SourceHabits::View* habit) {
  if (habit == nullptr) return nullptr;
  const auto of_usual = [&](std::uint32_t logs::Usual::* number) {
    return habit->usual ? json::value((*habit->usual).*number) : json::value();
  };
  return json::object{{"hours", habit->hours},
                      {"usual", of_usual(&logs::Usual::median)},
                      {"lowest", of_usual(&logs::Usual::lowest)},
                      {"highest", of_usual(&logs::Usual::highest)},
                      {"last_hour", habit->last_hour ? json::value(*habit->last_hour) : json::value()},
                      {"rate", departure_text(habit->rate)},
                      {"unread", departure_text(habit->unread)},
                      {"kinds", departure_text(habit->kinds)}};
}

Schema source_shape() {
  return object({required("id", text(500)), required("name", text(200)), required("dataset", text(200)),
                 required("events", count()), required("unparsed", count()), required("cut", count()),
                 required("hits", count()), required("first_at", time()), required("last_at", time()),
                 required("untimed", count()), required("times_ahead", count()),
                 required("times_old", count()), required("late", count()), required("silent", boolean()),
                 required("lag_ms", nullable(number())), required("remembered", boolean()),
                 required("habit", nullable(habit_shape())),
                 required("per_minute", list(count(), logs::SenderRate::kMinutes)),
                 required("samples", list(text(2000)))});
}

json::object source_json(const logs::LogWatch::SenderStatus& one, WallTime now,
                         std::chrono::seconds silent_after, const SourceHabits::View* habit) {
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
          {"remembered", one.events == 0},
          {"habit", habit_json(habit)},
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
       .summary =
           "Who sends events since the server started (and who is silent since before), how many a minute in "
           "the last hour, what is usual at this hour of the week, how late, what could not be read, whose "
           "clocks are wrong, and what was dropped",
       .response = object(
           {required("items", list(source_shape(), logs::LogWatch::kSendersMax + SourceSilence::kSourcesMax)),
            required("silent_after_s", count()), required("events", count()),
            required("udp_dropped", count()), required("refused_batches", count()),
            required("failed_batches", count()), required("queued_bytes", count())}),
       .handler = [&api](const Call&) -> Result<net::Response> {
         if (!api.logs) return std::unexpected(takes_no_logs());
         const auto status = api.logs->watch().status();
         const auto now = api.clock.wall();
         json::array items;
         const auto habits = api.logs->habits().view();
         const auto add = [&](const logs::LogWatch::SenderStatus& one) {
           const auto habit = habits.find(one.sender.id);
           items.push_back(source_json(one, now, api.logs->silent_after(),
                                       habit == habits.end() ? nullptr : &habit->second));
         };
         for (const auto& one : status.senders) add(one);
         // Whose silence began before the server was started again.
         for (const auto& gone : api.logs->silence().remembered()) {
           logs::LogWatch::SenderStatus one;
           one.sender.id = gone.id;
           one.sender.name = gone.name;
           one.first_at = one.last_at = gone.last_at;
           add(one);
         }
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
