// /directives/{id}/…: the steps of a directive, and its files.
#include <fmt/format.h>

#include "desk/directives/directives.h"
#include "model/refusal.h"
#include "server/api/api.h"
#include "server/api/directive_part.h"
#include "server/api/shapes.h"

namespace vedette::server {
using namespace shape;

namespace {

using Most = desk::DirectiveLimits;
using DirectiveAct = std::function<Result<desk::Directive>(const Call&, const std::string&)>;

Operation directive_action(std::string_view path, std::string_view id, std::string_view summary, Role role,
                           Schema request, DirectiveAct act) {
  return {.method = net::Method::kPost,
          .path = path,
          .id = id,
          .tag = "directives",
          .summary = summary,
          .role = role,
          .request = std::move(request),
          .response = reference("Directive"),
          .body_bytes_max = 128 * 1024,
          .handler = [act = std::move(act)](const Call& call) -> Result<net::Response> {
            TRY_ASSIGN(auto done, act(call, call.parameter("id")));
            return json_response(200, directive_json(done));
          }};
}

// An approval is a person's: a token has nobody behind it.
Result<void> check_is_person(const Call& call) {
  if (call.who.kind == Principal::Kind::kUser) return {};
  return refuse(ErrorCode::kForbidden, "report.person");
}

Schema note_body(std::string_view field) { return object({required(field, text(Most::kNoteBytes, 1))}); }

Result<net::Response> attach_file(Api& api, const Call& call) {
  TRY_ASSIGN(auto done, api.directives.attach(call.parameter("id"), call.query("kind"), call.query("name"),
                                              call.request.body, call.who.name));
  return json_response(201, directive_json(done));
}

// A stranger's bytes: a file to keep, never a document of our origin.
Result<net::Response> give_file(Api& api, const Call& call) {
  net::Response response;
  TRY_ASSIGN(response.body, api.directives.view(call.parameter("id"), call.parameter("file"), call.who.name));
  response.headers.set("Content-Type", "application/octet-stream");
  response.headers.set("Content-Disposition", "attachment; filename=\"directive.bin\"");
  response.headers.set("Content-Security-Policy", "default-src 'none'; sandbox");
  return response;
}

}  // namespace

std::vector<Operation> directive_action_operations(Api& api) {
  using enum net::Method;
  auto* all = &api.directives;
  return {
      directive_action("/directives/{id}/verify", "verifyDirective",
                       "It is genuine and from who may ask; how that was found out", Role::kAnalyst,
                       note_body("note"),
                       [all](const Call& call, const std::string& id) {
                         return all->verify(id, *call.text("note"), call.who.name);
                       }),
      directive_action("/directives/{id}/reject", "rejectDirective", "It is not; why. This ends it",
                       Role::kLead, note_body("why"),
                       [all](const Call& call, const std::string& id) {
                         return all->reject(id, *call.text("why"), call.who.name);
                       }),
      directive_action("/directives/{id}/assign", "assignDirective",
                       "Who is to carry it out; another one than before takes approvals away", Role::kAnalyst,
                       object({required("assignee", text(Most::kNameBytes, 1))}),
                       [all](const Call& call, const std::string& id) {
                         return all->assign(id, *call.text("assignee"), call.who.name);
                       }),
      directive_action("/directives/{id}/approve", "approveDirective",
                       "One of two approvals of what has this SHA-256, by different people, neither of whom "
                       "registered it or is "
                       "to carry it out; a person's own session only",
                       Role::kLead, object({required("sha256", text(64, 64))}),
                       [all](const Call& call, const std::string& id) -> Result<desk::Directive> {
                         TRY(check_is_person(call));
                         return all->approve(id, *call.text("sha256"), call.who.name,
                                             call.who.user.display_name);
                       }),
      directive_action("/directives/{id}/execute", "executeDirective",
                       "It was carried out: what was done; only after two approvals", Role::kAnalyst,
                       note_body("what"),
                       [all](const Call& call, const std::string& id) {
                         return all->execute(id, *call.text("what"), call.who.name);
                       }),
      directive_action("/directives/{id}/contest", "contestDirective",
                       "It is objected to, with a reason; nothing is carried out", Role::kLead,
                       note_body("why"),
                       [all](const Call& call, const std::string& id) {
                         return all->contest(id, *call.text("why"), call.who.name);
                       }),
      directive_action("/directives/{id}/resume", "resumeDirective",
                       "It is not contested any more: to be assigned and approved anew", Role::kLead,
                       note_body("why"),
                       [all](const Call& call, const std::string& id) {
                         return all->resume(id, *call.text("why"), call.who.name);
                       }),
      directive_action("/directives/{id}/answer", "answerDirective", "What the authority was answered",
                       Role::kAnalyst, object({required("text", text(Most::kTextBytes, 1))}),
                       [all](const Call& call, const std::string& id) {
                         return all->answer(id, *call.text("text"), call.who.name);
                       }),
      {.method = kPut,
       .path = "/directives/{id}/files",
       .id = "attachToDirective",
       .tag = "directives",
       .summary = "Attach a file, as the body of the request, at most 16 MiB: what the authority sent "
                  "(approvals are "
                  "void then), evidence of what was done, or the answer. It is hashed and sealed",
       .role = Role::kAnalyst,
       .query = {{"kind", one_of({"request", "evidence", "answer"}), "what it is"},
                 {"name", text(Most::kNameBytes, 1), "its name"}},
       .success = 201,
       .response = reference("Directive"),
       .body_bytes_max = Most::kFileBytes,
       .handler = [&api](const Call& call) { return attach_file(api, call); }},
      {.method = kPost,
       .path = "/directives/{id}/files/{file}/content",
       .id = "viewDirectiveFile",
       .tag = "directives",
       .summary = "Its bytes; that you looked is written into the steps",
       .role = Role::kAnalyst,
       .only_reads = true,
       .request = object({}),
       .response_type = "application/octet-stream",
       .secret_response = true,
       .handler = [&api](const Call& call) { return give_file(api, call); }},
  };
}

}  // namespace vedette::server
