// Message: a sentence for a person, stored as its key and arguments, so that it can be shown in any language
// later.
//
// The catalogues are content/text/<language>/<room>.toml: key = "text with {argument} names". render() never
// fails: an unknown key is shown as the key and its arguments, which a test keeps from happening.
// Thread-safe.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vedette {

enum class Language { kEnglish, kVietnamese };
std::string_view to_string(Language language);  // BCP 47: "en", "vi"
Language language_from(
    std::string_view accept_language);  // first of en/vi in an Accept-Language value; else en

struct Message {
  std::string key;  // e.g. "sites.foreign_script"
  std::map<std::string, std::string> arguments;
  bool operator==(const Message&) const = default;
};

std::string render(const Message& message, Language language);
// A time as a person reads it, in UTC and saying so: "2026-11-24 07:05:00 UTC", "07:05:00 ngày 24/11/2026
// (UTC)".
std::string render_time(WallTime time, Language language);
// All keys of one catalogue, sorted: for the test that both are complete.
std::vector<std::string> catalogue_keys(Language language);

boost::json::value to_json(const Message& message);
Result<Message> message_from_json(const boost::json::value& json);

}  // namespace vedette
