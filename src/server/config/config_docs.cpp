#include "server/config/config_docs.h"

#include <fmt/format.h>

#include "server/config/config_keys.h"

namespace vedette::server {
namespace {

std::string type_of(const ConfigKey& key) {
  if (key.secret()) return "secret";
  if (std::holds_alternative<std::int64_t Config::*>(key.member)) {
    return fmt::format("{} to {} {}", key.least, key.most, key.unit);
  }
  if (std::holds_alternative<bool Config::*>(key.member)) return "true or false";
  if (std::holds_alternative<std::vector<std::string> Config::*>(key.member)) {
    return fmt::format("list: {}", describe(key.form));
  }
  return std::string(describe(key.form));
}

std::string wrapped_comment(std::string_view text) {
  constexpr std::size_t kWidth = 100;
  std::string out, line = "#";
  std::size_t at = 0;
  while (at < text.size()) {
    auto end = std::min(text.find(' ', at), text.size());
    auto word = text.substr(at, end - at);
    if (line.size() + 1 + word.size() > kWidth) {
      out += line + "\n";
      line = "#";
    }
    line += " " + std::string(word);
    at = end + 1;
  }
  return out + line + "\n";
}

}  // namespace

std::string configuration_markdown() {
  std::string out =
      "# Configuration\n\n"
      "<!-- Made by `vedette check-config --markdown` from src/server/config/config_keys.cpp; a test "
      "compares them. -->\n\n"
      "One TOML file, by default `/etc/vedette/vedette.toml`; `vedette server --config FILE` names another. "
      "Every key has a\n"
      "default, so an empty file is a valid one. `vedette check-config FILE` says for every mistake the "
      "file, the line, the\n"
      "key and what to do; unknown keys are refused.\n\n"
      "A *secret* never stands in the file: write `\"file:/path\"` or `\"env:NAME\"`. It is never "
      "printed.\n\n"
      "Send SIGHUP (`systemctl reload vedette`) to read the file again. The new file is checked first; if it "
      "has a mistake,\n"
      "the old settings stay in force and the log says why. No connection is dropped. Keys marked *restart* "
      "keep their old\n"
      "value until the next start, and the log names them.\n";
  std::string_view section;
  for (const auto& key : config_keys()) {
    if (key.section != section) {
      section = key.section;
      out += fmt::format(
          "\n## [{}]\n\n{}.\n\n| key | values | default | takes effect | meaning |\n| --- | --- | --- | --- "
          "| --- |\n",
          section, section_title(section));
    }
    out += fmt::format("| `{}` | {} | `{}` | {} | {} |\n", key.name, type_of(key), key.default_value,
                       key.reloadable ? "reload" : "restart", key.description);
  }
  return out;
}

std::string default_config_file() {
  std::string out =
      "# Vedette. Every key is shown with its default; remove the # in front of a key to change it.\n"
      "# Check with: vedette check-config FILE. Reload with: systemctl reload vedette.\n";
  std::string_view section;
  for (const auto& key : config_keys()) {
    if (key.section != section) {
      section = key.section;
      out += fmt::format("\n# {}.\n[{}]\n", section_title(section), section);
    }
    out += "\n" + wrapped_comment(key.description);
    out += fmt::format("# Values: {}.{}\n", type_of(key),
                       key.reloadable ? "" : " Takes effect at the next start.");
    out += fmt::format("#{} = {}\n", key.name, key.default_value);
  }
  return out;
}

}  // namespace vedette::server
