#include "files/guard/guard_json.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/text/utf8.h"

namespace vedette::files {
namespace json = boost::json;
namespace {

constexpr std::size_t kFilesShown = 10'000, kFilesInText = 20;

std::string shown(std::string_view text) {
  // A name with control characters must not move the terminal's cursor.
  auto out = repair_utf8(text);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return out;
}

json::object process_json(const ProcessInfo& process) {
  json::array arguments;
  for (const auto& argument : process.arguments) arguments.emplace_back(repair_utf8(argument));
  return {{"pid", process.pid},
          {"executable", repair_utf8(process.executable)},
          {"name", repair_utf8(process.name)},
          {"args", std::move(arguments)}};
}

json::object shown_file(RestoredFile file) {
  for (auto* text : {&file.path, &file.moved_to, &file.error}) *text = repair_utf8(*text);
  return restored_file_json(file);
}

double milliseconds(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; }

}  // namespace

json::object incident_json(const FileIncident& incident, const std::vector<Deed>& deeds, Language language) {
  json::object actor{{"process", process_json(incident.actor.process)},
                     {"uid", incident.actor.uid},
                     {"session", incident.actor.session},
                     {"cgroup", incident.actor.cgroup}};
  json::array ancestors, reasons, files, stopped;
  for (const auto& ancestor : incident.actor.ancestors) ancestors.push_back(process_json(ancestor));
  actor["ancestors"] = std::move(ancestors);
  if (!incident.actor.client.empty()) actor["client"] = repair_utf8(incident.actor.client);
  for (const auto& reason : incident.reasons)
    reasons.push_back(json::object{{"key", reason.key}, {"text", render(reason, language)}});
  for (const auto& deed : deeds) {
    if (files.size() >= kFilesShown) break;
    json::object file{
        {"change", to_string(deed.kind)}, {"path", repair_utf8(deed.path)}, {"score", deed.score}};
    if (deed.canary) file["canary"] = true;
    if (!deed.old_path.empty()) file["old_path"] = repair_utf8(deed.old_path);
    file["restorable"] =
        deed.image != 0 || deed.pin || deed.kind == ChangeKind::kCreated || deed.kind == ChangeKind::kRenamed;
    files.push_back(std::move(file));
  }
  for (const auto& process : incident.stopped) stopped.push_back(process.pid);
  return {{"event", "incident"},
          {"id", incident.id},
          {"at", to_rfc3339(incident.at)},
          {"state", to_string(incident.state)},
          {"actor", std::move(actor)},
          {"reasons", std::move(reasons)},
          {"actor_score", incident.actor_score},
          {"directory_score", incident.directory_score},
          {"files_changed", incident.files_changed},
          {"stopped_pids", std::move(stopped)},
          {"frozen_cgroup", repair_utf8(incident.frozen_cgroup)},
          {"freeze_ms", milliseconds(incident.verdict_to_frozen)},
          {"close_to_frozen_ms", milliseconds(incident.close_to_frozen)},
          {"changes", std::move(files)}};
}

json::object rollback_json(const FileIncident& incident, const std::vector<RestoredFile>& files) {
  json::array list;
  std::int64_t failed = 0;
  for (const auto& file : files) {
    failed += file.ok() ? 0 : 1;
    list.push_back(shown_file(file));
  }
  return {{"event", "rollback"},
          {"incident", incident.id},
          {"restored", static_cast<std::int64_t>(files.size()) - failed},
          {"failed", failed},
          {"files", std::move(list)}};
}

json::object notice_json(const GuardNotice& notice) {
  json::object out{{"event", notice.kind}, {"text", repair_utf8(notice.text)}};
  if (!notice.path.empty()) out["path"] = repair_utf8(notice.path);
  return out;
}

json::object status_json(const Guard::Status& status) {
  return {{"event", "status"},
          {"directories", status.directories},
          {"opens", status.opens},
          {"write_opens", status.writes},
          {"unknown_intents", status.unknown_intents},
          {"pre_images", status.images},
          {"judged", status.judged},
          {"let_through", status.let_through},
          {"events_lost", status.lost_batches},
          {"descriptors_held", status.pins},
          {"opens_held", status.held},
          {"incidents", status.incidents},
          {"deeds", status.deeds},
          {"keeper", status.keeper},
          {"task_probe", status.probe},
          {"observes_only", status.observes_only},
          {"learned", status.learned},
          {"canaries", status.canaries},
          {"large_files", status.large_files},
          {"stretches_asked", status.stretches_asked},
          {"stretches_kept", status.stretches_kept},
          {"vault", json::object{{"bytes", status.vault.bytes},
                                 {"bytes_max", status.vault.limits.bytes_max},
                                 {"images", status.vault.images},
                                 {"images_max", status.vault.limits.images_max},
                                 {"evicted", status.vault.evicted},
                                 {"refused", status.vault.refused}}}};
}

json::object served_json(const GuardOptions& options) {
  return {{"mode", to_string(options.mode)},
          {"trees", json::array(options.trees.begin(), options.trees.end())},
          {"exclude", json::array(options.exclude.begin(), options.exclude.end())},
          {"vault_bytes", options.limits.bytes_max}};
}

json::object report_json(const std::string& incident, const RollbackReport& report) {
  json::array files;
  for (const auto& file : report.files) files.push_back(shown_file(file));
  return {{"incident", incident},
          {"restored", report.restored},
          {"failed", report.failed},
          {"revision", report.revision},
          {"files", std::move(files)}};
}

std::string incident_text(const FileIncident& incident, const std::vector<Deed>& deeds, Language language) {
  const auto& process = incident.actor.process;
  auto out = fmt::format("ALARM  {}\n  {} is changing files as an encryption attack does\n", incident.id,
                         process.pid == 0             ? "Somebody (not told here who)"
                         : process.executable.empty() ? shown(process.name)
                                                      : shown(process.executable));
  if (process.pid != 0)
    out += fmt::format("  process {} ({}), user {}\n", process.pid, shown(process.name), incident.actor.uid);
  if (!incident.actor.client.empty())
    out += fmt::format("  for the client {}\n", shown(incident.actor.client));
  std::string command;
  for (const auto& argument : process.arguments) command += " " + shown(argument);
  if (!command.empty()) out += fmt::format("  command:{}\n", command);
  for (const auto& ancestor : incident.actor.ancestors)
    out += fmt::format("  started by {} ({})\n", shown(ancestor.executable), ancestor.pid);
  for (const auto& reason : incident.reasons) out += fmt::format("  - {}\n", shown(render(reason, language)));
  out += fmt::format("  files changed: {}\n", incident.files_changed);
  std::size_t listed = 0;
  for (const auto& deed : deeds) {
    if (++listed > kFilesInText) {
      out += fmt::format("    and {} more changes\n", deeds.size() - kFilesInText);
      break;
    }
    out += fmt::format("    {:<9} {}{}\n", to_string(deed.kind),
                       deed.old_path.empty() ? "" : shown(deed.old_path) + " -> ",
                       shown(deed.path) + (deed.canary ? "  (bait)" : ""));
  }
  if (incident.state == IncidentState::kObserved) {
    out += "  Nothing was stopped (mode observe).\n";
  } else {
    out +=
        fmt::format("  Stopped: {} processes{}, {:.1f} ms after the file was closed. Nothing was killed.\n",
                    incident.stopped.size(), incident.frozen_cgroup.empty() ? "" : " and their control group",
                    milliseconds(incident.close_to_frozen));
  }
  return out;
}

std::string rollback_text(const FileIncident& incident, const std::vector<RestoredFile>& files) {
  std::string out = fmt::format("ROLLBACK  {}\n", incident.id);
  std::size_t failed = 0;
  for (const auto& file : files) {
    failed += file.ok() ? 0 : 1;
    out += fmt::format(
        "  {:<21} {}{}\n", file.action, shown(file.path),
        file.ok() ? (file.sha256.empty() ? "" : "  sha256 " + file.sha256) : ": " + shown(file.error));
  }
  out += fmt::format(
      "  {} files are as they were, {} are not. The versions that were replaced are in the vault.\n",
      files.size() - failed, failed);
  return out;
}

}  // namespace vedette::files
