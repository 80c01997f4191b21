// /enrolments: one-time tokens with which hosts are enrolled.
#include <fmt/format.h>

#include "server/api/host_json.h"
#include "server/api/host_shapes.h"
#include "server/api/hosts_part.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {
constexpr std::int64_t kLife = 3'600, kLifeMax = 7 * 86'400;
}

std::vector<Operation> enrolment_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/enrolments",
       .id = "listEnrolments",
       .tag = "hosts",
       .summary = "Tokens that were made, newest first; without the tokens themselves",
       .role = Role::kAdmin,
       .query = paging(),
       .response = page_of(reference("Enrolment")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto* hosts, hosts_of(api));
         TRY_ASSIGN(auto page, hosts->enrolments(call.cursor(), call.limit()));
         json::array items;
         for (const auto& one : page.items) items.push_back(enrolment_json(one));
         return page_response(std::move(items), page.next_cursor);
       }},
      {.method = kPost,
       .path = "/enrolments",
       .id = "addEnrolment",
       .tag = "hosts",
       .summary = "Make a one-time token that enrols a host; it is shown once",
       .role = Role::kAdmin,
       .request = object({optional("group", group_name()), optional("note", text(200)),
                          optional("expires_in_s", integer(60, kLifeMax))}),
       .success = 201,
       .response = reference("Enrolment"),
       .secret_response = true,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto* hosts, hosts_of(api));
         auto life = std::chrono::seconds(call.integer("expires_in_s").value_or(kLife));
         TRY_ASSIGN(auto made, hosts->make_enrolment(call.text_or("group", kDefaultGroup),
                                                     call.text_or("note", ""), life, call.who.name));
         auto out = enrolment_json(made);
         out["token"] = made.token;
         out["command"] = fmt::format("vedette agent enroll --server {} --pin {} --token {}",
                                      api.agents->url(), api.agents->pin(), made.token);
         return json_response(201, out);
       }},
      {.method = kDelete,
       .path = "/enrolments/{id}",
       .id = "removeEnrolment",
       .tag = "hosts",
       .summary = "Cancel a token that was not used",
       .role = Role::kAdmin,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto* hosts, hosts_of(api));
         TRY(hosts->cancel_enrolment(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
  };
}

}  // namespace vedette::server
