// The frame of every page without JavaScript, and its form fields.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "model/message.h"
#include "net/http_server.h"

namespace vedette::server {

constexpr std::size_t kFormBytesMax = 8 * 1024;

// "server.page.<key>" in the reader's language, escaped for HTML.
std::string say(std::string_view key, Language language, std::map<std::string, std::string> arguments = {});
// `body` is HTML.
net::Response page(int status, Language language, std::string_view title_key, std::string_view body);
std::string input(std::string_view name, std::string_view label, std::string_view type,
                  std::string_view autocomplete, std::string_view value = {});
// A paragraph that screen readers announce; nothing for an empty text. `text` is HTML.
std::string warning(std::string_view text);
net::Response see_other(std::string_view location);  // never kept by a cache

}  // namespace vedette::server
