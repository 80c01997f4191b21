// What the guard says, from its stream and its answers into the spool.
#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/json.hpp>

#include "agent/guard_keeper.h"
#include "base/hash.h"
#include "base/log.h"
#include "files/guard/control.h"
#include "files/guard/guard_json.h"

namespace vedette::agent {
namespace json = boost::json;
namespace {

constexpr std::chrono::milliseconds kAnswer{10'000};
constexpr std::size_t kHeardMax = 4u << 20, kReportPart = 250, kReportPartsMax = 1'000;
constexpr std::chrono::minutes kNoticePause{1};
constexpr std::string_view kHeardMark = "guard/heard";

std::string text(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}
std::uint64_t count(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  json::error_code error;
  auto out = value && value->is_number() ? value->to_number<std::uint64_t>(error) : 0;
  return error ? 0 : out;
}

// What a change of which is worth telling: an ancestor that has ended meanwhile is not.
std::string digest_of(json::object snapshot) {
  snapshot.erase("actor");
  return sha256_hex(json::serialize(snapshot));
}

}  // namespace

bool GuardKeeper::listen() {
  if (run_.empty()) {
    if (auto mark = spool_.mark(std::string(kHeardMark))) {
      auto blank = mark->find(' ');
      run_ = mark->substr(0, blank);
      if (blank != std::string::npos) heard_number_ = std::strtoull(mark->c_str() + blank, nullptr, 10);
    }
  }
  auto heard = files::hear_guard(options_.vault, run_, heard_number_);
  if (!heard) return false;
  events_ = *std::move(heard);
  heard_.clear();
  seen_.clear();
  pull_due_ = true;
  next_look_ = clock_.steady();
  return true;
}

// False: the stream ended.
bool GuardKeeper::hear() {
  char block[16384];
  while (true) {
    auto got = ::recv(events_.get(), block, sizeof block, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) break;
    if (got <= 0 || heard_.size() > kHeardMax) {
      events_.reset();
      next_look_ = clock_.steady();
      return false;
    }
    heard_.append(block, static_cast<std::size_t>(got));
    std::size_t from = 0;
    for (auto end = heard_.find('\n'); end != std::string::npos; end = heard_.find('\n', from)) {
      json::error_code error;
      json::parse_options limits;
      limits.max_depth = 8;
      limits.allow_invalid_utf8 = true;
      auto value = json::parse(std::string_view(heard_).substr(from, end - from), error, {}, limits);
      if (!error && value.is_object()) take_event(value.get_object());
      from = end + 1;
    }
    heard_.erase(0, from);
  }
  return true;
}

void GuardKeeper::take_event(const json::object& event) {
  auto kind = text(event, "event");
  if (kind == "hello") {
    if (auto run = text(event, "run"); run != run_) {
      run_ = run;
      heard_number_ = 0;
    }
    return;
  }
  heard_number_ = std::max(heard_number_, count(event, "n"));
  if (kind == "incident" || kind == "rollback") {
    seen_.erase(text(event, "incident"));
    pull_due_ = true;
  } else if (kind == "notice") {
    auto& notice = notices_[text(event, "kind").substr(0, 64)];
    ++notice.count;
    notice.detail = text(event, "text");
    notice.path = text(event, "path");
    notice.mark = fmt::format("{} {}", run_, heard_number_);
  }
}

void GuardKeeper::pull() {
  auto answer = files::ask_guard(options_.vault, {{"do", "incidents"}}, kAnswer);
  const auto* list = answer ? answer->if_contains("incidents") : nullptr;
  if (!list || !list->is_array()) return;
  for (const auto& one : list->get_array()) {
    const auto* object = one.if_object();
    auto id = object ? text(*object, "id") : std::string();
    if (id.empty()) continue;
    auto revision = count(*object, "revision");
    if (auto seen = seen_.find(id); seen != seen_.end() && seen->second == revision) continue;
    // What could not be told stays unseen and is tried again at the next look.
    if (tell_incident(id)) seen_[id] = revision;
  }
}

bool GuardKeeper::tell_incident(const std::string& id) {
  auto answer = files::ask_guard(options_.vault, {{"do", "incident"}, {"incident", id}}, kAnswer);
  const auto* snapshot = answer ? answer->if_contains("incident") : nullptr;
  if (!snapshot || !snapshot->is_object()) return false;
  if (!tell_snapshot(snapshot->get_object())) return false;
  return text(snapshot->get_object(), "state") != "rolled_back" || tell_report(id);
}

bool GuardKeeper::tell_snapshot(const json::object& snapshot) {
  auto key = "incident/" + text(snapshot, "id");
  auto digest = digest_of(snapshot);
  auto told = spool_.mark(key);
  if (told && *told == digest) return true;
  if (!told && told.error().code() != ErrorCode::kNotFound) return false;
  std::vector<std::string> bodies;
  if (!told) {
    auto finding = incident_finding(snapshot, options_.host, clock_);
    if (!finding) {
      log::error("agent.guard", "an incident cannot be told", {{"error.message", finding.error().full()}});
      return true;
    }
    bodies.push_back(finding_record(*finding));
  }
  bodies.push_back(incident_record(snapshot));
  auto kept = spool_.add(bodies, {{key, digest}});
  if (!kept && kept.error().code() == ErrorCode::kLimit) {
    auto shorter = snapshot;
    auto& files = shorter["files"];
    shorter["more_files"] = count(snapshot, "more_files") + (files.is_array() ? files.get_array().size() : 0);
    files = json::array();
    bodies.back() = incident_record(shorter);
    kept = spool_.add(bodies, {{key, digest}});
  }
  if (!kept) {
    log::warn("agent.guard", "an incident waits until the spool takes it",
              {{"error.message", kept.error().full()}});
    return false;
  }
  wake_();
  return true;
}

bool GuardKeeper::tell_report(const std::string& id) {
  const auto key = "report/" + id;
  std::size_t parts = 1;
  for (std::size_t part = 1; part <= parts; ++part) {
    // Read in the vault itself, so that it needs no guard that runs.
    auto report = files::read_report(options_.vault, id, (part - 1) * kReportPart, kReportPart);
    if (!report) return report.error().code() == ErrorCode::kNotFound;
    if (part == 1) {
      auto told = spool_.mark(key);
      if (told && *told == report->revision) return true;
      parts = std::clamp<std::size_t>((report->restored + report->failed + kReportPart - 1) / kReportPart, 1,
                                      kReportPartsMax);
    }
    std::vector<Spool::Mark> marks;
    if (part == parts) marks.push_back({key, report->revision});
    if (!spool_.add({report_record(files::report_json(id, *report), part, parts)}, marks)) return false;
  }
  wake_();
  return true;
}

void GuardKeeper::tell_notices() {
  auto now = clock_.steady();
  std::deque<std::tuple<std::string, std::string, std::string>> notes;
  {
    std::lock_guard lock(mutex_);
    notes.swap(notes_);
  }
  for (auto& [kind, detail, path] : notes) {
    auto& notice = notices_[kind];
    ++notice.count;
    notice.detail = std::move(detail);
    notice.path = std::move(path);
  }
  for (auto& [kind, notice] : notices_) {
    if (notice.count == 0 || (notice.told && now - *notice.told < kNoticePause)) continue;
    auto message = notice_text(kind, notice.detail, notice.path, options_.host.name, notice.count);
    std::vector<Spool::Mark> marks;
    if (!notice.mark.empty()) marks.push_back({std::string(kHeardMark), notice.mark});
    if (!spool_.add({notice_record(kind, std::move(message), notice.path)}, marks)) continue;
    notice.told = now;
    notice.count = 0;
    notice.mark.clear();
    wake_();
  }
}

}  // namespace vedette::agent
