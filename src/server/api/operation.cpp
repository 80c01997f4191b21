#include "server/api/operation.h"

#include "base/log.h"

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
      return {422, "The request does not fit"};
    case ErrorCode::kNotFound:
      return {404, "Not found"};
    case ErrorCode::kConflict:
      return {409, "Conflict"};
    case ErrorCode::kUnauthorized:
      return {401, "Not signed in"};
    case ErrorCode::kForbidden:
      return {403, "Not allowed"};
    case ErrorCode::kLimit:
      return {429, "Too much at once"};
    case ErrorCode::kTimeout:
      return {504, "No answer in time"};
    case ErrorCode::kUnavailable:
      return {503, "Not available now"};
    case ErrorCode::kUnsupported:
      return {501, "Not supported here"};
    case ErrorCode::kCorrupt:
    case ErrorCode::kInternal:
      return {500, "Vedette made a mistake"};
  }
  return {500, "Vedette made a mistake"};
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

std::vector<QueryParameter> paging() {
  return {{"cursor", shape::text(400), "next_cursor of the page before"},
          {"limit", shape::integer(1, 500), "entries of one page; 100 if not given"}};
}

net::Response json_response(int status, const json::value& body) {
  return net::Response::json(status, json::serialize(body));
}

net::Response problem_response(const Error& error) {
  auto status = status_of(error.code());
  if (status.code >= 500) log::error("api", "request failed", {{"error.message", error.full()}});
  // What went wrong inside is for the log; the person gets the sentence.
  return net::Response::problem(status.code, status.title, error.message());
}

net::Response fields_response(const std::vector<FieldProblem>& problems) {
  json::array errors;
  for (const auto& problem : problems)
    errors.push_back(json::object{{"field", problem.field}, {"detail", problem.detail}});
  std::string detail = problems.empty()            ? ""
                       : problems[0].field.empty() ? problems[0].detail
                                                   : problems[0].field + " " + problems[0].detail;
  json::object body{{"type", "about:blank"},
                    {"title", "The request does not fit"},
                    {"status", 422},
                    {"detail", detail},
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
