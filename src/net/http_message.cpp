#include <boost/json.hpp>

#include "net/http_server.h"

namespace vedette::net {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

Response with_type(int status, std::string body, std::string_view type) {
  Response response;
  response.status = status;
  response.headers.set("Content-Type", type);
  response.body = std::move(body);
  return response;
}

}  // namespace

std::string_view to_string(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
  }
  return "GET";
}

void Headers::set(std::string_view name, std::string_view value) {
  std::erase_if(items_, [&](const auto& item) { return same_name(item.first, name); });
  add(name, value);
}

void Headers::add(std::string_view name, std::string_view value) { items_.emplace_back(name, value); }

std::optional<std::string_view> Headers::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(items_, [&](const auto& item) { return same_name(item.first, name); });
  if (found == items_.end()) return std::nullopt;
  return found->second;
}

Response Response::json(int status, std::string body) {
  return with_type(status, std::move(body), "application/json");
}
Response Response::html(int status, std::string body) {
  return with_type(status, std::move(body), "text/html; charset=utf-8");
}
Response Response::text(int status, std::string body) {
  return with_type(status, std::move(body), "text/plain; charset=utf-8");
}
Response Response::empty(int status) {
  Response response;
  response.status = status;
  return response;
}
Response Response::problem(int status, std::string_view title, std::string_view detail) {
  const boost::json::object body{
      {"type", "about:blank"}, {"title", title}, {"status", status}, {"detail", detail}};
  return with_type(status, boost::json::serialize(body), "application/problem+json");
}

}  // namespace vedette::net
