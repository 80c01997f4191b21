#include "files/guard/guard_service.h"

#include <signal.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "base/id.h"
#include "base/text/utf8.h"
#include "files/guard/guard_json.h"
#include "files/guard/guard_snapshot.h"
#include "files/guard/rollback_report.h"

namespace vedette::files {
namespace json = boost::json;
namespace {

constexpr std::uint64_t kReportPart = 500;

std::string word(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}
std::uint64_t count(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  boost::system::error_code error;
  auto out = value != nullptr && value->is_number() ? value->to_number<std::uint64_t>(error) : 0;
  return error ? 0 : out;
}

}  // namespace

GuardService::GuardService(GuardOptions options, const Clock& clock, GuardListener* also)
    : options_(std::move(options)),
      clock_(clock),
      also_(also),
      feed_(new_id(clock)),
      guard_(options_, clock, *this) {}

GuardService::~GuardService() { stop(); }

Result<void> GuardService::start() {
  TRY(guard_.start());
  TRY_ASSIGN(control_, ControlServer::start(
                           options_.vault, [this](const json::object& request) { return answer(request); },
                           [this](UniqueFd socket, const json::object& request) {
                             feed_.listen(std::move(socket), word(request, "run"), count(request, "after"));
                           }));
  return {};
}

void GuardService::stop() {
  control_.reset();
  guard_.stop();
}

void GuardService::on_incident(const FileIncident& incident, const std::vector<Deed>& deeds) {
  feed_.publish({{"event", "incident"}, {"incident", incident.id}});
  if (also_ != nullptr) also_->on_incident(incident, deeds);
}
void GuardService::on_rollback(const FileIncident& incident, const std::vector<RestoredFile>& files) {
  feed_.publish({{"event", "rollback"}, {"incident", incident.id}});
  if (also_ != nullptr) also_->on_rollback(incident, files);
}
void GuardService::on_notice(const GuardNotice& notice) {
  feed_.publish({{"event", "notice"},
                 {"kind", notice.kind},
                 {"text", repair_utf8(notice.text)},
                 {"path", repair_utf8(notice.path)}});
  if (also_ != nullptr) also_->on_notice(notice);
}

Result<json::object> GuardService::snapshot(const std::string& id) const {
  TRY_ASSIGN(auto found, guard_.incident(id));
  auto report = read_report(options_.vault, found.first.id, 0, 10 * kSnapshotFiles);
  return json::object{
      {"incident", snapshot_json(found.first, found.second, report ? &*report : nullptr,
                                 [&](std::uint64_t image) { return guard_.sha256_of(image); })}};
}

Result<json::object> GuardService::ordered(std::string_view act, const std::string& id,
                                           const json::object& request) {
  if (act == "freeze" || act == "thaw") {
    auto done = act == "freeze" ? guard_.freeze_incident(id) : guard_.thaw_incident(id);
    if (!done) return std::unexpected(std::move(done).error());
    feed_.publish({{"event", "incident"}, {"incident", done->id}});
    return json::object{{"event", act == "freeze" ? "frozen" : "thawed"},
                        {"incident", done->id},
                        {"processes", done->stopped.size()},
                        {"cgroup", repair_utf8(done->frozen_cgroup)}};
  }
  auto until = clock_.wall();
  if (const auto* hours = request.if_contains("hours"); hours != nullptr && hours->is_number())
    until += std::chrono::milliseconds(static_cast<std::int64_t>(hours->to_number<double>() * 3'600'000));
  TRY_ASSIGN(auto done, guard_.resolve(id, act == "allow" ? Decision::kAllow : Decision::kRollback, until));
  if (act == "allow") {
    feed_.publish({{"event", "incident"}, {"incident", done.incident.id}});
    return json::object{{"event", "allowed"}, {"incident", done.incident.id}};
  }
  auto out = rollback_json(done.incident, done.files);
  if (const auto* brief = request.if_contains("brief"); brief != nullptr && *brief == true) {
    out.erase("files");
  } else {
    out["text"] = rollback_text(done.incident, done.files);
  }
  return out;
}

json::object GuardService::answer(const json::object& request) {
  const auto act = word(request, "do"), id = word(request, "incident");
  Result<json::object> out = fail(ErrorCode::kInvalid, "unknown request");
  if (act == "status") {
    out = status_json(guard_.status());
    (*out)["run"] = feed_.run();
    (*out)["pid"] = ::getpid();
    (*out)["serves"] = served_json(options_);
  } else if (act == "incidents") {
    json::array list;
    for (const auto& one : guard_.incident_states())
      list.push_back(
          json::object{{"id", one.id}, {"state", to_string(one.state)}, {"revision", one.revision}});
    out = json::object{{"incidents", std::move(list)}};
  } else if (act == "incident") {
    out = snapshot(id);
  } else if (act == "report") {
    auto part = request.contains("count") ? std::min(count(request, "count"), kReportPart) : kReportPart;
    auto report = read_report(options_.vault, id, count(request, "from"), part);
    if (report)
      out = report_json(id, *report);
    else
      out = std::unexpected(std::move(report).error());
  } else if (act == "rollback" || act == "allow" || act == "freeze" || act == "thaw") {
    out = ordered(act, id, request);
  } else if (act == "remove_canaries") {
    auto removed = guard_.remove_canaries();
    if (removed)
      out = json::object{{"event", "canaries_removed"}, {"count", *removed}};
    else
      out = std::unexpected(std::move(removed).error());
  } else if (act == "stop") {
    ::kill(::getpid(), SIGTERM);
    out = json::object{{"event", "stopping"}};
  }
  if (out) return *std::move(out);
  return {{"error", out.error().full()}, {"code", to_string(out.error().code())}};
}

}  // namespace vedette::files
