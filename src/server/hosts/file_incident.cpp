#include "server/hosts/file_incident.h"

#include <boost/json.hpp>

#include "server/api/operation.h"
#include "server/hosts/told.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::size_t kFilesMax = 1'000, kLineageMax = 32, kReasonsMax = 16;
constexpr std::int64_t kPartsMax = 1'000, kPartsWhole = 40, kCountMax = 1ll << 53, kIdMax = 1ll << 32;

Result<json::object> ancestor_of(const json::value& value) {
  Told told(value);
  json::object out{{"pid", told.integer("pid", 0, kIdMax)},
                   {"executable", told.text_or_empty("executable", 4'096)},
                   {"command_line", told.text_or_empty("command_line", 4'096)}};
  auto started = told.time_or_nothing("started_at");
  out["started_at"] = started ? json::value(to_rfc3339(*started)) : json::value();
  out["user"] = told.text_or_empty("user", 256);
  TRY(told.checked());
  return out;
}

Result<json::object> file_of(const json::value& value) {
  Told told(value);
  json::object out{{"path", told.text("path", 4'096, 1)},
                   {"at", to_rfc3339(told.time("at"))},
                   {"from_type", told.text_or_empty("from_type", 200)},
                   {"to_type", told.text_or_empty("to_type", 200)},
                   {"score", told.number("score")},
                   {"deed", told.one_of("deed", {"rewritten", "created", "renamed", "deleted"})},
                   {"state", told.one_of("state", {"changed", "restored", "differs", "kept"})}};
  if (auto to = told.text_or_empty("to_path", 4'096); !to.empty()) out["to_path"] = to;
  if (auto hash = told.sha256_or_empty("sha256_before"); !hash.empty()) out["sha256_before"] = hash;
  if (auto hash = told.sha256_or_empty("sha256_after"); !hash.empty()) out["sha256_after"] = hash;
  TRY(told.checked());
  return out;
}

std::string shown_state(const std::string& told, bool frozen) {
  if (told == "observed" || told == "held") return frozen ? "frozen" : "open";
  return told;
}

}  // namespace

Result<IncidentSnapshot> incident_snapshot_from_json(const json::value& value) {
  Told told(value);
  IncidentSnapshot out;
  out.id = told.id("id");
  auto state = told.one_of("state", {"observed", "held", "frozen", "rolled_back", "allowed", "over"});
  out.frozen = told.boolean("frozen");
  out.state = shown_state(state, out.frozen);
  out.first_at = told.time("at");
  out.last_at = told.time("last_at");
  out.score = told.number("score");
  for (const auto& one : told.list("reasons", kReasonsMax)) {
    auto reason = message_from_json(one);
    if (!reason || !speaks_of_host(*reason))
      return fail(ErrorCode::kInvalid, "has a reason that is no sentence of the file watch");
    out.reasons.push_back(*std::move(reason));
  }
  Told actor(told.object("actor"));
  TRY(told.checked());
  out.executable = actor.text_or_empty("executable", 4'096);
  out.user = actor.text_or_empty("user", 256);
  json::array lineage, files;
  for (const auto& one : actor.list("lineage", kLineageMax)) {
    TRY_ASSIGN(auto ancestor, ancestor_of(one));
    lineage.push_back(std::move(ancestor));
  }
  json::object who{{"cgroup", actor.text_or_empty("cgroup", 4'096)},
                   {"uid", actor.integer("uid", 0, kIdMax)},
                   {"user", out.user},
                   {"lineage", std::move(lineage)},
                   {"client", text_or_null(actor.text_or_empty("client", 400))}};
  TRY(actor.checked());
  for (const auto& one : told.list("files", kFilesMax)) {
    TRY_ASSIGN(auto file, file_of(one));
    files.push_back(std::move(file));
  }
  out.more_files = told.integer("more_files", 0, kCountMax);
  TRY(told.checked());
  out.files_count = static_cast<std::int64_t>(files.size()) + out.more_files;
  out.actor_json = json::serialize(who);
  out.files_json = json::serialize(files);
  return out;
}

Result<IncidentReportPart> incident_report_from_json(const json::value& record) {
  Told told(record);
  IncidentReportPart out;
  out.incident_id = told.id("incident_id");
  out.restored = told.integer("restored", 0, kCountMax);
  out.failed = told.integer("failed", 0, kCountMax);
  out.part = told.integer("part", 0, kPartsMax);
  out.parts = told.integer("parts", 1, kPartsMax);
  json::array files;
  for (const auto& one : told.list("files", kFilesMax)) {
    Told file(one);
    json::object row{{"path", file.text("path", 4'096, 1)},
                     {"sha256", file.sha256_or_empty("sha256")},
                     {"ok", file.boolean("ok")}};
    const auto* text = one.is_object() ? one.get_object().if_contains("text") : nullptr;
    if (text && text->is_object()) {
      row["text"] = to_json(file.message("text"));
    } else {
      row["text"] = file.text_or_empty("text", 1'000);
    }
    TRY(file.checked());
    if (out.part > kPartsWhole && row["ok"].as_bool()) continue;
    files.push_back(std::move(row));
  }
  TRY(told.checked());
  out.files_json = json::serialize(files);
  return out;
}

bool is_under_way(std::string_view incident_state) {
  return incident_state == "open" || incident_state == "frozen";
}

std::string messages_json(const std::vector<Message>& messages) {
  json::array out;
  for (const auto& one : messages) out.push_back(to_json(one));
  return json::serialize(out);
}

std::vector<Message> messages_from(const std::string& stored) {
  std::vector<Message> out;
  json::error_code error;
  auto value = json::parse(stored, error);
  if (error || !value.is_array()) return out;
  for (const auto& one : value.get_array())
    if (auto message = message_from_json(one)) out.push_back(*std::move(message));
  return out;
}

}  // namespace vedette::server
