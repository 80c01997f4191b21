#include "server/api/own_answers.h"

#include "model/message.h"
#include "server/api/dispatch.h"

namespace vedette::server {
namespace {

std::string_view title_of(int status) {
  switch (status) {
    case 404:
      return "not_found";
    case 405:
      return "method";
    case 408:
      return "late";
    case 413:
    case 431:
      return "too_large";
    case 500:
      return "internal";
    case 501:
      return "unsupported";
    case 503:
      return "unavailable";
    default:
      return "invalid";
  }
}

}  // namespace

void say_own_answer(const net::Request& request, net::Response& response) {
  if (response.refusal.empty()) return;
  auto language = language_of(request, Principal{});
  auto said = net::Response::problem(
      response.status, render({"error.title." + std::string(title_of(response.status)), {}}, language),
      render({"error.http." + response.refusal, response.refusal_arguments}, language));
  response.body = std::move(said.body);
}

}  // namespace vedette::server
