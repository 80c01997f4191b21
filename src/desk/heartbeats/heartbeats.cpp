#include "desk/heartbeats/heartbeats.h"

#include <boost/json.hpp>

#include "base/id.h"
#include "desk/heartbeats/heartbeat_store.h"
#include "desk/own_finding.h"
#include "model/refusal.h"
#include "store/read_value.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

// Not longer than a restart takes: a caller that was refused meanwhile tries again within its grace.
constexpr auto kShortStop = seconds(30);
// Calls that follow each other faster are one: a loop that runs wild must not fill the disk.
constexpr auto kOneCall = seconds(1);

std::string shown(seconds time) {
  for (auto [unit, name] : {std::pair{86'400, "d"}, {3'600, "h"}, {60, "min"}}) {
    if (time.count() != 0 && time.count() % unit == 0) return fmt::format("{} {}", time.count() / unit, name);
  }
  return fmt::format("{} s", time.count());
}

// `outcome`: a key of desk.heartbeat_missing in content/text.
Finding finding_of(const Heartbeat& heartbeat, const Clock& clock, const std::string& outcome) {
  auto finding = own_finding(clock, kHeartbeatMissing);
  bool missing = outcome == "reason" || outcome == "never";
  finding.state = missing ? FindingState::kPresent : FindingState::kResolved;
  finding.severity = heartbeat.severity;
  finding.asset = {"heartbeat", heartbeat.id, heartbeat.name};
  std::map<std::string, std::string> arguments = {
      {"name", heartbeat.name}, {"every", shown(heartbeat.every)}, {"grace", shown(heartbeat.grace)}};
  finding.title = {"desk.heartbeat_missing.title", arguments};
  finding.reason = {"desk.heartbeat_missing." + outcome, arguments};
  finding.next_step = {"desk.heartbeat_missing.next_step", arguments};
  if (heartbeat.last_at) finding.before = to_rfc3339(*heartbeat.last_at);
  finding.dedup_key = "desk/heartbeat/" + heartbeat.id;
  return finding;
}

std::string audited(const Heartbeat& heartbeat) {
  return json::serialize(json::object{{"name", heartbeat.name},
                                      {"every_seconds", heartbeat.every.count()},
                                      {"grace_seconds", heartbeat.grace.count()},
                                      {"severity", to_string(heartbeat.severity)},
                                      {"paused", heartbeat.paused}});
}

}  // namespace

Heartbeats::Heartbeats(store::Database& database, Desk& desk, const Clock& clock)
    : database_(database), desk_(desk), clock_(clock) {}

Result<void> Heartbeats::start(std::optional<WallTime> alive_until) {
  TRY_ASSIGN(auto all, heartbeats());
  const auto wall = clock_.wall();
  const auto now = clock_.steady();
  const bool short_stop = alive_until && wall - *alive_until <= kShortStop;
  std::lock_guard lock(mutex_);
  for (const auto& one : all) {
    auto silent = wall - one.last_at.value_or(one.created_at);
    heard_[one.id] = short_stop ? now - std::clamp(silent, WallTime::duration(0),
                                                   WallTime::duration(one.every + one.grace))
                                : now;
  }
  return {};
}

void Heartbeats::heard(const std::string& id) {
  std::lock_guard lock(mutex_);
  heard_[id] = clock_.steady();
}

SteadyTime Heartbeats::last_heard(const std::string& id) {
  std::lock_guard lock(mutex_);
  return heard_.try_emplace(id, clock_.steady()).first->second;
}

Result<std::vector<Heartbeat>> Heartbeats::heartbeats() {
  return store::read_value(database_, [&](store::Session& session) { return load_heartbeats(session); });
}

Result<std::pair<Heartbeat, std::string>> Heartbeats::add(Heartbeat heartbeat) {
  TRY(check_heartbeat(heartbeat));
  auto token = random_token();
  heartbeat.id = new_id(clock_);
  heartbeat.created_at = clock_.wall();
  heartbeat.missing = false;
  heartbeat.last_at.reset();
  heard(heartbeat.id);
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(insert_heartbeat(session, heartbeat, token));
    return append_audit(session, clock_.wall(), heartbeat.made_by, "heartbeat.added",
                        "heartbeat/" + heartbeat.id, audited(heartbeat));
  }));
  return std::pair(std::move(heartbeat), std::move(token));
}

