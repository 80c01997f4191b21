// What people read about the configuration, made from the table of keys. Pure.
#pragma once

#include <string>

namespace vedette::server {

std::string configuration_markdown();  // docs/configuration.md
std::string default_config_file();     // packaging/vedette.toml: every key with its default, commented out

}  // namespace vedette::server
