#include "agent/signed_order.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/signature.h"
#include "base/text/control.h"

namespace vedette::agent {
namespace json = boost::json;
namespace {

constexpr std::size_t kPayloadMax = 256 * 1024, kIdMax = 128;
constexpr std::uint64_t kVaultBytesMin = 16ull << 20, kVaultBytesMax = 1ull << 50;
constexpr OrderKind kKinds[] = {OrderKind::kFreeze, OrderKind::kThaw, OrderKind::kRollback,
                                OrderKind::kAllow};

std::unexpected<Error> wrong(std::string_view member) {
  return fail(ErrorCode::kInvalid, fmt::format("{} is missing or not what it must be", member));
}

Result<json::object> object_of(std::string_view payload, const std::string& host_id) {
  if (payload.size() > kPayloadMax) return fail(ErrorCode::kLimit, "the payload is too long");
  json::parse_options limits;
  limits.max_depth = 8;
  json::error_code error;
  auto value = json::parse(payload, error, {}, limits);
  if (error || !value.is_object()) return fail(ErrorCode::kInvalid, "the payload is no JSON object");
  const auto* host = value.get_object().if_contains("host_id");
  if (!host || !host->is_string()) return wrong("host_id");
  if (host->get_string() != host_id) return fail(ErrorCode::kForbidden, "it is meant for another host");
  return std::move(value.get_object());
}

Result<std::string> text(const json::object& from, std::string_view member, std::size_t max) {
  const auto* value = from.if_contains(member);
  if (!value || !value->is_string() || value->get_string().empty() || value->get_string().size() > max)
    return wrong(member);
  return std::string(value->get_string());
}

Result<WallTime> time(const json::object& from, std::string_view member) {
  TRY_ASSIGN(auto written, text(from, member, 64));
  auto out = parse_rfc3339(written);
  return out ? Result<WallTime>(*out) : wrong(member);
}

// A folder as a person would write it: nothing in it that leads elsewhere.
bool plain_path(std::string_view path) {
  return path.size() > 1 && path.size() <= Policy::kPathMax && path[0] == '/' && !path.starts_with("//") &&
         (std::string(path) + "/").find("/../") == std::string::npos && !has_control(path);
}

Result<std::vector<std::string>> paths(const json::object& from, std::string_view member, std::size_t max) {
  std::vector<std::string> out;
  const auto* value = from.if_contains(member);
  if (!value || !value->is_array() || value->get_array().size() > max) return wrong(member);
  for (const auto& one : value->get_array()) {
    if (!one.is_string() || !plain_path(one.get_string())) return wrong(member);
    std::string path(one.get_string());
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    out.push_back(std::move(path));
  }
  return out;
}

Result<LogSources> log_sources(const json::object& from) {
  LogSources out;
  if (const auto* journal = from.if_contains("journal")) {
    if (!journal->is_bool()) return wrong("journal");
    out.journal = journal->get_bool();
  }
  const auto* files = from.if_contains("log_files");
  if (!files) return out;
  if (!files->is_array() || files->get_array().size() > kLogPatternsMax) return wrong("log_files");
  for (const auto& one : files->get_array()) {
    const auto* object = one.if_object();
    if (!object) return wrong("log_files");
    LogFiles named;
    TRY_ASSIGN(named.pattern, text(*object, "pattern", Policy::kPathMax));
    TRY_ASSIGN(named.format, text(*object, "format", 16));
    if (!plain_path(named.pattern) ||
        std::ranges::find(kLogFileFormats, named.format) == std::end(kLogFileFormats))
      return wrong("log_files");
    out.files.push_back(std::move(named));
  }
  return out;
}

}  // namespace

std::string_view to_string(OrderKind kind) {
  switch (kind) {
    case OrderKind::kFreeze:
      return "freeze";
    case OrderKind::kThaw:
      return "thaw";
    case OrderKind::kRollback:
      return "rollback";
    case OrderKind::kAllow:
      return "allow";
  }
  return "freeze";
}

std::string_view mode_name(const std::optional<files::GuardMode>& mode) {
  return mode ? files::to_string(*mode) : "off";
}

Result<std::string> verified_payload(const json::value& value, const std::string& command_key) {
  const auto* object = value.if_object();
  const auto* payload = object ? object->if_contains("payload") : nullptr;
  const auto* signature = object ? object->if_contains("signature") : nullptr;
  if (!payload || !payload->is_string() || !signature || !signature->is_string())
    return fail(ErrorCode::kInvalid, "it is not signed at all");
  if (payload->get_string().size() > kPayloadMax) return fail(ErrorCode::kLimit, "the payload is too long");
  if (!signature_fits(command_key, payload->get_string(), signature->get_string()))
    return fail(ErrorCode::kForbidden, "the signature is not of the server this host was enrolled with");
  return std::string(payload->get_string());
}

Result<Order> read_order(std::string_view payload, const std::string& host_id) {
  TRY_ASSIGN(auto object, object_of(payload, host_id));
  Order out;
  TRY_ASSIGN(auto kind, text(object, "kind", 32));
  auto known = std::ranges::find(kKinds, kind, [](OrderKind one) { return to_string(one); });
  if (known == std::end(kKinds)) return wrong("kind");
  out.kind = *known;
  TRY_ASSIGN(out.id, text(object, "id", kIdMax));
  TRY_ASSIGN(out.incident_id, text(object, "incident_id", kIdMax));
  TRY_ASSIGN(out.issued_at, time(object, "issued_at"));
  TRY_ASSIGN(out.expires_at, time(object, "expires_at"));
  if (out.kind == OrderKind::kAllow) {
    TRY_ASSIGN(out.until, time(object, "until"));
  }
  return out;
}

Result<Policy> read_policy(std::string_view payload, const std::string& host_id) {
  TRY_ASSIGN(auto object, object_of(payload, host_id));
  TRY_ASSIGN(auto kind, text(object, "kind", 32));
  if (kind != "policy") return wrong("kind");
  Policy out;
  const auto* version = object.if_contains("version");
  if (!version || !version->is_int64() || version->get_int64() < 1) return wrong("version");
  out.version = version->get_int64();
  TRY_ASSIGN(out.issued_at, time(object, "issued_at"));
  TRY_ASSIGN(auto mode, text(object, "mode", 16));
  for (auto one : {files::GuardMode::kObserve, files::GuardMode::kHold, files::GuardMode::kRollback})
    if (files::to_string(one) == mode) out.mode = one;
  if (!out.mode && mode != "off") return wrong("mode");
  TRY_ASSIGN(out.trees, paths(object, "trees", Policy::kTreesMax));
  TRY_ASSIGN(out.exclude, paths(object, "exclude", Policy::kExcludesMax));
  TRY_ASSIGN(out.web_roots, paths(object, "web_roots", Policy::kWebRootsMax));
  if (const auto* bytes = object.if_contains("vault_bytes")) {
    json::error_code error;
    auto value = bytes->is_number() ? bytes->to_number<std::uint64_t>(error) : 0;
    // 0: the agent's own default.
    if (!bytes->is_number() || error || value > kVaultBytesMax) return wrong("vault_bytes");
    if (value > 0) out.vault_bytes = std::max(value, kVaultBytesMin);
  }
  if (const auto* discovery = object.if_contains("web_root_discovery")) {
    if (!discovery->is_bool()) return wrong("web_root_discovery");
    out.web_root_discovery = discovery->get_bool();
  }
  TRY_ASSIGN(out.logs, log_sources(object));
  return out;
}

}  // namespace vedette::agent
