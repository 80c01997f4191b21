#include "files/webroots/server_config.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

namespace vedette::files {
namespace {

constexpr int kDepth = 8;
constexpr std::size_t kRoots = 1024;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// A name a site can be looked up by, or "".
std::string host_name(std::string_view text) {
  if (auto scheme = text.find("://"); scheme != std::string_view::npos) text.remove_prefix(scheme + 3);
  text = text.substr(0, text.find('/'));
  if (auto port = text.rfind(':'); port != std::string_view::npos && !text.ends_with(']'))
    text = text.substr(0, port);
  if (text.starts_with('.')) text.remove_prefix(1);
  bool plain = !text.empty() && text.size() <= 253 && text != "_" && text != "localhost" &&
               std::ranges::all_of(text, [](unsigned char c) {
                 return std::isalnum(c) != 0 || c == '.' || c == '-' || c >= 0x80;
               });
  return plain && text.find_first_not_of('.') != std::string_view::npos ? lower(text) : std::string();
}

void add_host(std::vector<std::string>& hosts, std::string_view text) {
  auto name = host_name(text);
  if (!name.empty() && std::ranges::find(hosts, name) == hosts.end()) hosts.push_back(std::move(name));
}

void add_root(std::vector<WebRoot>& out, std::string path, const std::vector<std::string>& hosts,
              std::string_view source) {
  if (!path.starts_with('/') || path.find('$') != std::string::npos || out.size() >= kRoots) return;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  out.push_back({std::move(path), hosts, std::string(source)});
}

std::string beside(const std::string& folder, const std::string& path) {
  return path.starts_with('/') ? path : folder + "/" + path;
}
std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// Words and the marks ; { } of nginx and Caddy; a newline is a mark too where `lines` says so.
std::vector<std::string> words(std::string_view text, bool lines) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    char c = text[at];
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (c == '\n' && lines) {
      out.emplace_back("\n");
      ++at;
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++at;
    } else if (c == ';' || c == '{' || c == '}') {
      out.emplace_back(1, c);
      ++at;
    } else if (c == '"' || c == '\'' || c == '`') {
      auto end = std::min(text.find(c, at + 1), text.size());
      out.emplace_back(text.substr(at + 1, end - at - 1));
      at = end + 1;
    } else {
      auto end = at;
      while (end < text.size() && std::isspace(static_cast<unsigned char>(text[end])) == 0 &&
             std::string_view(";{}").find(text[end]) == std::string_view::npos)
        ++end;
      out.emplace_back(text.substr(at, end - at));
      at = end;
    }
  }
  return out;
}

struct Nginx {
  const ConfigFiles& files;
  std::string folder;
  std::vector<WebRoot>& out;

  struct Server {
    std::vector<std::string> hosts, roots;
  };
  // A default root of the http block is served by every server that names none.
  void block(const std::string& text, int depth, Server* server, std::string& inherited) {
    if (depth > kDepth) return;
    auto tokens = words(text, false);
    struct Level {
      std::string name;
      std::string root;
    };
    std::vector<Level> levels;
    std::optional<Server> own;
    std::size_t server_level = 0;
    std::vector<std::string> line;
    for (auto& token : tokens) {
      if (token == "{") {
        auto name = line.empty() ? std::string() : line[0];
        levels.push_back({name, {}});
        if (name == "server" && server == nullptr && !own) {
          own.emplace();
          server_level = levels.size();
        }
        line.clear();
      } else if (token == "}") {
        if (own && levels.size() == server_level) {
          if (own->roots.empty() && !inherited.empty()) own->roots.push_back(inherited);
          for (const auto& root : own->roots) add_root(out, root, own->hosts, "nginx");
          own.reset();
        }
        if (!levels.empty()) levels.pop_back();
        line.clear();
      } else if (token == ";") {
        auto* here = own ? &*own : server;
        if (line.size() >= 2) directive(line, here, inherited, depth);
        line.clear();
      } else {
        line.push_back(std::move(token));
      }
    }
  }
  void directive(const std::vector<std::string>& line, Server* server, std::string& inherited, int depth) {
    if (line[0] == "include") {
      for (const auto& file : files(beside(folder, line[1]))) block(file.text, depth + 1, server, inherited);
    } else if (line[0] == "server_name" && server != nullptr) {
      for (std::size_t i = 1; i < line.size(); ++i) add_host(server->hosts, line[i]);
    } else if (line[0] == "root" || line[0] == "alias") {
      if (server != nullptr) {
        server->roots.push_back(line[1]);
      } else if (line[0] == "root") {
        inherited = line[1];
      }
    }
  }
};

struct Apache {
  const ConfigFiles& files;
  std::string folder;
  std::vector<WebRoot>& out;
  std::map<std::string, std::string> defines;
  struct Host {
    std::vector<std::string> hosts, roots;
  };
  Host main;
  std::optional<Host> host;

  std::string filled(std::string text) const {
    for (int i = 0; i < 16; ++i) {
      auto from = text.find("${");
      auto to = text.find('}', from);
      if (from == std::string::npos || to == std::string::npos) break;
      auto known = defines.find(text.substr(from + 2, to - from - 2));
      if (known == defines.end()) break;
      text.replace(from, to - from + 1, known->second);
    }
    return text;
  }

