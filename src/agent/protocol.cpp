#include "agent/protocol.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>

namespace vedette::agent {
namespace json = boost::json;
namespace {

constexpr std::size_t kAnswerMax = 4u << 20;

bool same_header(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, {}, [](unsigned char c) { return std::tolower(c); },
      [](unsigned char c) { return std::tolower(c); });
}

}  // namespace

json::object facts_json(const HostFacts& facts) {
  return {{"name", facts.name},
          {"os", facts.os},
          {"kernel", facts.kernel},
          {"arch", facts.arch},
          {"version", facts.version}};
}

std::optional<std::chrono::seconds> retry_after_of(std::string_view value) {
  constexpr int kMax = 3600;
  int seconds = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc::result_out_of_range && !value.starts_with('-')) return std::chrono::seconds(kMax);
  if (error != std::errc() || end != value.data() + value.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, kMax));
}

Result<json::object> call_server(const Identity& identity, std::string_view name, const json::object& body,
                                 bool with_certificate, std::chrono::seconds* retry_after) {
  net::HttpClientRequest call;
  call.method = "POST";
  call.url = fmt::format("{}/agent/v1/{}", identity.server, name);
  call.headers = {{"Content-Type", "application/json"}};
  call.pinned_key = identity.pin;
  call.body = json::serialize(body);
  call.response_bytes_max = kAnswerMax;
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
  for (const auto& [header, value] : answer.headers) {
    if (retry_after == nullptr || !same_header(header, "retry-after")) continue;
    if (auto seconds = retry_after_of(value)) *retry_after = *seconds;
  }
  auto code = answer.status == 401   ? ErrorCode::kUnauthorized
              : answer.status == 429 ? ErrorCode::kLimit
              : answer.status == 409 ? ErrorCode::kConflict
              : answer.status == 200 ? ErrorCode::kCorrupt
              : answer.status >= 500 ? ErrorCode::kUnavailable
                                     : ErrorCode::kInvalid;
  return fail(code, std::move(detail));
}

}  // namespace vedette::agent
