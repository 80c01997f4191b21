#include "files/webroots/discover.h"

#include <glob.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>

#include "files/webroots/server_config.h"

namespace vedette::files {
namespace {
namespace fs = std::filesystem;

constexpr std::size_t kFileMax = 1u << 20, kFilesMax = 2000;

// Folders that are somebody's whole system: a configuration that names one is a mistake, not a web root.
constexpr std::array<std::string_view, 16> kNever = {"/",    "/bin", "/boot", "/dev",  "/etc", "/home",
                                                     "/lib", "/opt", "/proc", "/root", "/run", "/srv",
                                                     "/sys", "/tmp", "/usr",  "/var"};
constexpr std::array<std::string_view, 7> kCommon = {"/var/www/html",
                                                     "/var/www",
                                                     "/srv/www",
                                                     "/srv/http",
                                                     "/usr/share/nginx/html",
                                                     "/usr/local/www",
                                                     "/var/lib/tomcat10/webapps"};

class Reader {
 public:
  explicit Reader(fs::path system) : system_(std::move(system)) {}

  std::vector<ConfigFile> operator()(const std::string& pattern) {
    std::vector<ConfigFile> out;
    glob_t found{};
    auto whole = under(pattern);
    if (::glob(whole.c_str(), 0, nullptr, &found) == 0) {
      for (std::size_t i = 0; i < found.gl_pathc; ++i) take(found.gl_pathv[i], out, 0);
    }
    ::globfree(&found);
    return out;
  }
  std::string under(const std::string& path) const { return system_ == "/" ? path : system_.string() + path; }

 private:
  void take(const fs::path& path, std::vector<ConfigFile>& out, int depth) {
    std::error_code error;
    if (fs::is_directory(path, error) && depth < 2) {  // Apache's Include of a folder
      for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error))
        take(at->path(), out, depth + 1);
      return;
    }
    auto size = fs::file_size(path, error);
    if (error || size > kFileMax || read_ >= kFilesMax) return;
    ++read_;
    std::ifstream file(path, std::ios::binary);
    out.push_back({path.string(), std::string(std::istreambuf_iterator<char>(file), {})});
  }
  const fs::path system_;
  std::size_t read_ = 0;
};

}  // namespace

std::vector<WebRoot> discover_web_roots(const fs::path& system) {
  Reader reader(system);
  ConfigFiles files = [&](const std::string& pattern) { return reader(pattern); };
  std::vector<WebRoot> found = nginx_roots("/etc/nginx/nginx.conf", files);
  auto add = [&](std::vector<WebRoot> more) {
    found.insert(found.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  add(apache_roots("/etc/apache2/apache2.conf", "/etc/apache2", files));
  add(apache_roots("/etc/httpd/conf/httpd.conf", "/etc/httpd", files));
  add(lighttpd_roots("/etc/lighttpd/lighttpd.conf", files));
  add(caddy_roots("/etc/caddy/Caddyfile", files));

  std::map<std::string, WebRoot> by_path;
  auto take = [&](WebRoot root) {
    std::error_code error;
    if (std::ranges::find(kNever, root.path) != kNever.end() ||
        !fs::is_directory(reader.under(root.path), error))
      return;
    auto [known, fresh] = by_path.try_emplace(root.path, root);
    if (fresh) return;
    for (auto& host : root.hosts) {
      if (std::ranges::find(known->second.hosts, host) == known->second.hosts.end())
        known->second.hosts.push_back(std::move(host));
    }
  };
  for (auto& root : found) take(std::move(root));
  if (by_path.empty()) {
    for (auto path : kCommon) {
      if (path == "/var/www" && by_path.contains("/var/www/html")) continue;
      take({std::string(path), {}, "common"});
    }
  }
  std::vector<WebRoot> out;
  for (auto& [path, root] : by_path) out.push_back(std::move(root));
  return out;
}

}  // namespace vedette::files
