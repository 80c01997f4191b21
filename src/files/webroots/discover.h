// Which folders the web servers of this host serve, from the configuration of nginx, Apache httpd, Caddy and
// lighttpd. Where none of them says anything, the common places that exist.
//
// Reads configuration only; asks no process. Files of more than 1 MiB, more than 2,000 files and includes
// nested deeper than 8 are passed over. What it does not understand (variables, regular expressions of host
// names, roots made of variables) it leaves out: name such trees yourself. Any thread.
#pragma once

#include <filesystem>
#include <vector>

#include "files/webroots/web_root.h"

namespace vedette::files {

// `system` stands for "/": a test gives a folder of its own. Paths in the answer are those of the
// configuration (without `system`), exist, are folders, sorted; "/" and the system's own folders are left
// out.
std::vector<WebRoot> discover_web_roots(const std::filesystem::path& system = "/");

}  // namespace vedette::files
