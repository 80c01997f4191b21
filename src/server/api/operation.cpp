#include "server/api/operation.h"

#include "base/log.h"
#include "model/refusal.h"

namespace vedette::server {
namespace json = boost::json;

namespace {

const json::value* field_of(const json::object& body, std::string_view name) {
  const auto* value = body.if_contains({name.data(), name.size()});
  return value && !value->is_null() ? value : nullptr;
}

struct Status {
  int code;
  std::string_view title;
};
Status status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return {422, "invalid"};
    case ErrorCode::kNotFound:
      return {404, "not_found"};
    case ErrorCode::kConflict:
      return {409, "conflict"};
    case ErrorCode::kUnauthorized:
      return {401, "unauthorized"};
    case ErrorCode::kForbidden:
      return {403, "forbidden"};
    case ErrorCode::kLimit:
      return {429, "limit"};
    case ErrorCode::kTimeout:
      return {504, "timeout"};
    case ErrorCode::kUnavailable:
      return {503, "unavailable"};
    case ErrorCode::kUnsupported:
      return {501, "unsupported"};
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal:
      return {500, "internal"};
  }
  return {500, "internal"};
}

std::string title_of(std::string_view title, Language language) {
  return render({"error.title." + std::string(title), {}}, language);
}

}  // namespace

std::size_t Call::limit() const {
  auto text = query("limit");
  return text.empty() ? 100 : static_cast<std::size_t>(std::stoul(text));
}
std::optional<std::string> Call::text(std::string_view field) const {
  const auto* value = field_of(body, field);
  return value ? std::optional<std::string>(std::string(value->get_string())) : std::nullopt;
}
std::string Call::text_or(std::string_view field, std::string_view otherwise) const {
  return text(field).value_or(std::string(otherwise));
}
std::optional<std::int64_t> Call::integer(std::string_view field) const {
  const auto* value = field_of(body, field);
  return value ? std::optional<std::int64_t>(value->to_number<std::int64_t>()) : std::nullopt;
}
std::optional<bool> Call::boolean(std::string_view field) const {
  const auto* value = field_of(body, field);
  return value ? std::optional<bool>(value->get_bool()) : std::nullopt;
}

Permission permission_of(const Operation& operation) {
  return {operation.tag, operation.role, operation.method == net::Method::kGet || operation.only_reads,
          operation.on_wall};
}

std::vector<std::string_view> scopes_of(const Operation& operation) {
  std::vector<std::string_view> out;
  for (auto name : scope_names())
    if (name == operation.scope || scope_allows(name, permission_of(operation))) out.push_back(name);
  return out;
}

std::vector<QueryParameter> paging() {
  return {{"cursor", shape::text(400), "next_cursor of the page before"},
          {"limit", shape::integer(1, 500), "entries of one page; 100 if not given"}};
}

net::Response json_response(int status, const json::value& body) {
  return net::Response::json(status, json::serialize(body));
}

net::Response problem_response(const Error& error, Language language) {
  auto status = status_of(error.code());
  if (status.code >= 500) log::error("api", "request failed", {{"error.message", error.full()}});
  // What went wrong inside is for the log; the person gets the sentence.
  return net::Response::problem(status.code, title_of(status.title, language), said_in(error, language));
}

net::Response refusal(int status, const std::string& title, Language language, const std::string& detail,
                      std::map<std::string, std::string> arguments) {
  return net::Response::problem(
      status, title_of(title, language),
      render({"error.request." + (detail.empty() ? title : detail), std::move(arguments)}, language));
}

net::Response fields_response(const std::vector<FieldProblem>& problems, Language language) {
  json::array errors;
  std::string first;
  for (const auto& problem : problems) {
    auto detail = render(problem.detail, language);
    if (errors.empty()) first = problem.field.empty() ? detail : problem.field + " " + detail;
    errors.push_back(json::object{{"field", problem.field}, {"detail", std::move(detail)}});
  }
  json::object body{{"type", "about:blank"},
                    {"title", title_of("invalid", language)},
                    {"status", 422},
                    {"detail", first},
                    {"errors", std::move(errors)}};
  auto response = json_response(422, body);
  response.headers.set("Content-Type", "application/problem+json");
  return response;
}

net::Response page_response(json::array items, const std::string& next_cursor) {
  return json_response(200,
                       json::object{{"items", std::move(items)}, {"next_cursor", text_or_null(next_cursor)}});
}

json::value time_or_null(const std::optional<WallTime>& time) {
  return time ? json::value(to_rfc3339(*time)) : json::value();
}
json::value time_or_null(const std::optional<std::int64_t>& unix_ms) {
  return unix_ms ? json::value(to_rfc3339(from_unix_ms(*unix_ms))) : json::value();
}
json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }
json::array text_list(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

}  // namespace vedette::server
