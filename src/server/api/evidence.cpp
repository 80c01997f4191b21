// /incidents/{id}/evidence, /evidence-intakes: taking evidence in, looking at it, giving it out.
#include "desk/evidence/evidence_vault.h"

#include <charconv>

#include "model/refusal.h"
#include "server/api/api.h"
#include "server/api/evidence_part.h"
#include "server/api/shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

using Limits = desk::EvidenceLimits;

Schema tlp_words() { return one_of({"red", "amber+strict", "amber", "green", "clear"}); }

json::object evidence_json(const desk::EvidenceItem& item) {
  json::array custody;
  for (const auto& one : item.custody)
    custody.push_back(json::object{
        {"at", to_rfc3339(one.at)}, {"action", one.action}, {"by", one.by}, {"detail", one.detail}});
  return {{"id", item.id},
          {"incident_id", item.incident_id},
          {"kind", item.kind},
          {"name", item.name},
          {"origin", item.origin},
          {"note", item.note},
          {"tlp", desk::to_string(item.tlp)},
          {"bytes", item.bytes},
          {"sha256", item.sha256},
          {"taken_at", to_rfc3339(item.taken_at)},
          {"taken_by", item.taken_by},
          {"custody", std::move(custody)}};
}

Result<net::Response> begin_intake(Api& api, const Call& call) {
  desk::EvidenceItem draft{.kind = "file",
                           .name = *call.text("name"),
                           .note = call.text_or("note", ""),
                           .tlp = *desk::tlp_from(call.text_or("tlp", "amber"))};
  TRY_ASSIGN(auto intake, api.evidence.begin(call.parameter("id"), draft, call.who.name));
  return json_response(201, json::object{{"intake", intake}, {"part_bytes_max", Limits::kPartBytes}});
}

Result<net::Response> keep_snapshot(Api& api, const Call& call) {
  sites::Snapshot meta;
  TRY_ASSIGN(auto bytes, api.sites.snapshot_content(*call.text("snapshot"), &meta));
  const bool picture = meta.kind == "screenshot";
  desk::EvidenceItem draft{
      .kind = "snapshot",
      .name = fmt::format("{}-{}.{}", meta.kind, meta.sha256.substr(0, 12), picture ? "png" : "html"),
      .origin = *call.text("snapshot"),
      .note = call.text_or("note", ""),
      .tlp = *desk::tlp_from(call.text_or("tlp", "amber"))};
  TRY_ASSIGN(auto item, api.evidence.take(call.parameter("id"), draft, bytes, call.who.name));
  return json_response(201, evidence_json(item));
}

// A stranger's bytes: a file to keep, never a document of our origin.
net::Response file_response(std::string bytes, std::string_view type, std::string_view name) {
  net::Response response;
  response.body = std::move(bytes);
  response.headers.set("Content-Type", type);
  response.headers.set("Content-Disposition", fmt::format("attachment; filename=\"{}\"", name));
  response.headers.set("Content-Security-Policy", "default-src 'none'; sandbox");
  return response;
}

Result<net::Response> take_part(Api& api, const Call& call) {
  std::int64_t offset = -1;
  const auto text = call.query("offset");
  std::from_chars(text.data(), text.data() + text.size(), offset);
  TRY(api.evidence.part(call.parameter("intake"), offset, call.request.body, call.who.name));
  return net::Response::empty(204);
}

Result<net::Response> give_bundle(Api& api, const Call& call) {
  std::vector<std::string> ids;
  if (const auto* chosen = call.body.if_contains("evidence")) {
    for (const auto& one : chosen->as_array()) ids.emplace_back(one.as_string());
  }
  TRY_ASSIGN(auto bytes, api.evidence.bundle(call.parameter("id"), ids, call.who.name));
  return file_response(std::move(bytes), "application/x-tar", "evidence.tar");
}

}  // namespace

