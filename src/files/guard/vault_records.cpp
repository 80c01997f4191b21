#include "files/guard/vault_records.h"

#include <boost/json.hpp>
#include <set>

namespace vedette::files {
namespace json = boost::json;
namespace {

std::string text(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}
template <class T>
T number(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  if (value == nullptr || !value->is_number()) return T{};
  boost::system::error_code error;
  T out = value->to_number<T>(error);
  return error ? T{} : out;
}
WallTime time(const json::object& from, std::string_view key) {
  return from_unix_ms(number<std::int64_t>(from, key));
}

json::array processes(const std::vector<ProcessId>& from) {
  json::array out;
  for (const auto& process : from) out.push_back(json::array{process.pid, process.start_ticks});
  return out;
}
std::vector<ProcessId> processes(const json::object& from, std::string_view key) {
  std::vector<ProcessId> out;
  const auto* list = from.if_contains(key);
  if (list == nullptr || !list->is_array()) return out;
  for (const auto& one : list->get_array()) {
    if (!one.is_array() || one.get_array().size() != 2) continue;
    json::object pair{{"p", one.get_array()[0]}, {"s", one.get_array()[1]}};
    out.push_back({number<std::int32_t>(pair, "p"), number<std::uint64_t>(pair, "s")});
  }
  return out;
}

std::vector<std::string> texts(const json::object& from, std::string_view key) {
  std::vector<std::string> out;
  const auto* list = from.if_contains(key);
  if (list == nullptr || !list->is_array()) return out;
  for (const auto& one : list->get_array())
    if (one.is_string()) out.emplace_back(one.get_string());
  return out;
}

json::object process_record(const ProcessInfo& process) {
  return {{"pid", process.pid},
          {"start", process.start_ticks},
          {"executable", process.executable},
          {"name", process.name},
          {"arguments", json::array(process.arguments.begin(), process.arguments.end())}};
}
ProcessInfo process_from(const json::object& from) {
  return {number<std::int32_t>(from, "pid"), number<std::uint64_t>(from, "start"), text(from, "executable"),
          text(from, "name"), texts(from, "arguments")};
}

Image image_from(const json::object& from) {
  Image image;
  image.id = number<std::uint64_t>(from, "id");
  image.path = text(from, "path");
  image.file = from_hex(text(from, "file"));
  image.actor = text(from, "actor");
  image.lineage = processes(from, "lineage");
  image.size = number<std::uint64_t>(from, "size");
  image.mode = number<std::uint32_t>(from, "mode");
  image.uid = number<std::uint32_t>(from, "uid");
  image.gid = number<std::uint32_t>(from, "gid");
  image.mtime_ns = number<std::int64_t>(from, "mtime_ns");
  image.atime_ns = number<std::int64_t>(from, "atime_ns");
  image.sha256 = text(from, "sha256");
  image.reflink = number<int>(from, "reflink") != 0;
  image.ranges = number<int>(from, "ranges") != 0;
  image.settled = number<int>(from, "settled") != 0;
  image.at = time(from, "at");
  if (const auto* xattrs = from.if_contains("xattrs"); xattrs != nullptr && xattrs->is_object()) {
    for (const auto& [name, value] : xattrs->get_object())
      if (value.is_string()) image.xattrs[std::string(name)] = from_hex(std::string(value.get_string()));
  }
  return image;
}

Deed deed_from(const json::object& from) {
  Deed deed;
  deed.number = number<std::uint64_t>(from, "id");
  deed.kind = change_kind_from(text(from, "kind"));
  deed.path = text(from, "path");
  deed.old_path = text(from, "old_path");
  deed.file = from_hex(text(from, "file"));
  deed.replaced = from_hex(text(from, "replaced"));
  deed.image = number<std::uint64_t>(from, "image");
  deed.actor = text(from, "actor");
  deed.lineage = processes(from, "lineage");
  deed.size_before = number<std::uint64_t>(from, "size_before");
  deed.size_after = number<std::uint64_t>(from, "size_after");
  deed.type_before = text(from, "type_before");
  deed.type_after = text(from, "type_after");
  deed.score = number<double>(from, "score");
  deed.undone = number<int>(from, "undone") != 0;
  deed.canary = number<int>(from, "canary") != 0;
  deed.at = time(from, "at");
  return deed;
}

FileIncident incident_from(const json::object& from) {
  FileIncident incident;
  incident.id = text(from, "id");
  for (auto state : {IncidentState::kHeld, IncidentState::kFrozen, IncidentState::kRolledBack,
                     IncidentState::kAllowed, IncidentState::kOver})
    if (to_string(state) == text(from, "state")) incident.state = state;
  incident.actor_key = text(from, "actor");
  if (const auto* process = from.if_contains("process"); process != nullptr && process->is_object()) {
    incident.actor.process = process_from(process->get_object());
  } else {  // of a vault that an older guard wrote
    incident.actor.process.executable = text(from, "executable");
    incident.actor.process.name = text(from, "name");
    incident.actor.process.pid = number<std::int32_t>(from, "pid");
  }
  if (const auto* list = from.if_contains("ancestors"); list != nullptr && list->is_array())
    for (const auto& one : list->get_array())
      if (one.is_object()) incident.actor.ancestors.push_back(process_from(one.get_object()));
  incident.actor.session = number<std::int32_t>(from, "session");
  incident.actor.client = text(from, "client");
  if (const auto* list = from.if_contains("reasons"); list != nullptr && list->is_array())
    for (const auto& one : list->get_array())
      if (auto reason = message_from_json(one)) incident.reasons.push_back(*std::move(reason));
  incident.actor_score = number<double>(from, "actor_score");
  incident.directory_score = number<double>(from, "directory_score");
  incident.actor.uid = number<std::uint32_t>(from, "uid");
  incident.actor.cgroup = text(from, "cgroup");
  auto root = processes(from, "root");
  if (!root.empty()) incident.root = root[0];
  incident.partners = texts(from, "partners");
  incident.stopped = processes(from, "stopped");
  incident.frozen_cgroup = text(from, "frozen_cgroup");
  incident.files_changed = number<std::uint64_t>(from, "files_changed");
  incident.at = time(from, "at");
  return incident;
}

}  // namespace

json::object to_record(const Image& image) {
  json::object xattrs;
  for (const auto& [name, value] : image.xattrs) xattrs[name] = to_hex(value);
  return {{"t", "image"},
          {"id", image.id},
          {"path", image.path},
          {"file", to_hex(image.file)},
          {"actor", image.actor},
          {"lineage", processes(image.lineage)},
          {"size", image.size},
          {"mode", image.mode},
          {"uid", image.uid},
          {"gid", image.gid},
          {"mtime_ns", image.mtime_ns},
          {"atime_ns", image.atime_ns},
          {"xattrs", std::move(xattrs)},
          {"sha256", image.sha256},
          {"reflink", image.reflink ? 1 : 0},
          {"ranges", image.ranges ? 1 : 0},
          {"settled", image.settled ? 1 : 0},
          {"at", to_unix_ms(image.at)}};
}

json::object to_record(const Deed& deed) {
  return {{"t", "deed"},
          {"id", deed.number},
          {"kind", to_string(deed.kind)},
          {"path", deed.path},
          {"old_path", deed.old_path},
          {"file", to_hex(deed.file)},
          {"replaced", to_hex(deed.replaced)},
          {"image", deed.image},
          {"actor", deed.actor},
          {"lineage", processes(deed.lineage)},
          {"size_before", deed.size_before},
          {"size_after", deed.size_after},
          {"type_before", deed.type_before},
          {"type_after", deed.type_after},
          {"score", deed.score},
          {"undone", deed.undone ? 1 : 0},
          {"canary", deed.canary ? 1 : 0},
          {"at", to_unix_ms(deed.at)}};
}

json::object to_record(const FileIncident& incident) {
  json::array ancestors, reasons;
  for (const auto& ancestor : incident.actor.ancestors) ancestors.push_back(process_record(ancestor));
  for (const auto& reason : incident.reasons) reasons.push_back(to_json(reason));
  return {{"t", "incident"},
          {"id", incident.id},
          {"state", to_string(incident.state)},
          {"actor", incident.actor_key},
          {"process", process_record(incident.actor.process)},
          {"ancestors", std::move(ancestors)},
          {"uid", incident.actor.uid},
          {"session", incident.actor.session},
          {"client", incident.actor.client},
          {"reasons", std::move(reasons)},
          {"actor_score", incident.actor_score},
          {"directory_score", incident.directory_score},
          {"cgroup", incident.actor.cgroup},
          {"root", processes({incident.root})},
          {"partners", json::array(incident.partners.begin(), incident.partners.end())},
          {"stopped", processes(incident.stopped)},
          {"frozen_cgroup", incident.frozen_cgroup},
          {"files_changed", incident.files_changed},
          {"at", to_unix_ms(incident.at)}};
}

json::object to_record(const Allowance& allowance) {
  return {{"t", "allow"},
          {"executable", allowance.executable},
          {"tree", allowance.tree},
          {"until", to_unix_ms(allowance.until)},
          {"by", allowance.by}};
}

void take_record(std::string_view line, VaultHistory& history) {
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  boost::system::error_code error;
  auto value = json::parse(line, error, {}, options);
  if (error || !value.is_object()) {
    ++history.unreadable_lines;
    return;
  }
  const auto& from = value.get_object();
  auto kind = text(from, "t");
  auto id = number<std::uint64_t>(from, "id");
  history.last_number = std::max(history.last_number, id);
  if (kind == "image") {
    history.images[id] = image_from(from);
  } else if (kind == "hash" || kind == "settled") {
    auto found = history.images.find(id);
    if (found == history.images.end()) return;
    if (kind == "hash") found->second.sha256 = text(from, "sha256");
    if (kind == "settled") found->second.settled = number<int>(from, "settled") != 0;
  } else if (kind == "evicted") {
    history.images.erase(id);
  } else if (kind == "deed") {
    history.deeds.push_back(deed_from(from));
  } else if (kind == "pin_saved") {
    for (auto& deed : history.deeds)
      if (deed.number == number<std::uint64_t>(from, "deed"))
        deed.image = number<std::uint64_t>(from, "image");
  } else if (kind == "undone") {
    std::set<std::uint64_t> numbers;
    if (const auto* list = from.if_contains("deeds"); list != nullptr && list->is_array())
      for (const auto& one : list->get_array())
        if (one.is_int64()) numbers.insert(static_cast<std::uint64_t>(one.get_int64()));
    for (auto& deed : history.deeds) deed.undone |= numbers.contains(deed.number);
  } else if (kind == "incident") {
    auto incident = incident_from(from);
    std::erase_if(history.incidents, [&](const auto& other) { return other.id == incident.id; });
    history.incidents.push_back(std::move(incident));
  } else if (kind == "allow") {
    history.allowances.push_back(
        {text(from, "executable"), text(from, "tree"), time(from, "until"), text(from, "by")});
  } else {
    ++history.unreadable_lines;
  }
}

}  // namespace vedette::files
