// Orders of the server, after they were verified: carried out once, written down in the log, answered by a
// record.
#include <boost/json.hpp>

#include "agent/guard_keeper.h"
#include "base/id.h"
#include "base/log.h"
#include "files/guard/control.h"
#include "files/guard/guard_snapshot.h"
#include "files/guard/recovery.h"

namespace vedette::agent {
namespace json = boost::json;
namespace {

constexpr std::chrono::milliseconds kPatience{60'000};
constexpr std::string_view kDone = "done";

std::string number(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value && value->is_number() ? json::serialize(*value) : "0";
}

Message failed(const std::string& detail) {
  return {"files.order.failed", {{"detail", detail.substr(0, 500)}}};
}

}  // namespace

void GuardKeeper::carry_out(const Waiting& waiting) {
  const auto& order = waiting.order;
  const auto key = "order/" + order.id;
  if (auto mark = spool_.mark(key); mark && *mark == kDone) return;  // its result is on the way
  // The server's clock: it set the time, and a host whose own clock is wrong must be helped all the same.
  auto now = clock_.wall() + waiting.skew;
  Done done;
  if (now > order.expires_at) {
    done.text = {"files.order.expired", {{"at", to_rfc3339(order.expires_at)}}};
  } else if (!is_id(order.incident_id)) {
    done.text = failed("that is no incident's id");
  } else {
    done = phase_ == Phase::kRunning ? ask(order, now) : without_guard(order);
  }
  log::info("agent.orders", "an order of the server",
            {{"order.id", order.id},
             {"order.kind", to_string(order.kind)},
             {"incident.id", order.incident_id},
             {"order.issued_at", to_rfc3339(order.issued_at)},
             {"event.outcome", done.ok ? "success" : "failure"},
             {"message.text", render(done.text, Language::kEnglish)}});
  if (auto kept =
          spool_.add({order_result_record(order.id, done.ok, done.text)}, {{key, std::string(kDone)}});
      !kept)
    log::error("agent.orders", "the result of an order cannot be kept",
               {{"order.id", order.id}, {"error.message", kept.error().full()}});
  seen_.erase(order.incident_id);
  pull_due_ = true;
  next_look_ = clock_.steady();
  wake_();
}

GuardKeeper::Done GuardKeeper::ask(const Order& order, WallTime now) {
  json::object request{{"do", to_string(order.kind)}, {"incident", order.incident_id}};
  std::optional<std::chrono::milliseconds> patience = kPatience;
  if (order.kind == OrderKind::kRollback) {
    request["brief"] = true;
    patience.reset();  // as long as it takes
  }
  if (order.kind == OrderKind::kAllow) {
    std::chrono::duration<double, std::ratio<3600>> hours = order.until - now;
    if (hours.count() <= 0) return {false, {"files.order.expired", {{"at", to_rfc3339(order.until)}}}};
    request["hours"] = hours.count();
  }
  auto answer = files::ask_guard(options_.vault, request, patience);
  if (!answer) return {false, failed(answer.error().message())};
  switch (order.kind) {
    case OrderKind::kFreeze:
      return {true, {"files.order.frozen", {{"count", number(*answer, "processes")}}}};
    case OrderKind::kThaw:
      return {true, {"files.order.thawed", {}}};
    case OrderKind::kAllow:
      return {true, {"files.order.allowed", {{"at", to_rfc3339(order.until)}}}};
    case OrderKind::kRollback:
      break;
  }
  auto restored = number(*answer, "restored"), left = number(*answer, "failed");
  return {left == "0",
          {left == "0" ? "files.order.rolled_back" : "files.order.partly_rolled_back",
           {{"restored", restored}, {"failed", left}}}};
}

// The policy may be off, or the guard may not start: the vault alone knows enough to undo and to let go on.
GuardKeeper::Done GuardKeeper::without_guard(const Order& order) {
  if (order.kind == OrderKind::kFreeze) return {false, {"files.order.no_guard", {}}};
  auto how = order.kind == OrderKind::kRollback ? files::Recovery::kRollback
             : order.kind == OrderKind::kAllow  ? files::Recovery::kAllow
                                                : files::Recovery::kThaw;
  auto done = files::recover(options_.vault, order.incident_id, how, clock_);
  if (!done) return {false, failed(done.error().message())};
  auto report = files::read_report(options_.vault, done->incident.id, 0, files::kSnapshotFiles);
  tell_snapshot(files::snapshot_json(done->incident, done->deeds, report ? &*report : nullptr,
                                     [](std::uint64_t) { return std::string(); }));
  if (order.kind == OrderKind::kRollback) tell_report(done->incident.id);
  if (order.kind == OrderKind::kThaw) return {true, {"files.order.thawed", {}}};
  if (order.kind == OrderKind::kAllow)
    return {true, {"files.order.allowed", {{"at", to_rfc3339(order.until)}}}};
  auto left = std::ranges::count_if(done->files, [](const auto& file) { return !file.ok(); });
  return {left == 0,
          {left == 0 ? "files.order.rolled_back" : "files.order.partly_rolled_back",
           {{"restored", std::to_string(done->files.size() - static_cast<std::size_t>(left))},
            {"failed", std::to_string(left)}}}};
}

}  // namespace vedette::agent
