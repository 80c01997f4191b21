#include "server/pages/html_page.h"

#include <fmt/format.h>

#include "base/text/html_escape.h"

namespace vedette::server {

std::string say(std::string_view key, Language language, std::map<std::string, std::string> arguments) {
  return html_escaped(render(Message{"server.page." + std::string(key), std::move(arguments)}, language));
}

net::Response page(int status, Language language, std::string_view title_key, std::string_view body) {
  return net::Response::html(
      status, fmt::format("<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
                          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
                          "name=\"robots\" content=\"noindex\">\n"
                          "<title>{} · Vedette</title>\n<link rel=\"stylesheet\" "
                          "href=\"/plain.css\">\n</head>\n<body>\n<main>\n<p "
                          "class=\"brand\">Vedette</p>\n<h1>{}</h1>\n{}</main>\n</body>\n</html>\n",
                          to_string(language), say(title_key, language), say(title_key, language), body));
}

std::string input(std::string_view name, std::string_view label, std::string_view type,
                  std::string_view autocomplete, std::string_view value) {
  return fmt::format(
      "<label for=\"{0}\">{1}</label>\n<input id=\"{0}\" name=\"{0}\" type=\"{2}\" autocomplete=\"{3}\" "
      "value=\"{4}\" required>\n",
      name, label, type, autocomplete, html_escaped(value));
}

std::string warning(std::string_view text) {
  return text.empty() ? std::string() : fmt::format("<p class=\"warning\" role=\"alert\">{}</p>\n", text);
}

net::Response see_other(std::string_view location) {
  auto response = net::Response::empty(303);
  response.headers.set("Location", std::string(location));
  response.headers.set("Cache-Control", "no-store");
  return response;
}

}  // namespace vedette::server
