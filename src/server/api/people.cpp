// /people, /leaves: who can be on duty, how they are reached, and when they are away.
#include "server/api/api.h"
#include "server/api/roster_shapes.h"

namespace vedette::server {
namespace json = boost::json;
using namespace shape;

namespace {

// How somebody is reached. A screen on a wall shows who is on duty to whoever walks past, not their number.
void leave_contacts_out(json::object& person) {
  person["phone"] = "";
  person["contacts"] = json::array();
}

json::object person_json(const desk::Person& person) {
  json::array contacts;
  for (const auto& one : person.contacts)
    contacts.push_back(json::object{{"channel_id", one.channel_id}, {"address", one.address}});
  return {{"id", person.id},     {"name", person.name},   {"username", text_or_null(person.username)},
          {"unit", person.unit}, {"phone", person.phone}, {"contacts", std::move(contacts)}};
}

json::object leave_json(const desk::Leave& leave) {
  return {{"id", leave.id},
          {"person", leave.person},
          {"from", to_rfc3339(leave.from)},
          {"to", to_rfc3339(leave.to)},
          {"reason", leave.reason},
          {"by", leave.by}};
}

void apply(const Call& call, desk::Person& person) {
  if (auto name = call.text("name")) person.name = *name;
  if (call.body.contains("username")) person.username = call.text_or("username", "");
  if (auto unit = call.text("unit")) person.unit = *unit;
  if (auto phone = call.text("phone")) person.phone = *phone;
  const auto* contacts = call.body.if_contains("contacts");
  if (!contacts) return;
  person.contacts.clear();
  for (const auto& one : contacts->as_array()) {
    const auto* address = one.as_object().if_contains("address");
    person.contacts.push_back({std::string(one.at("channel_id").as_string()),
                               address ? std::string(address->as_string()) : std::string()});
  }
}

}  // namespace

std::vector<Operation> people_operations(Api& api) {
  using enum net::Method;
  return {
      {.method = kGet,
       .path = "/people",
       .id = "listPeople",
       .tag = "roster",
       .summary = "Who can be on duty, and how they are reached; the role wall reads names alone",
       .on_wall = true,
       .response = page_of(reference("Person")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto people, api.rosters.people());
         const bool reached = call.who.may({"roster", Role::kViewer});
         json::array items;
         for (const auto& one : people) {
           auto shown = person_json(one);
           if (!reached) leave_contacts_out(shown);
           items.push_back(std::move(shown));
         }
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/people",
       .id = "addPerson",
       .tag = "roster",
       .summary = "Add a person",
       .role = Role::kLead,
       .request = person_input(true),
       .success = 201,
       .response = reference("Person"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         desk::Person person;
         apply(call, person);
         TRY_ASSIGN(auto saved, api.rosters.save_person(person, call.who.name));
         return json_response(201, person_json(saved));
       }},
      {.method = kPatch,
       .path = "/people/{id}",
       .id = "changePerson",
       .tag = "roster",
       .summary = "Change a person; contacts are replaced as a whole",
       .role = Role::kLead,
       .request = person_input(false),
       .response = reference("Person"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto person, api.rosters.person(call.parameter("id")));
         apply(call, person);
         TRY_ASSIGN(auto saved, api.rosters.save_person(person, call.who.name));
         return json_response(200, person_json(saved));
       }},
      {.method = kDelete,
       .path = "/people/{id}",
       .id = "removePerson",
       .tag = "roster",
       .summary = "Remove a person who stands in no roster",
       .role = Role::kLead,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.rosters.remove_person(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
      {.method = kGet,
       .path = "/leaves",
       .id = "listLeaves",
       .tag = "roster",
       .summary = "Leave that touches a time; the next 90 days if not given",
       .query = span_parameters(),
       .response = page_of(reference("Leave")),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY_ASSIGN(auto span, span_of(call, api.clock.wall(), std::chrono::hours(24 * 90)));
         TRY_ASSIGN(auto leaves, api.rosters.leaves(span.first, span.second));
         json::array items;
         for (const auto& one : leaves) items.push_back(leave_json(one));
         return page_response(std::move(items), "");
       }},
      {.method = kPost,
       .path = "/leaves",
       .id = "addLeave",
       .tag = "roster",
       .summary = "Somebody is away: the next in the rotation stands in",
       .role = Role::kLead,
       .request = object({required("person", id()), required("from", time()), required("to", time()),
                          optional("reason", text(2'000))}),
       .success = 201,
       .response = reference("Leave"),
       .handler = [&api](const Call& call) -> Result<net::Response> {
         desk::Leave leave;
         leave.person = *call.text("person");
         TRY_ASSIGN(leave.from, parse_rfc3339(*call.text("from")));
         TRY_ASSIGN(leave.to, parse_rfc3339(*call.text("to")));
         leave.reason = call.text_or("reason", "");
         leave.by = call.who.name;
         TRY_ASSIGN(auto saved, api.rosters.add_leave(leave));
         return json_response(201, leave_json(saved));
       }},
      {.method = kDelete,
       .path = "/leaves/{id}",
       .id = "removeLeave",
       .tag = "roster",
       .summary = "They are there after all",
       .role = Role::kLead,
       .success = 204,
       .handler = [&api](const Call& call) -> Result<net::Response> {
         TRY(api.rosters.remove_leave(call.parameter("id"), call.who.name));
         return net::Response::empty(204);
       }},
  };
}

}  // namespace vedette::server
