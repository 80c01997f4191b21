// The table of every configuration key: the parser, `vedette check-config`, docs/configuration.md and the
// default configuration file are all made from it. To add a setting, add a member to Config and one row here.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/config/config.h"

namespace vedette::server {

using ConfigMember = std::variant<std::string Config::*, std::int64_t Config::*, bool Config::*,
                                  std::vector<std::string> Config::*, Secret Config::*>;

// What a text (or each text of a list) must look like.
enum class TextForm {
  kAny,
  kFolder,
  kFile,
  kListen,
  kListenOrNone,
  kUrl,
  kAddress,
  kHost,
  kResolver,
  kLanguage,
  kLogLevel,
  kSecondFactor,
  kRoleOfGroup,
  kLdapUrl,
  kSeverity
};

struct ConfigKey {
  std::string_view section;
  std::string_view name;
  ConfigMember member;
  std::string_view default_value;  // as TOML
  TextForm form = TextForm::kAny;
  std::int64_t least = 0, most = 0;  // whole numbers only
  std::string_view unit;
  bool reloadable = false;
  std::string_view description;

  std::string full_name() const { return std::string(section) + "." + std::string(name); }
  bool secret() const { return std::holds_alternative<Secret Config::*>(member); }
};

std::span<const ConfigKey> config_keys();
std::string_view section_title(std::string_view section);
const ConfigKey* find_key(std::string_view section, std::string_view name);

// What is wrong with this text and what to write instead; nothing when it fits.
std::optional<std::string> check_form(TextForm form, std::string_view text);
std::string_view describe(TextForm form);

}  // namespace vedette::server
