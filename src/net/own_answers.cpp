#include "net/own_answers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"

namespace vedette::net {
namespace {

constexpr OwnAnswer kAnswers[] = {
    {"not_http", 400, "Bad Request", "this is no request as HTTP allows it: {why}"},
    {"target", 400, "Bad Request", "the address of the request cannot be read: {why}"},
    {"host", 400, "Bad Request", "a request needs exactly one Host field"},
    {"transfer_old", 400, "Bad Request", "HTTP/1.0 has no Transfer-Encoding"},
    {"nothing", 404, "Not Found", "there is nothing at this address"},
    {"method", 405, "Method Not Allowed", "this method is not allowed here"},
    {"methods", 405, "Method Not Allowed", "this address answers only {methods}"},
    {"late", 408, "Request Timeout", "the request did not come in time; send it again"},
    {"too_large", 413, "Content Too Large", "the body may have at most {most} bytes here"},
    {"header_too_large", 431, "Request Header Fields Too Large",
     "the request line and the header fields may have at most {most} bytes together"},
    {"failed", 500, "Internal Server Error", "the server failed on this request; its log says why"},
    {"transfer", 501, "Not Implemented", "only the transfer encoding \"chunked\" is understood"},
    {"method_unknown", 501, "Not Implemented", "this server does not know the request's method"},
    {"busy", 503, "Service Unavailable", "the server is busy; try again in a second"},
    {"answers_wait", 503, "Service Unavailable",
     "too many large answers wait for slow readers; try again in a moment"},
    {"ending", 503, "Service Unavailable", "the server is being stopped; try again in a moment"},
    {"streams", 503, "Service Unavailable", "too many live streams are open; try again later"},
};

std::string filled(std::string_view text, const std::string& mark, std::string_view value) {
  std::string out(text);
  if (const auto at = out.find(mark); at != std::string::npos) out.replace(at, mark.size(), value);
  return out;
}

}  // namespace

std::span<const OwnAnswer> own_answers() { return kAnswers; }

Response own_answer(std::string_view key, std::string_view argument, std::string value) {
  const auto* found = std::ranges::find(kAnswers, key, &OwnAnswer::key);
  VEDETTE_ASSERT(found != std::end(kAnswers));
  auto response = Response::problem(found->status, found->title,
                                    filled(found->detail, fmt::format("{{{}}}", argument), value));
  response.refusal = key;
  if (!argument.empty()) response.refusal_arguments.emplace(argument, std::move(value));
  return response;
}

}  // namespace vedette::net
