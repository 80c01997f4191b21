// What one change below a web root means. Pure; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files/webroots/file_class.h"
#include "files/webroots/shell_rules.h"
#include "model/severity.h"

namespace vedette::files {

struct WebFileChange {
  std::string path;  // below the root
  bool known = false, gone = false, executable = false, became_executable = false;
  WebClass web_class = WebClass::kData;
  std::string_view before, after;  // content as far as it is kept or read; of a link: its target
  bool link_leaves = false;        // a link to somewhere outside of the root
  bool living = false;             // a page that has changed again and again for days
  const ShellScan* scan = nullptr;
};

struct WebVerdict {
  std::string kind;  // "web_shell", "page_defaced", "upload_executable", "script_new", …
  Severity severity = Severity::kMedium;
  int confidence = 0;
  bool always = false;  // said in deploy windows and of package managers too
  std::map<std::string, std::string> arguments;
  std::string before, after;
  std::vector<std::string> attack;
};

// Nothing: no alarm by itself.
std::optional<WebVerdict> judge_change(const WebFileChange& change);

}  // namespace vedette::files
