#include "agent/protocol.h"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace vedette::agent {
namespace json = boost::json;

json::object facts_json(const HostFacts& facts) {
  return {{"name", facts.name},
          {"os", facts.os},
          {"kernel", facts.kernel},
          {"arch", facts.arch},
          {"version", facts.version}};
}

Result<json::object> call_server(const Identity& identity, std::string_view name, const json::object& body,
                                 bool with_certificate) {
  net::HttpClientRequest call;
  call.method = "POST";
  call.url = fmt::format("{}/agent/v1/{}", identity.server, name);
  call.headers = {{"Content-Type", "application/json"}};
  call.pinned_key = identity.pin;
  call.body = json::serialize(body);
  if (with_certificate) {
    call.client_certificate = identity.certificate.string();
    call.client_key = identity.key.string();
  }
  TRY_ASSIGN(auto answer, net::http_call(call));
  json::parse_options limits;
  limits.max_depth = 8;
  json::error_code error;
  auto value = json::parse(answer.body, error, {}, limits);
  if (answer.status == 200 && !error && value.is_object()) return std::move(value.get_object());
  std::string detail = fmt::format("the server answered {}", answer.status);
  if (!error && value.is_object()) {
    if (const auto* text = value.get_object().if_contains("detail"); text && text->is_string())
      detail = std::string(text->get_string());
  }
  auto code = answer.status == 401   ? ErrorCode::kUnauthorized
              : answer.status == 409 ? ErrorCode::kConflict
              : answer.status == 200 ? ErrorCode::kCorrupt
              : answer.status >= 500 ? ErrorCode::kUnavailable
                                     : ErrorCode::kInvalid;
  return fail(code, std::move(detail));
}

}  // namespace vedette::agent
