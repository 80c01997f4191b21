// /file-incidents: an encryption attack on a host's files, and what is done about it.
#include "server/api/host_json.h"
#include "server/api/host_shapes.h"
#include "server/api/hosts_part.h"

namespace vedette::server {
using namespace shape;

namespace {

constexpr std::int64_t kAllowMin = 60, kAllowMax = 30 * 86'400;

// To stop a process is for whoever is on duty; what lets it go on or writes to files is not.
Role role_of(std::string_view kind) { return kind == "freeze" ? Role::kAnalyst : Role::kLead; }

Result<net::Response> give(Api& api, const Call& call) {
  TRY_ASSIGN(auto* hosts, hosts_of(api));
  auto kind = *call.text("kind");
  if (!call.who.may({"hosts", role_of(kind), false}))
    return refuse(ErrorCode::kForbidden, "request.role", {{"role", std::string(to_string(role_of(kind)))}});
  auto note = call.text_or("note", "");
  std::optional<std::chrono::seconds> allow_for;
  if (kind == "allow") {
    auto seconds = call.integer("expires_in_s");
    if (!seconds) return fields_response({{"expires_in_s", {"error.value.expiry", {}}}}, call.language);
    if (note.empty()) return fields_response({{"note", {"error.value.why_allowed", {}}}}, call.language);
    allow_for = std::chrono::seconds(*seconds);
  }
  TRY_ASSIGN(auto order, hosts->orders().give(call.parameter("id"), kind, allow_for, note, call.who.name));
  return json_response(201, host_command_json(order, call.language));
}

}  // namespace

std::vector<Operation> file_incident_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/file-incidents/{id}",
       .id = "getFileIncident",
       .tag = "hosts",
       .summary = "An encryption attack: who, which files, what was done about it",
       .response = reference("FileIncidentDetail"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto* hosts, hosts_of(api));
         TRY_ASSIGN(auto incident, hosts->incident(call.parameter("id")));
         return json_response(200, incident_detail_json(incident, call.language));
       }},
      {.method = kPost,
       .path = "/file-incidents/{id}/commands",
       .id = "commandFileIncident",
       .tag = "hosts",
       .summary = "Freeze the actor (analyst), let it go on, put the files back, or allow it (lead)",
       .role = Role::kAnalyst,
       .request =
           object({required("kind", one_of({"freeze", "thaw", "rollback", "allow"})),
                   optional("note", text(500)), optional("expires_in_s", integer(kAllowMin, kAllowMax))}),
       .success = 201,
       .response = reference("HostCommand"),
       .handler = [&api](const Call& call) { return give(api, call); }},
  };
}

}  // namespace vedette::server
