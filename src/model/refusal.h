// A refusal that a person meets (in the console, over the API, at a command): an Error whose sentence stands
// in content/text/<language>/errors.toml under "error.", so that it can be said in the reader's language.
// What only a developer or the log sees stays fail(), in English. The key and its arguments travel in
// the error's context, which full() does not show. Thread-safe.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "model/message.h"

namespace vedette {

// `key` without its "error.".
std::unexpected<Error> refuse(ErrorCode code, const std::string& key,
                              std::map<std::string, std::string> arguments = {});

// The error's own words where it has some, else its English message.
Message words_of(const Error& error);
std::string said_in(const Error& error, Language language);

}  // namespace vedette
