#include "model/message.h"

#include <toml++/toml.h>
#include <boost/json.hpp>

#include "base/assert.h"
#include "model/content.h"

namespace vedette {
namespace {

using Catalogue = std::map<std::string, std::string, std::less<>>;

void flatten(const toml::table& table, const std::string& prefix, Catalogue& out) {
  for (const auto& [key, node] : table) {
    std::string name = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      flatten(*inner, name, out);
    } else if (auto text = node.value<std::string>()) {
      out[name] = *text;
    }
  }
}

// Every content/text/<language>/*.toml, so that each room keeps its own sentences in its own file.
Catalogue load(Language language) {
  Catalogue out;
  std::string folder = "text/" + std::string(to_string(language)) + "/";
  for (const auto& file : content::content_files()) {
    if (file.path.starts_with(folder)) flatten(toml::parse(file.bytes, file.path), "", out);
  }
  VEDETTE_ASSERT(!out.empty());
  return out;
}

const Catalogue& catalogue(Language language) {
  static const Catalogue english = load(Language::kEnglish);
  static const Catalogue vietnamese = load(Language::kVietnamese);
  return language == Language::kVietnamese ? vietnamese : english;
}

}  // namespace

std::string_view to_string(Language language) { return language == Language::kVietnamese ? "vi" : "en"; }

Language language_from(std::string_view accept_language) {
  for (std::size_t i = 0; i + 1 < accept_language.size(); ++i) {
    bool start = i == 0 || accept_language[i - 1] == ',' || accept_language[i - 1] == ' ';
    if (!start) continue;
    auto tag = accept_language.substr(i, 2);
    if (tag == "vi" || tag == "VI") return Language::kVietnamese;
    if (tag == "en" || tag == "EN") return Language::kEnglish;
  }
  return Language::kEnglish;
}

std::string render_time(WallTime time, Language language) {
  auto text = to_rfc3339(time);
  auto day = text.substr(0, 10), clock = text.substr(11, 8);
  if (language == Language::kEnglish) return day + " " + clock + " UTC";
  return clock + " ngày " + day.substr(8, 2) + "/" + day.substr(5, 2) + "/" + day.substr(0, 4) + " (UTC)";
}

std::string render(const Message& message, Language language) {
  const auto& texts = catalogue(language);
  auto found = texts.find(message.key);
  if (found == texts.end()) {
    std::string out = message.key;
    for (const auto& [name, value] : message.arguments) out += " " + name + "=" + value;
    return out;
  }
  const std::string& text = found->second;
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') {
      auto end = text.find('}', i);
      if (end != std::string::npos) {
        auto argument = message.arguments.find(text.substr(i + 1, end - i - 1));
        if (argument != message.arguments.end()) {
          out += argument->second;
          i = end;
          continue;
        }
      }
    }
    out += text[i];
  }
  return out;
}

std::vector<std::string> catalogue_keys(Language language) {
  std::vector<std::string> keys;
  for (const auto& [key, text] : catalogue(language)) keys.push_back(key);
  return keys;
}

boost::json::value to_json(const Message& message) {
  boost::json::object arguments;
  for (const auto& [name, value] : message.arguments) arguments[name] = value;
  return boost::json::object{{"key", message.key}, {"arguments", std::move(arguments)}};
}

Result<Message> message_from_json(const boost::json::value& json) {
  const auto* object = json.if_object();
  const auto* key = object ? object->if_contains("key") : nullptr;
  if (!key || !key->is_string()) return fail(ErrorCode::kInvalid, "a message needs a text \"key\"");
  Message message{std::string(key->get_string()), {}};
  if (const auto* arguments = object->if_contains("arguments"); arguments && arguments->is_object()) {
    for (const auto& [name, value] : arguments->get_object()) {
      if (!value.is_string())
        return fail(ErrorCode::kInvalid, "message argument \"" + std::string(name) + "\" is not text");
      message.arguments[std::string(name)] = std::string(value.get_string());
    }
  }
  return message;
}

}  // namespace vedette
