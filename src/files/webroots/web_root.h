// WebRoot: a folder a web server serves to the outside, and the names it is served under. Plain value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vedette::files {

struct WebRoot {
  std::string path;                // absolute, as configured; may be a symbolic link (deploy by switching it)
  std::vector<std::string> hosts;  // server_name / ServerName of its virtual hosts, lower case, no wildcards
  std::string source;              // "nginx", "apache2", "caddy", "lighttpd", "common", "given"
  bool operator==(const WebRoot&) const = default;
};

}  // namespace vedette::files
