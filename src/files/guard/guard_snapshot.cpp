#include "files/guard/guard_snapshot.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <unordered_map>

#include "base/text/utf8.h"
#include "files/guard/processes.h"

namespace vedette::files {
namespace json = boost::json;
namespace {

constexpr std::size_t kTextMax = 1024, kReasonsMax = 8, kLineageMax = 17;

std::string shown(const std::string& text, std::size_t max = kTextMax) {
  auto out = repair_utf8(text);
  while (out.size() > max || (!out.empty() && !is_valid_utf8(out))) out.resize(std::min(out.size() - 1, max));
  return out;
}

std::string user_name(std::uint32_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  std::string room(4096, '\0');
  if (::getpwuid_r(uid, &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
    return shown(found->pw_name, 64);
  return {};
}

WallTime boot_time() {
  auto text = read_small("/proc/stat", 256 * 1024);
  auto at = text.find("\nbtime ");
  return from_unix_ms(at == std::string::npos ? 0 : std::strtoll(text.c_str() + at + 7, nullptr, 10) * 1000);
}

json::object process_json(const ProcessInfo& process, WallTime boot) {
  std::string command;
  for (const auto& argument : process.arguments) command += (command.empty() ? "" : " ") + argument;
  auto ticks = static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK)));
  json::object out{
      {"pid", process.pid},
      {"executable", shown(process.executable.empty() ? process.name : process.executable)},
      {"command_line", shown(command)},
      {"started_at", to_rfc3339(boot + std::chrono::milliseconds(process.start_ticks * 1000 / ticks))},
      {"user", ""}};
  struct stat status{};
  auto stat = read_stat(process.pid);
  if (stat && stat->start_ticks == process.start_ticks &&
      ::stat(fmt::format("/proc/{}", process.pid).c_str(), &status) == 0)
    out["user"] = user_name(status.st_uid);
  return out;
}

struct Touched {
  std::string path, to_path, deed, from_type, to_type, sha256_before;
  double score = 0;
  WallTime at{};
};

std::string_view deed_word(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kCreated:
      return "created";
    case ChangeKind::kRenamed:
      return "renamed";
    case ChangeKind::kDeleted:
      return "deleted";
    case ChangeKind::kModified:
    case ChangeKind::kReplaced:
      break;
  }
  return "rewritten";
}

// The deeds of one file, which may have changed its name on the way, are one row.
std::vector<Touched> touched_files(const std::vector<Deed>& deeds,
                                   const std::function<std::string(std::uint64_t)>& sha256_of_image) {
  std::vector<Touched> out;
  std::unordered_map<std::string, std::size_t> now_at;  // the name a file has now → its row
  for (const auto& deed : deeds) {
    const bool moved = deed.kind == ChangeKind::kRenamed && !deed.old_path.empty();
    const auto& name = moved ? deed.old_path : deed.path;
    auto found = now_at.find(name);
    if (found == now_at.end()) {
      found = now_at.emplace(name, out.size()).first;
      out.push_back({name, {}, std::string(deed_word(deed.kind)), deed.type_before, {}, {}, 0, deed.at});
    } else if (deed.kind == ChangeKind::kDeleted) {
      out[found->second].deed = "deleted";
    } else if (deed.kind == ChangeKind::kModified && out[found->second].deed == "renamed") {
      out[found->second].deed = "rewritten";
    }
    auto& row = out[found->second];
    if (row.from_type.empty()) row.from_type = deed.type_before;
    if (!deed.type_after.empty()) row.to_type = deed.type_after;
    if (row.sha256_before.empty() && deed.image != 0) row.sha256_before = sha256_of_image(deed.image);
    row.score = std::max(row.score, deed.score);
    if (moved) {
      row.to_path = deed.path;
      auto index = found->second;
      now_at.erase(found);
      now_at[deed.path] = index;
    }
  }
  return out;
}

}  // namespace

json::object snapshot_json(const FileIncident& incident, const std::vector<Deed>& deeds,
                           const RollbackReport* report,
                           const std::function<std::string(std::uint64_t)>& sha256_of_image) {
  const auto boot = boot_time();
  json::array lineage, reasons, files;
  lineage.push_back(process_json(incident.actor.process, boot));
  for (const auto& ancestor : incident.actor.ancestors)
    if (lineage.size() < kLineageMax) lineage.push_back(process_json(ancestor, boot));
  for (const auto& reason : incident.reasons)
    if (reasons.size() < kReasonsMax) {
      Message message{reason.key, {}};
      for (const auto& [name, value] : reason.arguments) message.arguments[name] = shown(value);
      reasons.push_back(to_json(message));
    }
  std::unordered_map<std::string, const RestoredFile*> restored;
  if (report != nullptr)
    for (const auto& file : report->files) restored[file.path] = &file;
  auto rows = touched_files(deeds, sha256_of_image);
  std::size_t bytes = 0;
  for (const auto& row : rows) {
    json::object file{{"path", shown(row.path)}, {"at", to_rfc3339(row.at)}, {"from_type", row.from_type},
                      {"to_type", row.to_type},  {"score", row.score},       {"deed", row.deed},
                      {"state", "changed"}};
    if (!row.to_path.empty()) file["to_path"] = shown(row.to_path);
    if (!row.sha256_before.empty()) file["sha256_before"] = row.sha256_before;
    auto found = restored.find(row.path);
    if (found == restored.end()) found = restored.find(row.to_path);
    if (found != restored.end()) {
      const auto& what = *found->second;
      file["state"] = !what.ok() ? "differs" : what.action == "kept_beside" ? "kept" : "restored";
      if (!what.sha256.empty()) file["sha256_after"] = what.sha256;
    }
    bytes += json::serialize(file).size();
    if (files.size() >= kSnapshotFiles || bytes > kSnapshotBytes) break;
    files.push_back(std::move(file));
  }
  json::object actor{{"executable", shown(incident.actor.process.executable)},
                     {"cgroup", shown(incident.actor.cgroup)},
                     {"uid", incident.actor.uid},
                     {"user", user_name(incident.actor.uid)},
                     {"lineage", std::move(lineage)}};
  if (!incident.actor.client.empty()) actor["client"] = shown(incident.actor.client);
  const bool stopped = !incident.stopped.empty() || !incident.frozen_cgroup.empty();
  const bool ended = incident.state == IncidentState::kAllowed || incident.state == IncidentState::kOver;
  const auto more = rows.size() - files.size();
  return {{"id", incident.id},
          {"state", to_string(incident.state)},
          {"frozen", stopped && !ended},
          {"at", to_rfc3339(incident.at)},
          {"last_at", to_rfc3339(deeds.empty() ? incident.at : std::max(incident.at, deeds.back().at))},
          {"score", std::max(incident.actor_score, incident.directory_score)},
          {"reasons", std::move(reasons)},
          {"actor", std::move(actor)},
          {"files", std::move(files)},
          {"more_files", more}};
}

}  // namespace vedette::files
