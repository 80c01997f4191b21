#include "server/pages/console_files.h"

#include <map>

#include "base/hash.h"
#include "server/api/dispatch.h"

namespace vedette::server {
namespace {

constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain; charset=utf-8"}};

std::string_view type_of(std::string_view path) {
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

// Whether Accept-Encoding takes `coding` (RFC 9110 §12.5.3); a weight of zero refuses.
bool takes(std::string_view accepted, std::string_view coding) {
  while (!accepted.empty()) {
    auto part = accepted.substr(0, accepted.find(','));
    accepted.remove_prefix(std::min(accepted.size(), part.size() + 1));
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    auto name = part.substr(0, part.find_first_of("; "));
    if (name != coding) continue;
    auto weight = part.find("q=");
    return weight == std::string_view::npos ||
           part.substr(weight + 2).find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

struct StaticFile {
  std::string_view type, plain, brotli, gzip;
  std::string etag;
  bool hashed_name = false;  // the build puts a hash into its name: it never changes
};

net::Response serve(const StaticFile& file, const net::Request& request) {
  net::Response response;
  response.headers.set("Content-Type", file.type);
  response.headers.set("Vary", "Accept-Encoding");
  response.headers.set("Cache-Control",
                       file.hashed_name ? "public, max-age=31536000, immutable" : "no-cache");
  auto accepted = request.headers.find("Accept-Encoding").value_or("");
  std::string_view bytes = file.plain, coding;
  if (!file.brotli.empty() && takes(accepted, "br")) {
    bytes = file.brotli;
    coding = "br";
  } else if (!file.gzip.empty() && takes(accepted, "gzip")) {
    bytes = file.gzip;
    coding = "gzip";
  }
  std::string etag =
      coding.empty() ? "\"" + file.etag + "\"" : "\"" + file.etag + "-" + std::string(coding) + "\"";
  response.headers.set("ETag", etag);
  if (request.headers.find("If-None-Match").value_or("").find(etag) != std::string_view::npos) {
    response.status = 304;
    return response;
  }
  if (!coding.empty()) response.headers.set("Content-Encoding", coding);
  response.body = std::string(bytes);
  return response;
}

using Files = std::map<std::string, StaticFile, std::less<>>;

Files index_files(std::span<const EmbeddedFile> files) {
  Files out;
  for (const auto& file : files) {
    if (file.path.ends_with(".br") || file.path.ends_with(".gz")) continue;
    StaticFile entry{type_of(file.path),
                     file.bytes,
                     {},
                     {},
                     sha256_hex(file.bytes).substr(0, 20),
                     file.path.starts_with("assets/")};
    for (const auto& other : files) {
      if (other.path == std::string(file.path) + ".br") entry.brotli = other.bytes;
      if (other.path == std::string(file.path) + ".gz") entry.gzip = other.bytes;
    }
    out.emplace("/" + std::string(file.path), std::move(entry));
  }
  return out;
}

net::Response without_console() {
  return net::Response::html(
      200,
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Vedette</title><link "
      "rel=\"stylesheet\" href=\"/plain.css\"></head>\n"
      "<body><main><p class=\"brand\">Vedette</p><h1>This build has no console</h1><p>Run script/build, "
      "which builds the console first. The API is at "
      "<a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a>; sign in at <a "
      "href=\"/signin\">/signin</a>.</p></main></body></html>\n");
}

}  // namespace

std::vector<net::Route> console_routes(std::span<const EmbeddedFile> files) {
  auto index = std::make_shared<const Files>(index_files(files));
  auto handler = [index](const net::Request& request) {
    if (request.path.starts_with("/api/"))
      return refusal(404, "not_found", language_of(request, Principal()), "no_operation");
    if (auto file = index->find(request.path); file != index->end()) return serve(file->second, request);
    // A missing asset must stay missing: an HTML page in its place would be cached as a script.
    if (request.path.starts_with("/assets/")) return net::Response::text(404, "not found\n");
    auto home = index->find("/index.html");
    if (home == index->end()) return without_console();
    return serve(home->second, request);
  };
  std::vector<net::Route> out;
  out.push_back({net::Method::kGet, "/", handler});
  out.push_back({net::Method::kGet, "/{path...}", handler});
  return out;
}

void set_security_headers(const net::Request& request, net::Response& response) {
  auto put = [&](std::string_view name, std::string_view value) {
    if (!response.headers.find(name)) response.headers.set(name, value);
  };
  put("Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
      "connect-src 'self'; manifest-src 'self'; "
      "frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
  put("X-Content-Type-Options", "nosniff");
  put("X-Frame-Options", "DENY");
  // Not no-referrer: with it browsers send the Origin "null" with our own forms (Fetch §4.1), which we
  // refuse.
  put("Referrer-Policy", "same-origin");
  put("Cross-Origin-Opener-Policy", "same-origin");
  put("Cross-Origin-Resource-Policy", "same-origin");
  put("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
  if (request.secure) put("Strict-Transport-Security", "max-age=31536000");
  auto type = response.headers.find("Content-Type").value_or("");
  if (type.starts_with("text/html") || request.path.starts_with("/api/")) put("Cache-Control", "no-store");
}

}  // namespace vedette::server
