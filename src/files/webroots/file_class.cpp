#include "files/webroots/file_class.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace vedette::files {
namespace {

template <std::size_t n>
bool any_of(const std::array<std::string_view, n>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

constexpr std::array<std::string_view, 36> kScripts = {
    "php",    "php3", "php4", "php5", "php6", "php7", "php8", "pht",  "phtml", "phar", "phps", "inc",
    "module", "jsp",  "jspx", "jspf", "jsw",  "jsv",  "asp",  "aspx", "ashx",  "asmx", "ascx", "asa",
    "cer",    "cdx",  "cfm",  "cfc",  "pl",   "pm",   "cgi",  "fcgi", "py",    "rb",   "sh",   "war"};
constexpr std::array<std::string_view, 11> kPages = {"html", "htm", "xhtml", "shtml", "stm", "js",
                                                     "mjs",  "svg", "tpl",   "twig",  "xml"};
constexpr std::array<std::string_view, 5> kConfigs = {".htaccess", ".user.ini", "web.config", "php.ini",
                                                      ".htpasswd"};
constexpr std::array<std::string_view, 12> kUploads = {
    "upload",     "uploads",   "uploaded", "userfiles", "user_files", "attachments",
    "attachment", "fileadmin", "media",    "avatars",   "wp-uploads", "user-content"};
constexpr std::array<std::string_view, 19> kGenerated = {
    "cache", "caches",  ".cache",   "_cache",      "tmp",      "temp",           "log",
    "logs",  "session", "sessions", "templates_c", "compiled", "smarty_compile", "views_c",
    ".git",  ".svn",    ".hg",      "minify",      "et-cache"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

WebClass class_of_name(const std::string& name) {
  if (any_of(kConfigs, name)) return WebClass::kConfig;
  // Every ending counts: "shell.php.jpg" runs where AddHandler is careless, "shell.php." on Windows shares.
  bool page = false;
  std::string_view rest(name);
  for (int endings = 0; endings < 4; ++endings) {
    auto dot = rest.rfind('.');
    if (dot == std::string_view::npos) break;
    auto ending = rest.substr(dot + 1);
    if (any_of(kScripts, ending)) return WebClass::kScript;
    page = page || (endings == 0 && any_of(kPages, ending));
    rest = rest.substr(0, dot);
  }
  return page ? WebClass::kPage : WebClass::kData;
}

}  // namespace

std::string_view to_string(WebClass web_class) {
  switch (web_class) {
    case WebClass::kData:
      return "data";
    case WebClass::kPage:
      return "page";
    case WebClass::kScript:
      return "script";
    case WebClass::kConfig:
      return "configuration";
    case WebClass::kLink:
      return "link";
  }
  return "data";
}

WebPlace place_of(std::string_view relative) {
  WebPlace out;
  auto path = lower(relative);
  std::string_view rest(path);
  for (;;) {
    auto slash = rest.find('/');
    if (slash == std::string_view::npos) break;
    auto folder = rest.substr(0, slash);
    out.upload = out.upload || any_of(kUploads, folder);
    out.generated = out.generated || any_of(kGenerated, folder);
    rest.remove_prefix(slash + 1);
  }
  // Symfony and Laravel keep what they generate below these.
  if (path.find("storage/framework/") != std::string::npos) out.generated = true;
  out.web_class = class_of_name(std::string(rest));
  auto stem = rest.substr(0, rest.find('.'));
  out.index = (stem == "index" || stem == "default" || stem == "home") && out.web_class != WebClass::kData;
  out.top = path.find('/') == std::string::npos;
  return out;
}

bool runs(std::string_view bytes) {
  if (bytes.starts_with("\x7f"
                        "ELF") ||
      (bytes.starts_with("#!") && bytes.size() > 4 && bytes.find('/') < 8))
    return true;
  if (bytes.starts_with("MZ") && bytes.size() > 0x40 &&
      bytes.substr(0, 4096).find(std::string_view("PE\0\0", 4)) != std::string_view::npos)
    return true;
  for (std::size_t at = 0; (at = bytes.find("<?", at)) != std::string_view::npos; at += 2) {
    if (bytes.size() - at < 6) break;
    auto word = lower(bytes.substr(at + 2, 3));
    auto next = static_cast<unsigned char>(bytes[at + 5]);
    if (word == "php" && (std::isspace(next) != 0 || next == '/' || next == '#')) return true;
  }
  return false;
}

bool idle_script(std::string_view bytes) {
  if (bytes.size() > 4096) return false;
  if (bytes.find_first_not_of(" \t\r\n") == std::string_view::npos) return true;
  auto start = bytes.find("<?php");
  if (start == std::string_view::npos ||
      bytes.substr(0, start).find_first_not_of(" \t\r\n\xEF\xBB\xBF") != std::string_view::npos)
    return false;
  auto rest = bytes.substr(start + 5);
  while (!rest.empty()) {
    if (std::isspace(static_cast<unsigned char>(rest[0])) != 0 || rest[0] == ';') {
      rest.remove_prefix(1);
    } else if (rest.starts_with("?>")) {
      rest.remove_prefix(2);
      return rest.find_first_not_of(" \t\r\n") == std::string_view::npos;
    } else if (rest.starts_with("//") || rest[0] == '#') {
      auto end = rest.find_first_of("\r\n");
      auto close = rest.find("?>");
      end = std::min(end, close);
      rest.remove_prefix(std::min(end, rest.size()));
    } else if (rest.starts_with("/*")) {
      auto end = rest.find("*/");
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace vedette::files
