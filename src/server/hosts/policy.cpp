#include "server/hosts/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "model/refusal.h"
#include "server/hosts/told.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

constexpr std::int64_t kVaultMin = 64ll << 20, kVaultMax = 1ll << 50;

bool plain_path(std::string_view path) {
  if (path.empty() || path.front() != '/' || path.size() > 1'024 || !is_told_text(path)) return false;
  for (std::string_view rest = path.substr(1); !rest.empty();) {
    auto part = rest.substr(0, rest.find('/'));
    if (part.empty() || part == "." || part == "..") return false;
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  }
  return true;
}

std::vector<std::string> texts(const json::object& object, std::string_view field) {
  std::vector<std::string> out;
  const auto* list = object.if_contains(field);
  if (!list || !list->is_array()) return out;
  for (const auto& one : list->get_array())
    if (one.is_string()) out.emplace_back(one.get_string());
  return out;
}

}  // namespace

bool is_group_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name.front() != '.' && name.front() != '_' &&
         name.front() != '-' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string_view::npos;
}

Result<void> check_policy(const Policy& policy) {
  if (!is_group_name(policy.group)) return refuse(ErrorCode::kInvalid, "host.group_name");
  for (const auto* list : {&policy.trees, &policy.exclude, &policy.web_roots}) {
    if (list->size() > kPolicyPathsMax)
      return refuse(ErrorCode::kInvalid, "host.paths", {{"most", std::to_string(kPolicyPathsMax)}});
    for (const auto& path : *list)
      if (path == "/" || !plain_path(path)) return refuse(ErrorCode::kInvalid, "host.path", {{"path", path}});
  }
  if (policy.log_files.size() > kPolicyPathsMax)
    return fail(ErrorCode::kInvalid, fmt::format("at most {} patterns of log files", kPolicyPathsMax));
  for (const auto& files : policy.log_files) {
    if (!plain_path(files.pattern))
      return fail(ErrorCode::kInvalid, fmt::format("\"{}\": a log's path is absolute and without \"..\" or "
                                                   "doubled slashes",
                                                   files.pattern));
    if (std::ranges::find(kLogFileFormats, files.format) == std::end(kLogFileFormats))
      return fail(ErrorCode::kInvalid, fmt::format("\"{}\": a log's format is one of {}", files.format,
                                                   fmt::join(kLogFileFormats, ", ")));
  }
  if (policy.vault_bytes < kVaultMin || policy.vault_bytes > kVaultMax)
    return refuse(ErrorCode::kInvalid, "host.vault");
  return {};
}

json::object policy_fields(const Policy& policy) {
  auto list = [](const std::vector<std::string>& paths) { return json::array(paths.begin(), paths.end()); };
  json::array logs;
  for (const auto& files : policy.log_files)
    logs.push_back(json::object{{"pattern", files.pattern}, {"format", files.format}});
  return {{"mode", policy.mode},
          {"trees", list(policy.trees)},
          {"exclude", list(policy.exclude)},
          {"vault_bytes", policy.vault_bytes},
          {"web_roots", list(policy.web_roots)},
          {"web_root_discovery", policy.web_root_discovery},
          {"log_files", std::move(logs)},
          {"journal", policy.journal}};
}

std::string policy_json(const Policy& policy) { return json::serialize(policy_fields(policy)); }

Policy policy_from(const std::string& group, const std::string& stored) {
  Policy out;
  out.group = group;
  json::error_code error;
  auto value = json::parse(stored, error);
  const auto* object = error ? nullptr : value.if_object();
  if (!object) return out;
  if (const auto* mode = object->if_contains("mode"); mode && mode->is_string())
    out.mode = mode->get_string();
  out.trees = texts(*object, "trees");
  out.exclude = texts(*object, "exclude");
  out.web_roots = texts(*object, "web_roots");
  if (const auto* bytes = object->if_contains("vault_bytes"); bytes && bytes->is_int64())
    out.vault_bytes = bytes->get_int64();
  if (const auto* found = object->if_contains("web_root_discovery"); found && found->is_bool())
    out.web_root_discovery = found->get_bool();
  if (const auto* journal = object->if_contains("journal"); journal && journal->is_bool())
    out.journal = journal->get_bool();
  if (const auto* logs = object->if_contains("log_files"); logs && logs->is_array()) {
    for (const auto& one : logs->get_array()) {
      const auto* files = one.if_object();
      const auto* pattern = files ? files->if_contains("pattern") : nullptr;
      const auto* format = files ? files->if_contains("format") : nullptr;
      if (pattern && pattern->is_string() && format && format->is_string())
        out.log_files.push_back({std::string(pattern->get_string()), std::string(format->get_string())});
    }
  }
  return out;
}

std::string policy_payload(const Policy& policy, const std::string& host_id, std::int64_t version,
                           WallTime issued_at) {
  json::object out{
      {"kind", "policy"}, {"host_id", host_id}, {"version", version}, {"issued_at", to_rfc3339(issued_at)}};
  for (auto& [name, value] : policy_fields(policy)) out[name] = value;
  return json::serialize(out);
}

}  // namespace vedette::server
