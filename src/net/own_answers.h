// What the HTTP server itself answers when it refuses a request, before or beside any handler.
//
// Here only the key is chosen, with an English sentence for whoever serves without a wrap.
// `Response::refusal` carries the key, so that the wrap can say it in the reader's language:
// "error.http.<key>" in content/text. Thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "net/http_server.h"

namespace vedette::net {

struct OwnAnswer {
  std::string_view key;
  int status = 0;
  std::string_view title;   // the reason phrase of RFC 9110
  std::string_view detail;  // {name}: an argument
};
std::span<const OwnAnswer> own_answers();

// `key` is one of the table; `argument` is the name of what stands in braces in its sentence.
Response own_answer(std::string_view key, std::string_view argument = {}, std::string value = {});

}  // namespace vedette::net