  void read(std::string_view text, int depth) {
    if (depth > kDepth) return;
    std::string joined;
    while (!text.empty()) {
      auto end = text.find('\n');
      std::string piece(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      if (piece.ends_with('\r')) piece.pop_back();
      if (piece.ends_with('\\') && joined.size() < 65536) {
        piece.pop_back();
        joined += piece;
        continue;
      }
      joined += piece;
      line(joined, depth);
      joined.clear();
    }
  }
  static std::vector<std::string> split(std::string_view line) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < line.size();) {
      if (line[at] == '"') {
        auto end = std::min(line.find('"', at + 1), line.size());
        out.emplace_back(line.substr(at + 1, end - at - 1));
        at = end + 1;
      } else if (std::isspace(static_cast<unsigned char>(line[at])) != 0) {
        ++at;
      } else {
        auto end = at;
        while (end < line.size() && std::isspace(static_cast<unsigned char>(line[end])) == 0) ++end;
        out.emplace_back(line.substr(at, end - at));
        at = end;
      }
    }
    return out;
  }
  void line(std::string_view text, int depth) {
    auto parts = split(text);
    if (parts.empty() || parts[0].starts_with('#')) return;
    auto name = lower(parts[0]);
    auto& here = host ? *host : main;
    if (name == "<virtualhost") {
      host.emplace();
    } else if (name == "</virtualhost>" && host) {
      for (const auto& root : host->roots) add_root(out, root, host->hosts, "apache2");
      host.reset();
    }
    if (parts.size() < 2) return;
    if (name == "define" && parts.size() >= 3) defines[parts[1]] = filled(parts[2]);
    if (name == "serverroot") folder = filled(parts[1]);
    if (name == "documentroot") here.roots.push_back(beside(folder, filled(parts[1])));
    if (name == "alias" && parts.size() >= 3) here.roots.push_back(filled(parts[2]));
    if (name == "servername" || name == "serveralias")
      for (std::size_t i = 1; i < parts.size(); ++i) add_host(here.hosts, parts[i]);
    if (name == "include" || name == "includeoptional")
      for (const auto& file : files(beside(folder, filled(parts[1])))) read(file.text, depth + 1);
  }
};

void lighttpd_file(const std::string& text, const std::string& folder, const ConfigFiles& files,
                   std::vector<WebRoot>& out, int depth) {
  if (depth > kDepth) return;
  auto tokens = words(text, true);
  std::vector<std::string> host;
  int inside = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto& word = tokens[i];
    if (word.starts_with("$HTTP[") && word.find("host") != std::string::npos && i + 2 < tokens.size() &&
        tokens[i + 1] == "==") {
      host.clear();
      add_host(host, tokens[i + 2]);
    } else if (word == "{") {
      ++inside;
    } else if (word == "}") {
      if (--inside <= 0) host.clear();
    } else if (word == "server.document-root" && i + 2 < tokens.size()) {
      add_root(out, tokens[i + 2], host, "lighttpd");
    } else if (word == "include" && i + 1 < tokens.size()) {
      for (const auto& file : files(beside(folder, tokens[i + 1])))
        lighttpd_file(file.text, folder, files, out, depth + 1);
    }
  }
}

void caddy_file(const std::string& text, const std::string& folder, const ConfigFiles& files,
                std::vector<WebRoot>& out, int depth) {
  if (depth > kDepth) return;
  int inside = 0;
  std::vector<std::string> hosts, line;
  for (auto& word : words(text + "\n", true)) {
    if (word == "{") {
      if (++inside == 1) {
        hosts.clear();
        for (auto& name : line) add_host(hosts, name.ends_with(',') ? name.substr(0, name.size() - 1) : name);
      }
      line.clear();
    } else if (word == "}") {
      --inside;
      line.clear();
    } else if (word == "\n") {
      if (line.size() >= 2 && line[0] == "root") add_root(out, line.back(), hosts, "caddy");
      if (line.size() >= 2 && line[0] == "import" && inside == 0)
        for (const auto& file : files(beside(folder, line[1])))
          caddy_file(file.text, folder, files, out, depth + 1);
      if (inside == 0 && line.size() == 1 && !line[0].ends_with(',')) {  // a file of one site without braces
        hosts.clear();
        add_host(hosts, line[0]);
      }
      if (inside != 0 || line.empty() || !line.back().ends_with(',')) line.clear();
    } else {
      line.push_back(std::move(word));
    }
  }
}

}  // namespace

std::vector<WebRoot> nginx_roots(const std::string& main_file, const ConfigFiles& files) {
  std::vector<WebRoot> out;
  std::string inherited;
  Nginx reader{files, folder_of(main_file), out};
  for (const auto& file : files(main_file)) reader.block(file.text, 0, nullptr, inherited);
  return out;
}

std::vector<WebRoot> apache_roots(const std::string& main_file, const std::string& folder,
                                  const ConfigFiles& files) {
  std::vector<WebRoot> out;
  Apache reader{files, folder, out, {}, {}, {}};
  for (const auto& file : files(main_file)) reader.read(file.text, 0);
  for (const auto& root : reader.main.roots) add_root(out, root, reader.main.hosts, "apache2");
  return out;
}

std::vector<WebRoot> lighttpd_roots(const std::string& main_file, const ConfigFiles& files) {
  std::vector<WebRoot> out;
  for (const auto& file : files(main_file)) lighttpd_file(file.text, folder_of(main_file), files, out, 0);
  return out;
}

std::vector<WebRoot> caddy_roots(const std::string& main_file, const ConfigFiles& files) {
  std::vector<WebRoot> out;
  for (const auto& file : files(main_file)) caddy_file(file.text, folder_of(main_file), files, out, 0);
  return out;
}

}  // namespace vedette::files