Schema evidence_shape() {
  auto entry = object({required("at", time()), required("action", one_of({"taken_in", "viewed", "exported"})),
                       required("by", text()), required("detail", text(400))});
  return object({required("id", id()), required("incident_id", id()),
                 required("kind", one_of({"file", "snapshot", "events"})),
                 required("name", text(Limits::kNameBytes)), required("origin", text(4'000)),
                 required("note", text(Limits::kNoteBytes)), required("tlp", tlp_words()),
                 required("bytes", count()), required("sha256", text(64)), required("taken_at", time()),
                 required("taken_by", text()), required("custody", list(std::move(entry), 100'000))});
}

net::Response evidence_response(const desk::EvidenceItem& item) {
  return json_response(201, evidence_json(item));
}

std::vector<Operation> evidence_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/incidents/{id}/evidence",
       .id = "incidentEvidence",
       .tag = "evidence",
       .summary = "What was taken in for it, with its custody; of incidents merged into it too",
       .response = page_of(reference("Evidence")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto all, api.evidence.list(call.parameter("id")));
         json::array items;
         for (const auto& one : all) items.push_back(evidence_json(one));
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/incidents/{id}/evidence",
       .id = "beginIntake",
       .tag = "evidence",
       .summary =
           "Begin to take a file in: send its bytes to /evidence-intakes/{intake} in parts, then finish it",
       .role = Role::kAnalyst,
       .request = object({required("name", text(Limits::kNameBytes, 1)),
                          optional("note", text(Limits::kNoteBytes)), optional("tlp", tlp_words())}),
       .success = 201,
       .response = object({required("intake", id()), required("part_bytes_max", count())}),
       .handler = [&api](const Call& call) { return begin_intake(api, call); }},
      {.method = kPut,
       .path = "/evidence-intakes/{intake}",
       .id = "intakePart",
       .tag = "evidence",
       .summary = "The next bytes of the file, as the body of the request, at most 1 MiB",
       .role = Role::kAnalyst,
       .query = {{"offset", integer(0, Limits::kItemBytes), "how many bytes came before"}},
       .success = 204,
       .body_bytes_max = Limits::kPartBytes,
       .handler = [&api](const Call& call) { return take_part(api, call); }},
      {.method = kPost,
       .path = "/evidence-intakes/{intake}/finish",
       .id = "finishIntake",
       .tag = "evidence",
       .summary = "The file is whole: it is hashed, sealed and kept",
       .role = Role::kAnalyst,
       .request = object({}),
       .success = 201,
       .response = reference("Evidence"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto item, api.evidence.finish(call.parameter("intake"), call.who.name));
         return evidence_response(item);
       }},
      {.method = kPost,
       .path = "/incidents/{id}/evidence-snapshots",
       .id = "keepSnapshot",
       .tag = "evidence",
       .summary = "Keep a version or a picture of a watched site as evidence",
       .role = Role::kAnalyst,
       .request = object({required("snapshot", text(64, 1)), optional("note", text(Limits::kNoteBytes)),
                          optional("tlp", tlp_words())}),
       .success = 201,
       .response = reference("Evidence"),
       .handler = [&api](const Call& call) { return keep_snapshot(api, call); }},
      {.method = kPost,
       .path = "/incidents/{id}/evidence/{evidence}/content",
       .id = "viewEvidence",
       .tag = "evidence",
       .summary = "Its bytes; that you looked is written into its custody",
       .role = Role::kAnalyst,
       .only_reads = true,
       .request = object({}),
       .response_type = "application/octet-stream",
       .secret_response = true,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto bytes,
                    api.evidence.view(call.parameter("id"), call.parameter("evidence"), call.who.name));
         return file_response(std::move(bytes), "application/octet-stream", "evidence.bin");
       }},
      {.method = kPost,
       .path = "/incidents/{id}/evidence-bundle",
       .id = "exportEvidence",
       .tag = "evidence",
       .summary = "A signed tar file of the evidence (all if none is named), with its custody; "
                  "`vedette evidence verify` checks it",
       .role = Role::kLead,
       .request = object({optional("evidence", list(shape::id(), Limits::kOfIncident))}),
       .response_type = "application/x-tar",
       .secret_response = true,
       .handler = [&api](const Call& call) { return give_bundle(api, call); }},
      {.method = kGet,
       .path = "/evidence-key",
       .id = "evidenceKey",
       .tag = "evidence",
       .summary = "The public key (Ed25519, base64) that bundles of this server are signed with",
       .response = object({required("public_key", text(64))}),
       .handler = [&api](const Call&) -> Result<net::Response> {
         return json_response(200, json::object{{"public_key", api.evidence.public_key()}});
       }},
  };
}

}  // namespace vedette::server
