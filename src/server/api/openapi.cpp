#include "server/api/openapi.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>

namespace vedette::server {
namespace json = boost::json;
namespace {

std::string lower(std::string_view text) {
  std::string out;
  for (char c : text) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

json::array parameters_of(const Operation& operation) {
  json::array out;
  for (std::size_t at = operation.path.find('{'); at != std::string_view::npos;
       at = operation.path.find('{', at + 1)) {
    auto name = operation.path.substr(at + 1, operation.path.find('}', at) - at - 1);
    out.push_back(json::object{
        {"name", name}, {"in", "path"}, {"required", true}, {"schema", json::object{{"type", "string"}}}});
  }
  for (const auto& parameter : operation.query) {
    out.push_back(json::object{{"name", parameter.name},
                               {"in", "query"},
                               {"description", parameter.description},
                               {"schema", to_json_schema(parameter.schema)}});
  }
  if (operation.method != net::Method::kGet && !operation.open) {
    out.push_back(json::object{{"$ref", "#/components/parameters/IdempotencyKey"}});
  }
  return out;
}

json::object responses_of(const Operation& operation) {
  json::object success{{"description", operation.success == 204 ? "Done" : "Success"}};
  if (operation.stream) {
    success["content"] =
        json::object{{"text/event-stream", json::object{{"schema", json::object{{"type", "string"}}}}}};
  } else if (operation.response) {
    success["content"] = json::object{
        {operation.response_type, json::object{{"schema", to_json_schema(*operation.response)}}}};
  } else if (operation.response_type != "application/json") {
    success["content"] = json::object{{operation.response_type, json::object{}}};
  }
  return {{std::to_string(operation.success), std::move(success)},
          {"default", json::object{{"$ref", "#/components/responses/Problem"}}}};
}

json::object describe(const Operation& operation) {
  json::object out{
      {"operationId", operation.id}, {"summary", operation.summary}, {"tags", json::array{operation.tag}}};
  if (operation.open) {
    out["security"] = json::array{};
  } else {
    auto permission = permission_of(operation);
    json::array roles;
    for (auto name : role_names())
      if (may(*role_from(name), permission)) roles.emplace_back(name);
    auto scopes = scopes_of(operation);
    out["description"] = fmt::format("Needs the permission {}, or a token with one of the scopes {}.",
                                     to_string(permission), fmt::join(scopes, ", "));
    out["x-scopes"] = json::array(scopes.begin(), scopes.end());
    out["x-permission"] = to_string(permission);
    out["x-roles"] = std::move(roles);
  }
  if (auto parameters = parameters_of(operation); !parameters.empty())
    out["parameters"] = std::move(parameters);
  if (operation.request) {
    out["requestBody"] = json::object{
        {"content",
         json::object{{"application/json", json::object{{"schema", to_json_schema(*operation.request)}}}}}};
  }
  out["responses"] = responses_of(operation);
  return out;
}

}  // namespace

std::string openapi_document(std::span<const Operation> operations, const Components& components,
                             std::string_view version) {
  json::object paths;
  for (const auto& operation : operations) {
    auto& at = paths[operation.path];
    if (!at.is_object()) at = json::object();
    at.as_object()[lower(to_string(operation.method))] = describe(operation);
  }
  json::object schemas;
  for (const auto& [name, schema] : components) schemas[{name.data(), name.size()}] = to_json_schema(schema);
  json::object text{{"type", "string"}};
  schemas["Problem"] = json::object{
      {"type", "object"},
      {"description", "RFC 9457 problem details"},
      {"properties",
       json::object{{"type", text},
                    {"title", text},
                    {"status", json::object{{"type", "integer"}}},
                    {"detail", text},
                    {"setup_needed", json::object{{"type", "boolean"}}},
                    {"errors",
                     json::object{{"type", "array"},
                                  {"items", json::object{{"type", "object"},
                                                         {"properties", json::object{{"field", text},
                                                                                     {"detail", text}}}}}}}}},
      {"required", json::array{"title", "status", "detail"}}};
  json::object document{
      {"openapi", "3.1.0"},
      {"info", json::object{{"title", "Vedette"},
                            {"version", version},
                            {"summary", "A 24/7 watch over an organisation's information systems"},
                            {"license", json::object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
      {"servers", json::array{json::object{{"url", "/api/v1"}}}},
      {"security",
       json::array{json::object{{"session", json::array{}}}, json::object{{"token", json::array{}}}}},
      {"paths", std::move(paths)},
      {"components",
       json::object{
           {"schemas", std::move(schemas)},
           {"parameters",
            json::object{
                {"IdempotencyKey",
                 json::object{{"name", "Idempotency-Key"},
                              {"in", "header"},
                              {"description",
                               "The same request with the same key within 24 hours runs once; the first "
                               "answer is given again, with Idempotency-Replayed: true. 422: the key "
                               "belongs to another request. 409: the first one still runs; or its answer "
                               "held a secret; or the server stopped while it ran and it is unknown "
                               "whether it was done: look, and if not, send it with a new key. Answers "
                               "429 and 5xx are not kept."},
                              {"schema", json::object{{"type", "string"}, {"maxLength", 200}}}}}}},
           {"responses",
            json::object{
                {"Problem",
                 json::object{
                     {"description", "What is wrong and what to do"},
                     {"content",
                      json::object{
                          {"application/problem+json",
                           json::object{
                               {"schema", json::object{{"$ref", "#/components/schemas/Problem"}}}}}}}}}}},
           {"securitySchemes",
            json::object{
                {"session", json::object{{"type", "apiKey"},
                                         {"in", "cookie"},
                                         {"name", "__Host-vedette"},
                                         {"description",
                                          "Unsafe methods also need X-CSRF-Token and a matching Origin."}}},
                {"token", json::object{{"type", "http"}, {"scheme", "bearer"}}}}}}}};
  return json::serialize(document);
}

}  // namespace vedette::server