Result<Heartbeat> Heartbeats::change(const Heartbeat& heartbeat, const std::string& by) {
  TRY(check_heartbeat(heartbeat));
  Heartbeat before, after;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(before, load_heartbeat(session, heartbeat.id));
    return {};
  }));
  // Whoever is paused is not missing; whoever goes on has the whole time again.
  std::vector<Finding> findings;
  if (before.missing && heartbeat.paused) findings.push_back(finding_of(before, clock_, "paused"));
  TRY(desk_.report_alongside(findings, [&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(after, load_heartbeat(session, heartbeat.id));
    if (after.missing != before.missing) return refuse(ErrorCode::kConflict, "heartbeat.changed");
    after.name = heartbeat.name;
    after.every = heartbeat.every;
    after.grace = heartbeat.grace;
    after.severity = heartbeat.severity;
    after.paused = heartbeat.paused;
    if (after.paused) after.missing = false;
    TRY(update_heartbeat(session, after));
    return append_audit(session, clock_.wall(), by, "heartbeat.changed", "heartbeat/" + after.id,
                        audited(after));
  }));
  if (before.paused && !after.paused) heard(after.id);
  return after;
}

Result<void> Heartbeats::remove(const std::string& id, const std::string& by) {
  Heartbeat gone;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(gone, load_heartbeat(session, id));
    return {};
  }));
  std::vector<Finding> findings;
  if (gone.missing) findings.push_back(finding_of(gone, clock_, "removed"));
  TRY(desk_.report_alongside(findings, [&](store::Session& session) -> Result<void> {
    TRY(delete_heartbeat(session, id));
    return append_audit(session, clock_.wall(), by, "heartbeat.removed", "heartbeat/" + id, audited(gone));
  }));
  std::lock_guard lock(mutex_);
  heard_.erase(id);
  return {};
}

Result<void> Heartbeats::beat(const std::string& token) {
  Heartbeat caller;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(caller, heartbeat_of(session, token));
    return {};
  }));
  if (caller.last_at && !caller.missing && clock_.steady() - last_heard(caller.id) < kOneCall) return {};
  auto note = [&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto now, load_heartbeat(session, caller.id));
    now.last_at = clock_.wall();
    now.missing = false;
    return update_heartbeat(session, now);
  };
  if (!caller.missing) {
    // It may have been found missing since it was read: then the finding that ends it goes with it.
    TRY(database_.write([&](store::Session& session) -> Result<void> {
      TRY_ASSIGN(auto now, load_heartbeat(session, caller.id));
      caller.missing = now.missing;
      return now.missing ? Result<void>() : note(session);
    }));
  }
  if (caller.missing) TRY(desk_.report_alongside({finding_of(caller, clock_, "resolved")}, note));
  heard(caller.id);
  return {};
}

Result<bool> Heartbeats::report_missing(const Heartbeat& heartbeat) {
  auto reported =
      desk_.report_alongside({finding_of(heartbeat, clock_, heartbeat.last_at ? "reason" : "never")},
                             [&](store::Session& session) -> Result<void> {
                               TRY_ASSIGN(auto now, load_heartbeat(session, heartbeat.id));
                               // It has called, or somebody has changed it, in the meantime: the next check
                               // looks again.
                               if (now != heartbeat) return refuse(ErrorCode::kConflict, "heartbeat.changed");
                               now.missing = true;
                               return update_heartbeat(session, now);
                             });
  if (reported) return true;
  if (reported.error().code() == ErrorCode::kConflict || reported.error().code() == ErrorCode::kNotFound)
    return false;
  return std::unexpected(std::move(reported).error());
}

Result<std::size_t> Heartbeats::check() {
  TRY_ASSIGN(auto all, heartbeats());
  const auto now = clock_.steady();
  std::size_t found = 0;
  for (const auto& one : all) {
    if (one.paused || one.missing || now - last_heard(one.id) <= one.every + one.grace) continue;
    TRY_ASSIGN(auto told, report_missing(one));
    found += told ? 1 : 0;
  }
  return found;
}

}  // namespace vedette::desk
