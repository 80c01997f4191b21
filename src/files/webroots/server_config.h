// Reading the configuration of one web server each. Pure but for the include files, which `files` answers.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "files/webroots/web_root.h"

namespace vedette::files {

struct ConfigFile {
  std::string path, text;
};
// The files a pattern (absolute, may hold * and ?) names, with their text.
using ConfigFiles = std::function<std::vector<ConfigFile>(const std::string& pattern)>;

std::vector<WebRoot> nginx_roots(const std::string& main_file, const ConfigFiles& files);
std::vector<WebRoot> apache_roots(const std::string& main_file, const std::string& folder,
                                  const ConfigFiles& files);
std::vector<WebRoot> lighttpd_roots(const std::string& main_file, const ConfigFiles& files);
std::vector<WebRoot> caddy_roots(const std::string& main_file, const ConfigFiles& files);

}  // namespace vedette::files
