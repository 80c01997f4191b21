// /playbooks: what is to be done about each kind of incident; CACAO 2.0 in and out.
#include "desk/playbooks/playbooks.h"

#include "desk/playbooks/cacao.h"
#include "server/api/api.h"
#include "server/api/playbook_part.h"
#include "server/api/shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

constexpr std::int64_t kTaskText = desk::CacaoLimits::kTextBytes;

json::object playbook_json(const desk::Playbook& playbook, Language language) {
  json::array steps;
  for (const auto& step : playbook.steps)
    steps.push_back(json::object{{"id", step.id},
                                 {"phase", desk::to_string(step.phase)},
                                 {"role", step.role},
                                 {"title", step.title.in(language)},
                                 {"what", step.what.in(language)},
                                 {"evidence", step.evidence.in(language)},
                                 {"due_minutes", step.due_minutes}});
  return {{"id", playbook.id},
          {"name", playbook.name.in(language)},
          {"summary", playbook.summary.in(language)},
          {"source", playbook.source},
          {"kinds", text_list(playbook.kinds)},
          {"attack", text_list(playbook.attack)},
          {"steps", std::move(steps)}};
}

Result<net::Response> cacao_file(Api& api, const Call& call) {
  net::Response response;
  TRY_ASSIGN(response.body, api.playbooks.cacao(call.parameter("id"), call.language));
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Content-Disposition", "attachment; filename=\"playbook.cacao.json\"");
  return response;
}

}  // namespace

Schema playbook_shape() {
  auto step = object({required("id", text(40)), required("phase", text(20)), required("role", text(20)),
                      required("title", text(kTaskText)), required("what", text(kTaskText)),
                      required("evidence", text(kTaskText)), required("due_minutes", count())});
  return object(
      {required("id", text(40)), required("name", text(kTaskText)), required("summary", text(kTaskText)),
       required("source", one_of({"built_in", "own", "imported"})), required("kinds", list(text(64))),
       required("attack", list(text(64))), required("steps", list(std::move(step)))});
}

std::vector<Operation> playbook_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/playbooks",
       .id = "listPlaybooks",
       .tag = "incidents",
       .summary = "The playbooks there are: built-in, the organisation's own, imported",
       .response = page_of(reference("Playbook")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto all, api.playbooks.list());
         json::array items;
         for (const auto& one : all) items.push_back(playbook_json(one, call.language));
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/playbooks",
       .id = "importPlaybook",
       .tag = "incidents",
       .summary =
           "Import a CACAO 2.0 playbook; one of the same id is replaced. Its commands are shown, never run",
       .role = Role::kLead,
       .request = any(),
       .success = 201,
       .response = reference("Playbook"),
       .body_bytes_max = desk::CacaoLimits::kBytes,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto made, api.playbooks.import_cacao(call.request.body, call.who.name));
         return json_response(201, playbook_json(made, call.language));
       }},
      {.method = kDelete,
       .path = "/playbooks/{id}",
       .id = "removePlaybook",
       .tag = "incidents",
       .summary = "Remove an imported playbook; tasks that came from it stay",
       .role = Role::kLead,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.playbooks.remove(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
      {.method = kGet,
       .path = "/playbooks/{id}/cacao",
       .id = "exportPlaybook",
       .tag = "incidents",
       .summary = "A playbook as CACAO 2.0; of an imported one the file as it came",
       .response = any(),
       .handler = [&api](const Call& call) { return cacao_file(api, call); }},
  };
}

}  // namespace vedette::server
