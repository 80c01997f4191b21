// /enrolments: one-time tokens with which hosts are enrolled.
#include <fmt/format.h>

#include "server/api/api.h"
#include "server/hosts/agents.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {
constexpr std::int64_t kLife = 3'600, kLifeMax = 7 * 86'400;
}

std::vector<Operation> enrolment_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kPost,
       .path = "/enrolments",
       .id = "addEnrolment",
       .tag = "hosts",
       .summary = "Make a one-time token that enrols a host; it is shown once",
       .role = Role::kAdmin,
       .scope = scope::kAdmin,
       .request = object({optional("note", text(200)), optional("expires_in_s", integer(60, kLifeMax))}),
       .success = 201,
       .response = object({required("id", id()), required("note", text()), required("expires_at", time()),
                           required("token", text(200)), required("command", text(1'000))}),
       .secret_response = true,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         if (!api.agents)
           return fail(ErrorCode::kNotFound,
                       "this server takes no agents; set agents.listen and start it again");
         auto note = call.text_or("note", "");
         auto life = std::chrono::seconds(call.integer("expires_in_s").value_or(kLife));
         TRY_ASSIGN(auto made, api.agents->hosts().make_enrolment(note, life, call.who.name));
         return json_response(
             201, json::object{{"id", made.id},
                               {"note", note},
                               {"expires_at", to_rfc3339(made.expires_at)},
                               {"token", made.token},
                               {"command", fmt::format("vedette agent enroll --server {} --pin {} --token {}",
                                                       api.agents->url(), api.agents->pin(), made.token)}});
       }},
  };
}

}  // namespace vedette::server
