#include "agent/incident_records.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

#include "base/id.h"
#include "base/text/utf8.h"

namespace vedette::agent {
namespace json = boost::json;
namespace {

constexpr std::size_t kArgumentMax = 512, kPathMax = 1024, kDetailMax = 400;

// The kinds that have a sentence of their own (content/text); others are told with the guard's own words.
constexpr std::array<std::string_view, 15> kNotices = {
    "let_through",  "vault_full",    "events_lost",    "no_pre_image",    "rollback_failed",
    "guard_hung",   "guard_died",    "guard_gave_up",  "guard_gone",      "guard_not_started",
    "tree_missing", "order_refused", "policy_refused", "report_not_kept", "observe_only"};

std::string clipped(std::string_view text, std::size_t max) {
  auto out = repair_utf8(text);
  if (out.size() > max) out.resize(max);
  while (!is_valid_utf8(out)) out.pop_back();
  return out;
}

std::string text(const json::object& from, std::string_view member) {
  const auto* value = from.if_contains(member);
  return value && value->is_string() ? clipped(value->get_string(), kArgumentMax) : std::string();
}

std::size_t number(const json::object& from, std::string_view member) {
  const auto* value = from.if_contains(member);
  json::error_code error;
  auto out = value && value->is_number() ? value->to_number<std::size_t>(error) : 0;
  return error ? 0 : out;
}

}  // namespace

std::string finding_record(const Finding& finding) {
  return json::serialize(json::object{{"kind", "finding"}, {"finding", to_json(finding)}});
}

std::string incident_record(const json::object& snapshot) {
  return json::serialize(json::object{{"kind", "file_incident"}, {"incident", snapshot}});
}

Result<Finding> incident_finding(const json::object& snapshot, const ReportingHost& host,
                                 const Clock& clock) {
  const auto* actor = snapshot.if_contains("actor");
  const auto* files = snapshot.if_contains("files");
  auto id = text(snapshot, "id"), state = text(snapshot, "state");
  if (id.empty() || state.empty() || !actor || !actor->is_object() || !files || !files->is_array())
    return fail(ErrorCode::kInvalid, "the guard's answer lacks what an incident has");
  const auto& list = files->get_array();
  auto first = list.empty() || !list[0].is_object() ? std::string() : text(list[0].get_object(), "path");
  Finding out;
  out.uid = new_id(clock);
  out.watch = Watch::kFiles;
  out.kind = "encryption_attack";
  out.severity = Severity::kCritical;
  out.confidence = 95;
  out.asset = {"host", host.id, host.name};
  std::map<std::string, std::string> arguments{
      {"host", host.name},
      {"executable", text(actor->get_object(), "executable")},
      {"user", text(actor->get_object(), "user")},
      {"count", std::to_string(list.size() + number(snapshot, "more_files"))},
      {"path", first},
      {"incident", id}};
  // What was done about it until now decides what is to be done next.
  const auto* how = state == "observed" ? "observed" : state == "rolled_back" ? "rolled_back" : "held";
  out.title = {"files.incident.title", arguments};
  out.reason = {fmt::format("files.incident.reason_{}", how), arguments};
  out.next_step = {fmt::format("files.incident.next_{}", how), arguments};
  out.where = first;
  out.attack = {"T1486"};  // Data Encrypted for Impact
  out.dedup_key = fmt::format("files/{}/incident/{}", host.id, id);
  auto at = parse_rfc3339(text(snapshot, "at"));
  out.observed_at = at ? *at : clock.wall();
  return out;
}

std::string report_record(const json::object& report, std::size_t part, std::size_t parts) {
  json::array files;
  if (const auto* list = report.if_contains("files"); list && list->is_array()) {
    for (const auto& one : list->get_array()) {
      if (!one.is_object()) continue;
      const auto& file = one.get_object();
      const auto* path = file.if_contains("path");
      auto error = text(file, "error");
      files.push_back(json::object{
          {"path", path && path->is_string() ? clipped(path->get_string(), kPathMax) : std::string()},
          {"sha256", text(file, "sha256")},
          {"ok", error.empty()},
          {"text", error.empty() ? text(file, "action") : error}});
    }
  }
  return json::serialize(json::object{{"kind", "file_incident_report"},
                                      {"incident_id", text(report, "incident")},
                                      {"restored", number(report, "restored")},
                                      {"failed", number(report, "failed")},
                                      {"part", part},
                                      {"parts", parts},
                                      {"files", std::move(files)}});
}

Message notice_text(std::string_view kind, std::string_view detail, std::string_view path,
                    const std::string& host, std::uint64_t count) {
  bool known = std::ranges::find(kNotices, kind) != kNotices.end();
  return {fmt::format("files.guard.{}", known ? kind : "other"),
          {{"host", host},
           {"path", clipped(path, kArgumentMax)},
           {"detail", clipped(detail, kDetailMax)},
           {"count", std::to_string(count)}}};
}

std::string notice_record(std::string_view kind, Message text, std::string_view path) {
  return json::serialize(json::object{{"kind", "guard_notice"},
                                      {"notice", json::object{{"kind", clipped(kind, 64)},
                                                              {"text", to_json(text)},
                                                              {"path", clipped(path, kPathMax)}}}});
}

std::string order_result_record(const std::string& id, bool ok, const Message& text) {
  return json::serialize(
      json::object{{"kind", "order_result"}, {"id", id}, {"ok", ok}, {"text", to_json(text)}});
}

}  // namespace vedette::agent
